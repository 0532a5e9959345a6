"""Arithmetic under its other names, and with the options that a kernel has no word for."""

from __future__ import annotations

from taeda_tensor import _tensor
from taeda_tensor._comparison import write
from taeda_tensor._registry import alias, method
from taeda_tensor._tensor import Tensor

Number = Tensor | float

_ALIASES = {
    "absolute": "abs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "divide": "div",
    "fix": "trunc",
    "multiply": "mul",
    "negative": "neg",
    "subtract": "sub",
    "true_divide": "div",
}

_ROUNDING = ("trunc", "floor")
_div, _div_method, _div_in_place = _tensor.div, Tensor.div, Tensor.div_
_round, _round_method = _tensor.round, Tensor.round


def _check_rounding(mode: str) -> None:
    if mode not in _ROUNDING:
        raise RuntimeError(f"div: rounding_mode must be None, 'trunc' or 'floor', got {mode!r}")


def div(
    input: Number, other: Number, *, rounding_mode: str | None = None, out: Tensor | None = None
) -> Tensor:
    """x / y; with rounding_mode "trunc" or "floor" a whole number in the dtype of the operands.

    >>> from taeda_tensor import tensor
    >>> div(tensor([-7, 7]), 2, rounding_mode="trunc").tolist()
    [-3, 3]
    """
    if rounding_mode is None:
        return _div(input, other, out=out)
    _check_rounding(rounding_mode)
    function = _tensor.trunc_divide if rounding_mode == "trunc" else _tensor.floor_divide
    return function(input, other, out=out)


@method
def div_(self: Tensor, other: Number, *, rounding_mode: str | None = None) -> Tensor:
    """In place: x / y, rounded where a mode is given."""
    if rounding_mode is None:
        return _div_in_place(self, other)
    _check_rounding(rounding_mode)
    if rounding_mode == "floor":
        return self.floor_divide_(other)
    return write(self, _tensor.trunc_divide(self, other), "div_")


alias("div", div)


def round(input: Tensor, *, decimals: int = 0, out: Tensor | None = None) -> Tensor:
    """The nearest number of so many decimals (before the point where negative); ties go to even.

    >>> from taeda_tensor import tensor
    >>> round(tensor([0.5, 1.5, 2.5])).tolist()
    [0.0, 2.0, 2.0]
    """
    if decimals == 0:
        return _round(input, out=out)
    if not input.is_floating_point():
        raise RuntimeError(
            f"round: decimals need a floating-point tensor, got {input.dtype}; use decimals=0"
        )
    scale = 10.0 ** abs(decimals)
    scaled = _round(input * scale if decimals > 0 else input / scale)
    return _div(scaled, scale, out=out) if decimals > 0 else _tensor.mul(scaled, scale, out=out)


alias("round", round)


@method
def round_(input: Tensor, *, decimals: int = 0) -> Tensor:
    """In place: the nearest number of so many decimals."""
    return input.copy_(round(input, decimals=decimals))


@method
def rsub(input: Tensor, other: Number, *, alpha: float = 1) -> Tensor:
    """y - alpha x."""
    return _tensor.sub(other, input, alpha)


@method
def float_power(input: Number, exponent: Number, *, out: Tensor | None = None) -> Tensor:
    """x^y in float64."""
    base = input.double() if isinstance(input, Tensor) else float(input)
    power = exponent.double() if isinstance(exponent, Tensor) else float(exponent)
    return _tensor.pow(base, power, out=out)


@method
def positive(input: Tensor) -> Tensor:
    """The tensor itself; RuntimeError for bool."""
    if input.dtype is _tensor.bool:
        raise RuntimeError("positive: takes numbers, not bool; convert with .int()")
    return input


@method
def sgn(input: Tensor) -> Tensor:
    """-1, 0 or 1 by the sign."""
    return _tensor.sign(input)


@method
def diff(
    input: Tensor,
    n: int = 1,
    dim: int = -1,
    prepend: Tensor | None = None,
    append: Tensor | None = None,
) -> Tensor:
    """The n-th differences of neighbours along a dimension.

    >>> from taeda_tensor import tensor
    >>> diff(tensor([1, 4, 9])).tolist()
    [3, 5]
    """
    if input.dim() == 0:
        raise RuntimeError("diff: at least 1 dimension is needed, got a zero-dimensional tensor")
    if n < 0:
        raise RuntimeError(f"diff: the order n must not be negative, got {n}")
    parts = [part for part in (prepend, input, append) if part is not None]
    result = _tensor.cat(parts, dim) if len(parts) > 1 else input
    for _ in range(n):
        size = result.size(dim)
        if size == 0:
            break
        after, before = result.narrow(dim, 1, size - 1), result.narrow(dim, 0, size - 1)
        boolean = result.dtype is _tensor.bool
        result = after.logical_xor(before) if boolean else after - before
    return result


absolute = _tensor.abs
arccos = _tensor.acos
arccosh = _tensor.acosh
arcsin = _tensor.asin
arcsinh = _tensor.asinh
arctan = _tensor.atan
arctan2 = _tensor.atan2
arctanh = _tensor.atanh
divide = div
fix = _tensor.trunc
multiply = _tensor.mul
negative = _tensor.neg
subtract = _tensor.sub
true_divide = div

for _name, _original in _ALIASES.items():
    for _suffix in ("", "_"):
        alias(_name + _suffix, getattr(Tensor, _original + _suffix))

__all__ = [
    "absolute",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "diff",
    "div",
    "divide",
    "fix",
    "float_power",
    "multiply",
    "negative",
    "positive",
    "round",
    "rsub",
    "sgn",
    "subtract",
    "true_divide",
]
