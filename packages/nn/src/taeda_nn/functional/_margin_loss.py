"""Losses of pairs, margins and distributions; `reduction` is mean, sum or none."""

from __future__ import annotations

import math
from collections.abc import Callable

import taeda_tensor
from taeda_tensor import Tensor, pairwise_distance
from taeda_tensor.amp import float32_under_autocast

from ._activation import logsigmoid
from ._loss import _reduce, legacy_reduction


def _chosen(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    if size_average is None and reduce is None:
        return reduction
    return legacy_reduction(size_average, reduce)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, -y (x1 - x2) + margin): y = 1 wants x1 above x2, y = -1 below.

    >>> import taeda_tensor as tt
    >>> margin_ranking_loss(tt.tensor([1.0]), tt.tensor([3.0]), tt.tensor([1.0])).item()
    2.0
    """
    reduction = _chosen(size_average, reduce, reduction)
    input1, input2, target = float32_under_autocast(input1, input2, target)
    return _reduce((-target * (input1 - input2) + margin).clamp(min=0), reduction)


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """x where y = 1, max(0, margin - x) where y = -1.

    >>> import taeda_tensor as tt
    >>> hinge_embedding_loss(tt.tensor([0.5, 0.25]), tt.tensor([1, -1]), reduction="none").tolist()
    [0.5, 0.75]
    """
    reduction = _chosen(size_average, reduce, reduction)
    input, target = float32_under_autocast(input, target)
    apart = taeda_tensor.where(target != 1, (margin - input).clamp(min=0), 0.0)
    return _reduce(apart + taeda_tensor.where(target != -1, input, 0.0), reduction)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cos(x1, x2) where y = 1, max(0, cos(x1, x2) - margin) where y = -1.

    Inputs (N, D) with targets (N), or (D) with one target; RuntimeError otherwise.

    >>> import taeda_tensor as tt
    >>> x, y = tt.tensor([[1.0, 0.0]]), tt.tensor([[0.0, 1.0]])
    >>> round(cosine_embedding_loss(x, y, tt.tensor([1])).item(), 4)
    1.0
    """
    reduction = _chosen(size_average, reduce, reduction)
    if target.dim() > 1 or input1.dim() != target.dim() + 1 or input2.dim() != input1.dim():
        raise RuntimeError(
            "cosine_embedding_loss: inputs (N, D) with targets (N), or (D) with one, are needed; "
            f"got {tuple(input1.shape)}, {tuple(input2.shape)} and {tuple(target.shape)}"
        )
    input1, input2, target = float32_under_autocast(input1, input2, target)
    # The squares are kept off zero, where the root has no derivative.
    squares = [(x * x).sum(-1) + 1e-12 for x in (input1, input2)]
    cosine = (input1 * input2).sum(-1) / (squares[0] * squares[1]).sqrt()
    alike = taeda_tensor.where(target == 1, 1 - cosine, 0.0)
    apart = taeda_tensor.where(target == -1, (cosine - margin).clamp(min=0), 0.0)
    return _reduce(alike + apart, reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, |a - p| - |a - n| + margin), with `swap` |p - n| where it is smaller than |a - n|.

    ValueError for a margin that is not positive (Balntas et al., 2016).

    >>> import taeda_tensor as tt
    >>> a, b = tt.zeros(1, 1), tt.ones(1, 1)
    >>> round(triplet_margin_loss(a, b, a).item(), 4)
    2.0
    """
    reduction = _chosen(size_average, reduce, reduction)
    anchor, positive, negative = float32_under_autocast(anchor, positive, negative)

    def distance(x: Tensor, y: Tensor) -> Tensor:
        return pairwise_distance(x, y, p, eps)

    return triplet_margin_with_distance_loss(
        anchor,
        positive,
        negative,
        distance_function=distance,
        margin=margin,
        swap=swap,
        reduction=reduction,
    )


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with a distance of one's own.

    >>> import taeda_tensor as tt
    >>> a, b = tt.zeros(1, 1), tt.ones(1, 1)
    >>> distance = lambda x, y: (x - y).abs().sum(-1)
    >>> triplet_margin_with_distance_loss(a, b, a, distance_function=distance).item()
    2.0
    """
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    distance = distance_function or pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = taeda_tensor.minimum(far, distance(positive, negative))
    return _reduce((near - far + margin).clamp(min=0), reduction)


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """log(1 + exp(-y x)) for y = 1 or -1.

    >>> import taeda_tensor as tt
    >>> round(soft_margin_loss(tt.zeros(1), tt.ones(1)).item(), 4)
    0.6931
    """
    reduction = _chosen(size_average, reduce, reduction)
    input, target = float32_under_autocast(input, target)
    return _reduce(-logsigmoid(target * input), reduction)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-(y log s(x) + (1 - y) log(1 - s(x))), the mean over classes (the last dimension).

    >>> import taeda_tensor as tt
    >>> round(multilabel_soft_margin_loss(tt.zeros(1, 2), tt.ones(1, 2)).item(), 4)
    0.6931
    """
    reduction = _chosen(size_average, reduce, reduction)
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    return _reduce(loss.mean(-1), reduction)


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """exp(x) - y x, or x - y log(x + eps) where x is no logarithm; `full` adds log y! by Stirling.

    >>> import taeda_tensor as tt
    >>> poisson_nll_loss(tt.zeros(1), tt.ones(1)).item()
    1.0
    """
    reduction = _chosen(size_average, reduce, reduction)
    input, target = float32_under_autocast(input, target)
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        counts = target.clamp(min=1.0)
        stirling = counts * counts.log() - counts + 0.5 * (2 * math.pi * counts).log()
        loss = loss + taeda_tensor.where(target > 1, stirling, 0.0)
    return _reduce(loss, reduction)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """(log v + (x - y)^2 / v) / 2 with v = max(var, eps); `full` adds log(2 pi) / 2.

    `var` has the shape of the input, one element in the last dimension, or not that dimension.
    ValueError for other shapes and for negative variances.

    >>> import taeda_tensor as tt
    >>> gaussian_nll_loss(tt.zeros(2), tt.ones(2), tt.ones(2)).item()
    0.5
    """
    spread = var if isinstance(var, Tensor) else taeda_tensor.full_like(input, var)
    if spread.shape != input.shape:
        if tuple(spread.shape) == tuple(input.shape[:-1]):
            spread = spread.unsqueeze(-1)
        elif tuple(spread.shape) != (*input.shape[:-1], 1):
            raise ValueError(f"var is of incorrect size: {tuple(spread.shape)}")
    if bool((spread < 0).any()):
        raise ValueError("var has negative entry/entries")
    # The limit has no part in the derivative.
    with taeda_tensor.no_grad():
        lift = spread.clamp(min=eps) - spread
    spread = spread + lift
    loss = 0.5 * (spread.log() + (input - target) ** 2 / spread)
    return _reduce(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)
