"""Quantiles: what lies at a fraction of the way through the elements in order."""

from __future__ import annotations

from taeda_tensor import _tensor
from taeda_tensor._autocast import float32_under_autocast
from taeda_tensor._registry import method
from taeda_tensor._tensor import Tensor

__all__ = ["nanquantile", "quantile"]

_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _fractions(name: str, input: Tensor, q: float | Tensor) -> Tensor:
    if input.dtype not in (_tensor.float32, _tensor.float64):
        raise RuntimeError(f"{name}: input must be float32 or float64, got {input.dtype}")
    fractions = q
    if not isinstance(fractions, Tensor):
        fractions = _tensor.tensor(q, dtype=input.dtype, device=input.device)
    if fractions.dim() > 1:
        raise RuntimeError(
            f"{name}: q must be a number or a vector, got shape {tuple(fractions.shape)}"
        )
    if fractions.dtype is not input.dtype:
        raise RuntimeError(
            f"{name}: q must have the dtype of the input, {input.dtype}, got {fractions.dtype}"
        )
    if not bool(((fractions >= 0) & (fractions <= 1)).all()):
        raise RuntimeError(f"{name}: q must lie in [0, 1], got {q}")
    return fractions


def _between(ordered: Tensor, position: Tensor, interpolation: str) -> Tensor:
    """The elements at positions that need not be whole numbers."""

    def at(whole: Tensor) -> Tensor:
        return ordered.gather(-1, whole.long())

    if interpolation == "nearest":
        return at(position.round())
    if interpolation == "lower":
        return at(position.floor())
    if interpolation == "higher":
        return at(position.ceil())
    low, high = at(position.floor()), at(position.ceil())
    weight = position - position.floor() if interpolation == "linear" else 0.5
    # Where both are the same there is nothing between, though they be infinite.
    return low.where(low == high, low.lerp(high, weight))


def _quantile(
    name: str,
    input: Tensor,
    q: float | Tensor,
    dim: int | None,
    keepdim: bool,
    interpolation: str,
    skip_nan: bool,
) -> Tensor:
    input, q = float32_under_autocast(input, q)
    fractions = _fractions(name, input, q)
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(
            f"{name}: interpolation must be one of {', '.join(_INTERPOLATIONS)}, "
            f"got {interpolation!r}"
        )
    flat = input.reshape(-1) if dim is None or input.dim() == 0 else input.movedim(dim, -1)
    size = flat.size(-1)
    if size == 0:
        raise RuntimeError(f"{name}: the input has no elements along the dimension")
    ordered = flat.sort().values  # NaN comes last
    missing = ordered.isnan().sum(-1, keepdim=True)
    last = (size - 1 - missing).clamp(min=0) if skip_nan else size - 1
    position = (fractions.reshape(-1) * last).expand(*ordered.shape[:-1], fractions.numel())
    result = _between(ordered, position, interpolation)
    if not skip_nan:
        result = result.masked_fill(missing > 0, float("nan"))
    result = result.movedim(-1, 0)
    if keepdim and (dim is None or input.dim() == 0):
        result = result.reshape(-1, *[1] * input.dim())
    elif keepdim and dim is not None:
        result = result.unsqueeze(dim + 1 if dim >= 0 else dim)
    return result if fractions.dim() else result.squeeze(0)


@method
def quantile(
    input: Tensor,
    q: float | Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """The q-quantiles of the elements, or along a dimension; NaN where there is one.

    The element at position q (n - 1) of n in order; between two of them `interpolation` decides:
    linear, lower, higher, midpoint or nearest. A vector of k fractions q gives results stacked in
    front: (k, ...). RuntimeError for q outside of [0, 1] and for dtypes but float32 and float64.

    >>> from taeda_tensor import tensor
    >>> quantile(tensor([4.0, 1.0, 3.0, 2.0]), 0.5).item()
    2.5
    >>> quantile(tensor([[0.0, 10.0], [5.0, 6.0]]), tensor([0.1, 0.5]), dim=1).tolist()
    [[1.0, 5.099999904632568], [5.0, 5.5]]
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False)


@method
def nanquantile(
    input: Tensor,
    q: float | Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """The q-quantiles of what is not NaN, as `quantile` has them; NaN where all are.

    >>> from taeda_tensor import nan, tensor
    >>> nanquantile(tensor([1.0, nan, 3.0]), 0.5).item()
    2.0
    """
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True)
