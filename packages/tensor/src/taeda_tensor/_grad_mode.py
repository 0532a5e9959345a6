"""Gradient mode: whether operations are recorded in this thread."""

from __future__ import annotations

from typing import Any

from taeda_tensor import _tensor
from taeda_tensor._contexts import DecoratingContext, Wrapped


class _Mode(DecoratingContext):
    _before: bool

    def _enter(self) -> bool:
        raise NotImplementedError

    def __enter__(self) -> None:
        self._before = self._enter()

    def __exit__(self, *_: object) -> None:
        _tensor._set_grad_enabled(self._before)


def _switch(enabled: bool) -> bool:
    before = _tensor.is_grad_enabled()
    _tensor._set_grad_enabled(enabled)
    return before


class no_grad(_Mode):
    """Operations inside are not recorded; as a context or a decorator.

    >>> with no_grad():
    ...     _tensor.is_grad_enabled()
    False
    """

    def __new__(cls, function: Any = None) -> Any:
        mode = super().__new__(cls)
        return mode if function is None else mode(function)

    def _enter(self) -> bool:
        return _switch(False)


class enable_grad(_Mode):
    """Operations inside are recorded, also within no_grad."""

    def __new__(cls, function: Any = None) -> Any:
        mode = super().__new__(cls)
        return mode if function is None else mode(function)

    def _enter(self) -> bool:
        return _switch(True)


class set_grad_enabled(_Mode):
    """Switches recording at once; as a context manager, back at its end."""

    def __init__(self, mode: bool) -> None:
        self.mode = mode
        self._before = _switch(mode)

    def __enter__(self) -> None:
        _tensor._set_grad_enabled(self.mode)

    def _enter(self) -> bool:
        return _switch(self.mode)

    def _again(self) -> _Mode:
        return type(self)(self.mode)

    def __call__(self, function: Wrapped) -> Wrapped:
        _tensor._set_grad_enabled(self._before)  # decorating must not switch
        return super().__call__(function)


class inference_mode(_Mode):
    """Like no_grad, and tensors made inside never take part in recording.

    Outside, a write into one of them, keeping one for backward, and `requires_grad_` are errors; a
    clone of it is a usual tensor.

    >>> import taeda_tensor as torch
    >>> with torch.inference_mode():
    ...     x = torch.ones(2)
    >>> x.is_inference(), x.clone().is_inference()
    (True, False)
    """

    def __new__(cls, mode: Any = True) -> Any:
        created = super().__new__(cls)
        created.mode = True
        return created(mode) if callable(mode) else created

    mode: bool

    def __init__(self, mode: Any = True) -> None:
        self.mode = bool(mode)
        self._inference_before = False

    def _enter(self) -> bool:
        self._inference_before = _tensor.is_inference_mode_enabled()
        before = _tensor.is_grad_enabled()
        _tensor._set_inference_enabled(self.mode)
        _tensor._set_grad_enabled(not self.mode)
        return before

    def __exit__(self, *error: object) -> None:
        _tensor._set_inference_enabled(self._inference_before)
        super().__exit__(*error)

    def _again(self) -> _Mode:
        return type(self)(self.mode)
