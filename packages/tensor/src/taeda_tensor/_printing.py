"""Tensors as text, as PyTorch prints them.

>>> from taeda_tensor import tensor
>>> tensor([[1.5, 2.0], [3.0, -40.0]])
tensor([[  1.5000,   2.0000],
        [  3.0000, -40.0000]])
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from taeda_tensor import _tensor
from taeda_tensor._tensor import Tensor

__all__ = ["get_printoptions", "printoptions", "set_printoptions"]


@dataclass(frozen=True)
class _Options:
    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


_PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}
_options = _Options()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Sets how tensors are printed; what is None stays, but sci_mode None decides by the values.

    `profile` is "default", "short" or "full"; ValueError for another.

    >>> from taeda_tensor import tensor
    >>> with printoptions(precision=2):
    ...     print(tensor([1.2345]))
    tensor([1.23])
    """
    global _options
    changes: dict[str, Any] = {}
    if profile is not None:
        if profile not in _PROFILES:
            raise ValueError(
                f"set_printoptions: profile must be one of {sorted(_PROFILES)}, got {profile!r}"
            )
        changes.update(_PROFILES[profile])
    given = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    changes.update({name: value for name, value in given.items() if value is not None})
    _options = replace(_options, **changes, sci_mode=sci_mode)


def get_printoptions() -> dict[str, Any]:
    """How tensors are printed at present."""
    return asdict(_options)


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """Other print options inside a `with`."""
    global _options
    before = _options
    set_printoptions(**options)
    try:
        yield
    finally:
        _options = before


Formatter = Callable[[Any], str]


def _padded(width: int, text: str) -> str:
    return " " * (width - len(text)) + text


def _number_formatter(values: list[Any], floating: bool) -> tuple[Formatter, int]:
    """How each number is written so that all have one width, and that width."""
    if not floating:
        width = max((len(str(value)) for value in values), default=1)
        return lambda value: _padded(width, str(value)), width
    precision = _options.precision
    finite = [value for value in values if math.isfinite(value) and value != 0]
    whole = all(value == math.floor(value) for value in finite)
    scientific = bool(_options.sci_mode)
    width = 1
    if finite:
        sizes = [abs(value) for value in finite]
        largest, smallest = max(sizes), min(sizes)
        scientific = largest / smallest > 1000 or largest > 1e8
        scientific = scientific or (not whole and smallest < 1e-4)
        if _options.sci_mode is not None:
            scientific = _options.sci_mode
        if scientific:
            width = max(len(f"{value:.{precision}e}") for value in finite)
        elif whole:
            width = max(len(f"{value:.0f}") for value in finite) + 1
        else:
            width = max(len(f"{value:.{precision}f}") for value in finite)

    def write(value: float) -> str:
        if scientific:
            return f"{value:{width}.{precision}e}"
        if not whole:
            return _padded(width, f"{value:.{precision}f}")
        return _padded(width, f"{value:.0f}" + ("." if math.isfinite(value) else ""))

    return write, width


def _edges(size: int, summarize: bool) -> list[int | None]:
    """The indices that are shown; None stands for those left out."""
    edge = _options.edgeitems
    if not summarize or size <= 2 * edge:
        return list(range(size))
    return [*range(edge), None, *range(size - edge, size)]


def _shown(tensor: Tensor, summarize: bool) -> list[Any]:
    """The numbers that are shown, flat."""
    if tensor.dim() == 0:
        return [tensor.item()]
    if not summarize:
        return tensor.reshape(-1).tolist()  # type: ignore[no-any-return]
    numbers: list[Any] = []
    for i in _edges(tensor.size(0), True):
        if i is not None:
            part = tensor.select(0, i)
            numbers.extend(_shown(part, True))
    return numbers


def _vector(tensor: Tensor, indent: int, summarize: bool, write: Formatter, width: int) -> str:
    per_line = max(1, (_options.linewidth - indent) // (width + 2))
    texts = [
        " ..." if i is None else write(tensor.select(0, i).item())
        for i in _edges(tensor.size(0), summarize)
    ]
    lines = [", ".join(texts[i : i + per_line]) for i in range(0, len(texts), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _nested(tensor: Tensor, indent: int, summarize: bool, write: Formatter, width: int) -> str:
    dims = tensor.dim()
    if dims == 0:
        return write(tensor.item())
    if dims == 1:
        return _vector(tensor, indent, summarize, write, width)
    parts = [
        "..." if i is None else _nested(tensor.select(0, i), indent + 1, summarize, write, width)
        for i in _edges(tensor.size(0), summarize)
    ]
    return "[" + ("," + "\n" * (dims - 1) + " " * (indent + 1)).join(parts) + "]"


def _suffixes(tensor: Tensor) -> list[str]:
    suffixes = []
    if tensor.device.type != "cpu":
        suffixes.append(f"device='{tensor.device}'")
    usual = [_tensor.get_default_dtype(), _tensor.int64, _tensor.bool]
    if tensor.numel() == 0:
        if tensor.dim() != 1:
            suffixes.append(f"size={tuple(tensor.shape)}")
        usual = usual[:1]
    if tensor.dtype not in usual:
        suffixes.append(f"dtype={tensor.dtype}")
    history = getattr(tensor, "grad_fn", None)
    if history is not None:
        name = (
            history.name() if callable(getattr(history, "name", None)) else type(history).__name__
        )
        suffixes.append(f"grad_fn=<{name}>")
    elif tensor.requires_grad:
        suffixes.append("requires_grad=True")
    return suffixes


def _text(tensor: Tensor) -> str:
    prefix = "tensor("
    data = tensor.detach()
    text = prefix + "[]"
    if data.numel() > 0:
        summarize = data.numel() > _options.threshold
        write, width = _number_formatter(_shown(data, summarize), data.is_floating_point())
        text = prefix + _nested(data, len(prefix), summarize, write, width)
    last_line = len(text) - text.rfind("\n") + 1
    for suffix in _suffixes(tensor):
        if last_line + len(suffix) + 2 > _options.linewidth:
            text += ",\n" + " " * len(prefix) + suffix
            last_line = len(prefix) + len(suffix)
        else:
            text += ", " + suffix
            last_line += len(suffix) + 2
    return text + ")"


def _repr(self: Tensor) -> str:
    return _text(self)


def _format(self: Tensor, specification: str) -> str:
    if self.dim() == 0 and type(self) is Tensor:
        return format(self.item(), specification)
    return object.__format__(self, specification)


setattr(Tensor, "__repr__", _repr)  # noqa: B010  mypy: a method of a native class
setattr(Tensor, "__format__", _format)  # noqa: B010
