"""Autocast: each operation takes its inputs in lower precision, in float32, or as they are."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from taeda_tensor import _cuda_devices, _tensor
from taeda_tensor._contexts import DecoratingContext
from taeda_tensor._tensor import Tensor

__all__ = [
    "autocast",
    "get_autocast_cpu_dtype",
    "get_autocast_gpu_dtype",
    "is_autocast_cpu_enabled",
    "is_autocast_enabled",
    "set_autocast_cpu_dtype",
    "set_autocast_cpu_enabled",
    "set_autocast_enabled",
    "set_autocast_gpu_dtype",
]

_DEVICE_TYPES = ("cpu", "cuda")
_LOWER = (_tensor.bfloat16, _tensor.float16)


def is_autocast_available(device_type: str) -> bool:
    """Whether autocast knows devices of that type.

    >>> is_autocast_available("cpu"), is_autocast_available("mps")
    (True, False)
    """
    return device_type in _DEVICE_TYPES


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """Whether operations on devices of that type, "cuda" by default, are cast in this thread.

    >>> with autocast("cpu"):
    ...     is_autocast_enabled("cpu")
    True
    """
    return _tensor._is_autocast_enabled(device_type or "cuda")


def set_autocast_enabled(device_type: str | bool, enabled: bool | None = None) -> None:
    """Sets whether operations on devices of that type are cast in this thread."""
    if isinstance(device_type, bool):
        _tensor._set_autocast_enabled("cuda", device_type)
        return
    if enabled is None:
        raise TypeError('set_autocast_enabled: takes a device type such as "cpu", and a bool')
    _tensor._set_autocast_enabled(device_type, enabled)


def is_autocast_cpu_enabled() -> bool:
    """The same as `is_autocast_enabled("cpu")`."""
    return _tensor._is_autocast_enabled("cpu")


def set_autocast_cpu_enabled(enabled: bool) -> None:
    """The same as `set_autocast_enabled("cpu", enabled)`."""
    _tensor._set_autocast_enabled("cpu", enabled)


def get_autocast_cpu_dtype() -> Any:
    """The same as `get_autocast_dtype("cpu")`."""
    return _tensor.get_autocast_dtype("cpu")


def set_autocast_cpu_dtype(dtype: Any) -> None:
    """The same as `set_autocast_dtype("cpu", dtype)`."""
    _tensor.set_autocast_dtype("cpu", dtype)


def get_autocast_gpu_dtype() -> Any:
    """The same as `get_autocast_dtype("cuda")`."""
    return _tensor.get_autocast_dtype("cuda")


def set_autocast_gpu_dtype(dtype: Any) -> None:
    """The same as `set_autocast_dtype("cuda", dtype)`."""
    _tensor.set_autocast_dtype("cuda", dtype)


class _State(NamedTuple):
    """What a context of autocast changes for one type of device."""

    enabled: bool
    dtype: Any
    cache_enabled: bool


def _state_of(device_type: str) -> _State:
    return _State(
        _tensor._is_autocast_enabled(device_type),
        _tensor.get_autocast_dtype(device_type),
        _tensor.is_autocast_cache_enabled(),
    )


def _set_state(device_type: str, state: _State) -> None:
    _tensor._set_autocast_enabled(device_type, state.enabled)
    _tensor.set_autocast_dtype(device_type, state.dtype)
    _tensor.set_autocast_cache_enabled(state.cache_enabled)


class autocast(DecoratingContext):
    """Operations inside take their inputs in the dtype that suits each; a context or a decorator.

    Products, convolutions and attention take `dtype` (bfloat16 on a CPU, float16 on a CUDA device
    where it is None), losses and what sums or grows take float32; the rest takes what it is given.
    The lists are PyTorch's, which differ from device to device. Tensors that are not of floating
    point, float64, writes in place and `out=` stay as they are. Gradients have the dtypes of the
    parameters. Casts of parameters are made once for the outermost context, unless `cache_enabled`
    is False. RuntimeError for a type of device that autocast does not know (Micikevicius et al.,
    2018, Mixed Precision Training).

    >>> from taeda_tensor import ones
    >>> with autocast("cpu"):
    ...     product = ones(2, 2) @ ones(2, 2)
    >>> product.dtype
    taeda.bfloat16
    """

    def __init__(
        self,
        device_type: str,
        dtype: Any = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        if not is_autocast_available(device_type):
            raise RuntimeError(
                f"User specified an unsupported autocast device_type '{device_type}'"
            )
        self.device = device_type
        self.fast_dtype = _tensor.get_autocast_dtype(device_type) if dtype is None else dtype
        if enabled and self.fast_dtype not in _LOWER:
            warnings.warn(
                f"In {device_type.upper()} autocast, but the target dtype is not supported. "
                f"Disabling autocast.\n{device_type.upper()} Autocast only supports dtypes of "
                f"{', '.join(map(str, _LOWER))} currently.",
                stacklevel=2,
            )
            enabled = False
        if enabled and device_type == "cuda" and not _cuda_devices.is_available():
            warnings.warn("CUDA is not available. Disabling autocast.", stacklevel=2)
            enabled = False
        if cache_enabled is None:
            cache_enabled = _tensor.is_autocast_cache_enabled()
        # A dtype that cannot be used is not set either.
        usable = self.fast_dtype if self.fast_dtype in _LOWER else None
        self._inside = _State(enabled, usable, cache_enabled)
        self._outside: list[_State] = []

    def __enter__(self) -> autocast:
        before = _state_of(self.device)
        self._outside.append(before)
        inside = self._inside
        _set_state(self.device, inside._replace(dtype=inside.dtype or before.dtype))
        _tensor.autocast_increment_nesting()
        return self

    def __exit__(self, *_: object) -> None:
        if _tensor.autocast_decrement_nesting() == 0:
            _tensor.clear_autocast_cache()
        _set_state(self.device, self._outside.pop())

    def _again(self) -> autocast:
        fresh = object.__new__(type(self))
        fresh.__dict__.update(self.__dict__, _outside=[])
        return fresh

    def __call__(self, function: Any) -> Any:
        if not callable(function):
            raise TypeError(
                f"autocast()(func) requires a callable, but got {type(function).__name__}. Did you "
                "mean to use autocast as a context manager? For example:\n"
                "    with torch.autocast(device_type=...):\n        output = model(input)"
            )
        return super().__call__(function)


class autocast_as_now(DecoratingContext):
    """Autocast as it was where this was made: what backward runs again runs as it did."""

    def __init__(self) -> None:
        self._states = {kind: _state_of(kind) for kind in _DEVICE_TYPES}

    def __enter__(self) -> None:
        self._before = {kind: _state_of(kind) for kind in _DEVICE_TYPES}
        for kind, state in self._states.items():
            _set_state(kind, state)
        _tensor.autocast_increment_nesting()

    def __exit__(self, *_: object) -> None:
        if _tensor.autocast_decrement_nesting() == 0:
            _tensor.clear_autocast_cache()
        for kind, state in self._before.items():
            _set_state(kind, state)


def float32_under_autocast(*tensors: Any) -> Any:
    """The arguments, where their devices are under autocast in float32; float64 stays.

    For what is composed in Python and belongs to the operations that take float32.
    """
    if not _tensor._is_any_autocast_enabled():
        return tensors
    return tuple(_in_float32(tensor) for tensor in tensors)


def _in_float32(tensor: Any) -> Any:
    if not isinstance(tensor, Tensor) or not _tensor._is_autocast_enabled(tensor.device.type):
        return tensor
    return _cast(tensor, tensor.device.type, _tensor.float32)


def _cast(value: Any, device_type: str, dtype: Any) -> Any:
    """The tensors within collections in this dtype: those of that device, but for float64."""
    if isinstance(value, Tensor):
        fits = value.is_floating_point() and value.device.type == device_type
        return value.to(dtype) if fits and value.dtype is not _tensor.float64 else value
    if isinstance(value, Mapping):
        return {
            _cast(key, device_type, dtype): _cast(item, device_type, dtype)
            for key, item in value.items()
        }
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        return value
    if type(value).__module__ == "numpy":
        return value
    items = (_cast(item, device_type, dtype) for item in value)
    return type(value)(items) if isinstance(value, (list, tuple)) else items


def _check_device_type(device_type: Any) -> None:
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")


def custom_fwd(
    fwd: Callable[..., Any] | None = None, *, device_type: str, cast_inputs: Any = None
) -> Any:
    """Decorates `forward` of a Function, so that its backward can run under autocast as it does.

    With `cast_inputs`, under autocast, its tensors are cast to that dtype and autocast is off
    within. `custom_bwd` decorates `backward`.
    """
    _check_device_type(device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def forward(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        enabled = _tensor._is_autocast_enabled(device_type)
        ctx._dtype = _tensor.get_autocast_dtype(device_type)
        ctx._fwd_used_autocast = enabled and cast_inputs is None
        if not enabled or cast_inputs is None:
            return fwd(ctx, *args, **kwargs)
        with autocast(device_type, enabled=False):
            args = _cast(args, device_type, cast_inputs)
            return fwd(ctx, *args, **_cast(kwargs, device_type, cast_inputs))

    return forward


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str) -> Any:
    """Decorates `backward` of a Function whose `forward` has `custom_fwd`: autocast is as there."""
    _check_device_type(device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def backward(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        with autocast(device_type, enabled=ctx._fwd_used_autocast, dtype=ctx._dtype):
            return bwd(ctx, *args, **kwargs)

    return backward
