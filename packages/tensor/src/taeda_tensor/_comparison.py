"""Comparison, choice and bounds, from the elementwise operations."""

from __future__ import annotations

import math
from typing import overload

from taeda_tensor import _tensor
from taeda_tensor._registry import alias, method
from taeda_tensor._tensor import Tensor

__all__ = [
    "allclose",
    "clamp",
    "clamp_",
    "clamp_max",
    "clamp_max_",
    "clamp_min",
    "clamp_min_",
    "clip",
    "clip_",
    "greater",
    "greater_equal",
    "isclose",
    "isin",
    "isreal",
    "less",
    "less_equal",
    "not_equal",
    "where",
]

Bound = Tensor | float | None
_NUMBERS = frozenset({int, float})


def _check_bounds(name: str, low: Bound, high: Bound) -> None:
    """RuntimeError where there are no bounds, TypeError where they are something else."""
    if low is None and high is None:
        raise RuntimeError(f"{name}: at least one of 'min' or 'max' must not be None")
    for bound in (low, high):
        if not (bound is None or isinstance(bound, (Tensor, int, float))):
            raise TypeError(
                f"{name}: min and max must be numbers or tensors, got {type(bound).__name__}"
            )


def _fits(input: Tensor, low: Bound, high: Bound) -> bool:
    """Whether number bounds leave the dtype alone."""
    return input.is_floating_point() or not (isinstance(low, float) or isinstance(high, float))


@method
def clamp(
    input: Tensor, min: Bound = None, max: Bound = None, *, out: Tensor | None = None
) -> Tensor:
    """min(max(x, min), max); the bounds are numbers or tensors, either may be None.

    >>> from taeda_tensor import tensor
    >>> clamp(tensor([-2.0, 0.5, 3.0]), 0, 1).tolist()
    [0.0, 0.5, 1.0]
    """
    if type(min) in _NUMBERS and type(max) in _NUMBERS and input.is_floating_point():
        # The common case asks no more.
        return _tensor.clamp_scalar(input, min, max, out=out)  # type: ignore[arg-type]
    _check_bounds("clamp", min, max)
    if (
        not isinstance(min, Tensor)
        and not isinstance(max, Tensor)
        and _fits(input, min, max)
        and input.dtype is not _tensor.bool
    ):
        low = -math.inf if min is None else min
        high = math.inf if max is None else max
        return _tensor.clamp_scalar(input, low, high, out=out)
    if min is not None and max is not None:
        return _tensor.clamp(input, min, max, out=out)
    if min is not None:
        return _tensor.maximum(input, min, out=out)
    assert max is not None
    return _tensor.minimum(input, max, out=out)


@method
def clamp_(input: Tensor, min: Bound = None, max: Bound = None) -> Tensor:
    """In place: min(max(x, min), max)."""
    return (
        clamp(input, min, max, out=input)
        if _is_plain(input)
        else write(input, clamp(input.clone(), min, max), "clamp_")
    )


def _is_plain(input: Tensor) -> bool:
    return not (input.requires_grad and _tensor.is_grad_enabled())


def write(input: Tensor, result: Tensor, name: str) -> Tensor:
    """Writes a result into the tensor; RuntimeError where its dtype cannot hold it."""
    if not _tensor.can_cast(result.dtype, input.dtype):
        raise RuntimeError(
            f"{name}: result type {result.dtype} can't be cast to the desired output type "
            f"{input.dtype}"
        )
    return input.copy_(result)


@method
def clamp_min(input: Tensor, min: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """max(x, min)."""
    return clamp(input, min=min, out=out)


@method
def clamp_max(input: Tensor, max: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """min(x, max)."""
    return clamp(input, max=max, out=out)


@method
def clamp_min_(input: Tensor, min: Tensor | float) -> Tensor:
    """In place: max(x, min)."""
    return clamp_(input, min=min)


@method
def clamp_max_(input: Tensor, max: Tensor | float) -> Tensor:
    """In place: min(x, max)."""
    return clamp_(input, max=max)


clip = alias("clip", clamp)
clip_ = alias("clip_", clamp_)


@overload
def where(condition: Tensor) -> tuple[Tensor, ...]: ...
@overload
def where(
    condition: Tensor,
    input: Tensor | float,
    other: Tensor | float,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
def where(
    condition: Tensor,
    input: Tensor | float | None = None,
    other: Tensor | float | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor | tuple[Tensor, ...]:
    """input where the condition holds, else other; the positions of true elements without them.

    >>> from taeda_tensor import tensor
    >>> where(tensor([True, False]), 1.0, 0.0).tolist()
    [1.0, 0.0]
    """
    if input is None and other is None:
        return _tensor.nonzero(condition, as_tuple=True)
    if input is None or other is None:
        raise TypeError("where: input and other are needed both, or neither")
    return _tensor.where(condition, input, other, out=out)


def _where_method(self: Tensor, condition: Tensor, other: Tensor | float) -> Tensor:
    """The tensor's elements where the condition holds, else those of other."""
    return where(condition, self, other)


alias("where", _where_method)


@method
def isclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Tensor:
    """|x - y| <= atol + rtol |y|, element by element; infinities are close to themselves.

    >>> from taeda_tensor import tensor
    >>> isclose(tensor([1.0, 2.0]), tensor([1.0, 2.1])).tolist()
    [True, False]
    """
    if input.dtype is not other.dtype:
        raise RuntimeError(f"isclose: the dtypes {input.dtype} and {other.dtype} differ")
    if rtol < 0 or atol < 0:
        raise RuntimeError(f"isclose: rtol and atol must not be negative, got {rtol} and {atol}")
    close = input == other
    if equal_nan and input.is_floating_point():
        close = close | ((input != input) & (other != other))
    if rtol == 0 and atol == 0:
        return close
    if not input.is_floating_point():
        input, other = input.double(), other.double()
    distance = (input - other).abs()
    allowed = atol + (rtol * other).abs()
    return close | (distance.isfinite() & (distance <= allowed))


@method
def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Whether all elements are close; see isclose."""
    return bool(isclose(input, other, rtol, atol, equal_nan).all())


def isin(
    elements: Tensor | float,
    test_elements: Tensor | float,
    *,
    assume_unique: bool = False,
    invert: bool = False,
) -> Tensor:
    """Whether each element is among test_elements."""
    first = elements if isinstance(elements, Tensor) else _tensor.tensor(elements)
    second = test_elements if isinstance(test_elements, Tensor) else _tensor.tensor(test_elements)
    found = (first.unsqueeze(-1) == second.reshape(-1)).any(-1)
    return ~found if invert else found


@method
def isreal(input: Tensor) -> Tensor:
    """Whether each element is real: all are."""
    return _tensor.ones_like(input, dtype=_tensor.bool)


greater, greater_equal = _tensor.gt, _tensor.ge
less, less_equal = _tensor.lt, _tensor.le
not_equal = _tensor.ne

for _name, _original in (
    ("greater", "gt"),
    ("greater_equal", "ge"),
    ("less", "lt"),
    ("less_equal", "le"),
    ("not_equal", "ne"),
):
    for _suffix in ("", "_"):
        alias(_name + _suffix, getattr(Tensor, _original + _suffix))
