"""Statistics and integrals, composed of reductions."""

from __future__ import annotations

from typing import Any

from taeda_tensor import return_types
from taeda_tensor._autocast import float32_under_autocast
from taeda_tensor._joining import broadcast_tensors
from taeda_tensor._registry import method
from taeda_tensor._tensor import Tensor

__all__ = [
    "aminmax",
    "corrcoef",
    "cosine_similarity",
    "cov",
    "cumulative_trapezoid",
    "histc",
    "pairwise_distance",
    "trapezoid",
    "trapz",
]


@method
def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """The smallest and the largest element, of all or along a dimension.

    >>> from taeda_tensor import tensor
    >>> low, high = aminmax(tensor([3, 1, 2]))
    >>> low.item(), high.item()
    (1, 3)
    """
    if input.numel() == 0 and dim is None:
        raise RuntimeError("aminmax: the input has no elements; pass dim, or a tensor that has")
    dims: tuple[int, ...] = () if dim is None else (dim,)
    if dim is None and keepdim:
        dims = tuple(range(input.dim()))
    return return_types.aminmax(input.amin(dims, keepdim), input.amax(dims, keepdim))


@method
def cov(
    input: Tensor,
    *,
    correction: int = 1,
    fweights: Tensor | None = None,
    aweights: Tensor | None = None,
) -> Tensor:
    """The covariances of variables (rows) over observations (columns).

    `fweights` says how often an observation was made, `aweights` how much it counts. RuntimeError
    for more than two dimensions.

    >>> from taeda_tensor import tensor
    >>> cov(tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]])).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    if input.dim() > 2:
        raise RuntimeError(f"cov: at most 2 dimensions are taken, got {input.dim()}")
    x = input.reshape(1, -1) if input.dim() < 2 else input
    count: Any = x.size(1)
    given: Any = correction
    weights = fweights
    if aweights is not None:
        weights = aweights if fweights is None else fweights * aweights
    if weights is None:
        centered = x - x.mean(1, keepdim=True)
        products = centered @ centered.T
    else:
        weights = weights.to(x.dtype)
        total = weights.sum()
        centered = x - (x * weights).sum(1, keepdim=True) / total
        products = (centered * weights) @ centered.T
        count = total
        if aweights is not None and correction:
            given = correction * (weights * aweights).sum() / total
    norm = count - given
    norm = norm.clamp(min=0) if isinstance(norm, Tensor) else max(norm, 0)
    return (products / norm).squeeze()


@method
def corrcoef(input: Tensor) -> Tensor:
    """The correlation coefficients of variables (rows), within -1 and 1.

    >>> from taeda_tensor import tensor
    >>> corrcoef(tensor([[0.0, 1.0, 2.0], [4.0, 2.0, 0.0]])).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    covariance = cov(input)
    if covariance.dim() == 0:
        return covariance / covariance
    deviation = covariance.diagonal().sqrt()
    return (covariance / deviation.unsqueeze(1) / deviation.unsqueeze(0)).clamp(-1, 1)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """x1 . x2 / (max(|x1|, eps) max(|x2|, eps)) along `dim` of the shape both broadcast to.

    >>> from taeda_tensor import tensor
    >>> cosine_similarity(tensor([1.0, 0.0]), tensor([2.0, 2.0]), dim=0)
    tensor(0.7071)
    """
    x1, x2 = broadcast_tensors(*float32_under_autocast(x1, x2))
    lengths = [x.norm(2, dim, keepdim=True).clamp(min=eps) for x in (x1, x2)]
    return (x1 / lengths[0] * (x2 / lengths[1])).sum(dim)


def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The p-norm of x1 - x2 + eps over the last dimension.

    >>> from taeda_tensor import tensor
    >>> pairwise_distance(tensor([[3.0, 4.0]]), tensor([[0.0, 0.0]]))
    tensor([5.0000])
    """
    return (x1 - x2 + eps).norm(p, -1, keepdim)


@method
def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements lie in each of `bins` equal parts of [min, max]; others are left out.

    The range is that of the elements where both are 0. RuntimeError for max < min.

    >>> from taeda_tensor import tensor
    >>> histc(tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3).tolist()
    [0.0, 2.0, 1.0, 0.0]
    """
    if bins < 1:
        raise RuntimeError(f"histc: bins must be positive, got {bins}")
    flat = input.reshape(-1)
    low, high = float(min), float(max)
    if low == high and flat.numel():
        low, high = flat.min().item(), flat.max().item()
    if low == high:
        low, high = low - 1, high + 1
    if high < low:
        raise RuntimeError(f"histc: max must be larger than min, got {high} and {low}")
    inside = flat[(flat >= low) & (flat <= high)]
    place = ((inside - low) * (bins / (high - low))).long().clamp(max=bins - 1)
    return place.bincount(minlength=bins).to(input.dtype)


def trapezoid(
    y: Tensor, x: Tensor | None = None, *, dx: float | None = None, dim: int = -1
) -> Tensor:
    """The integral along a dimension by the trapezoidal rule, at points `x` or `dx` apart.

    >>> from taeda_tensor import tensor
    >>> trapezoid(tensor([1.0, 5.0, 10.0])).item()
    10.5
    """
    return _trapezoids("trapezoid", y, x, dx, dim).sum(dim)


def cumulative_trapezoid(
    y: Tensor, x: Tensor | None = None, *, dx: float | None = None, dim: int = -1
) -> Tensor:
    """The integrals from the first point to each other one by the trapezoidal rule.

    >>> from taeda_tensor import tensor
    >>> cumulative_trapezoid(tensor([1.0, 5.0, 10.0])).tolist()
    [3.0, 10.5]
    """
    return _trapezoids("cumulative_trapezoid", y, x, dx, dim).cumsum(dim)


def _trapezoids(name: str, y: Tensor, x: Tensor | None, dx: float | None, dim: int) -> Tensor:
    if x is not None and dx is not None:
        raise RuntimeError(f"{name}: pass x or dx, not both")
    size = y.size(dim)
    heights = (y.narrow(dim, 0, size - 1) + y.narrow(dim, 1, size - 1)) / 2
    if x is None:
        return heights * (1 if dx is None else dx)
    if x.dim() == 1:
        x = x.reshape([-1 if d == dim % y.dim() else 1 for d in range(y.dim())])
    points = x.size(dim)
    return heights * (x.narrow(dim, 1, points - 1) - x.narrow(dim, 0, points - 1))


trapz = trapezoid
