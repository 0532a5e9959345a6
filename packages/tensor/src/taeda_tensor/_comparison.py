"""Comparison, choice and bounds, from the elementwise operations."""

from __future__ import annotations

from taeda_tensor import _tensor
from taeda_tensor._registry import alias, method
from taeda_tensor._tensor import Tensor

__all__ = [
    "allclose",
    "clamp_",
    "clamp_max",
    "clamp_max_",
    "clamp_min",
    "clamp_min_",
    "clip_",
    "greater",
    "greater_equal",
    "isclose",
    "isin",
    "isreal",
    "less",
    "less_equal",
    "not_equal",
]

Bound = Tensor | float | None
clamp = _tensor.clamp


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


clip_ = alias("clip_", clamp_)


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
    """Whether each element is among test_elements.

    >>> from taeda_tensor import tensor
    >>> isin(tensor([1, 2, 3]), tensor([3, 1])).tolist()
    [True, False, True]
    """
    first = elements if isinstance(elements, Tensor) else _tensor.tensor(elements)
    second = test_elements if isinstance(test_elements, Tensor) else _tensor.tensor(test_elements)
    if second.numel() == 0:
        return _tensor.full_like(first, invert, dtype=_tensor.bool)
    dtype = _tensor.promote_types(first.dtype, second.dtype)
    ordered = second.reshape(-1).to(dtype).sort().values
    places = _tensor.searchsorted(ordered, first.to(dtype))
    # What is greater than all has the place after the last.
    found = ordered[places.clamp_(max=ordered.numel() - 1)] == first
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
