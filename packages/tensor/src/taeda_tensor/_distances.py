"""Distances between tensors and between their rows."""

from __future__ import annotations

import math

from taeda_tensor import _tensor
from taeda_tensor._autocast import float32_under_autocast
from taeda_tensor._registry import method
from taeda_tensor._tensor import Tensor

__all__ = ["cdist", "dist"]

# Whether Euclidean distances go by a product: None where it pays.
_BY_PRODUCT = {
    "use_mm_for_euclid_dist_if_necessary": None,
    "use_mm_for_euclid_dist": True,
    "donot_use_mm_for_euclid_dist": False,
}
_FEW_ROWS = 25
_ELEMENTS_TOGETHER = 1 << 20  # differences that exist at a time


@method
def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of the difference."""
    input, other = float32_under_autocast(input, other)
    return (input - other).norm(p)


def cdist(
    x1: Tensor,
    x2: Tensor,
    p: float = 2.0,
    compute_mode: str = "use_mm_for_euclid_dist_if_necessary",
) -> Tensor:
    """The p-norm of the difference of each row of x1 (*, P, M) and each of x2 (*, R, M): (*, P, R).

    More than 25 rows on either side have their Euclidean distances from a product, since
    |a - b|^2 = |a|^2 + |b|^2 - 2 ab: the distance of rows that nearly coincide then has an error of
    about sqrt(eps) times their norm, unless `compute_mode` is "donot_use_mm_for_euclid_dist". A
    distance of zero has the gradient zero. RuntimeError for rows of different lengths or p < 0,
    ValueError for another mode.

    >>> from taeda_tensor import tensor
    >>> cdist(tensor([[0.0, 0.0], [3.0, 4.0]]), tensor([[0.0, 0.0]])).tolist()
    [[0.0], [5.0]]
    """
    x1, x2 = float32_under_autocast(x1, x2)
    if x1.dim() < 2 or x2.dim() < 2 or x1.size(-1) != x2.size(-1):
        raise RuntimeError(
            "cdist: rows of one length are needed, got shapes "
            f"{tuple(x1.shape)} and {tuple(x2.shape)}"
        )
    if p < 0:
        raise RuntimeError(f"cdist: p must not be negative, got {p}")
    if compute_mode not in _BY_PRODUCT:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    by_product = _BY_PRODUCT[compute_mode]
    if by_product is None:
        by_product = x1.size(-2) > _FEW_ROWS or x2.size(-2) > _FEW_ROWS
    if p == 2 and by_product:
        return _distances_by_product(x1, x2)
    batch = max(math.prod(x1.shape[:-2]), math.prod(x2.shape[:-2]))
    step = max(1, _ELEMENTS_TOGETHER // max(1, batch * x2.size(-2) * x2.size(-1)))
    x2 = x2.unsqueeze(-3)
    parts = [
        _tensor.norm(x1.narrow(-2, i, min(step, x1.size(-2) - i)).unsqueeze(-2) - x2, p, -1)
        for i in range(0, max(1, x1.size(-2)), step)
    ]
    return parts[0] if len(parts) == 1 else _tensor.cat(parts, -2)


def _distances_by_product(x1: Tensor, x2: Tensor) -> Tensor:
    # The squares of the norms are two more columns, so that the product is all that is left to do.
    norms1, norms2 = (x.square().sum(-1, keepdim=True) for x in (x1, x2))
    left = _tensor.cat([x1 * -2, norms1, norms1.new_ones(norms1.shape)], -1)
    right = _tensor.cat([x2, norms2.new_ones(norms2.shape), norms2], -1)
    squares = _tensor.matmul(left, right.transpose(-1, -2))
    if not squares.requires_grad:
        return squares.clamp_min_(0).sqrt_()
    # Where the square is zero its root has no gradient. Comparisons with NaN are false.
    is_zero = squares <= 0
    return squares.masked_fill(is_zero, 1).sqrt().masked_fill(is_zero, 0)
