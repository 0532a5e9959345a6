"""Loss functions; `reduction` is mean, sum or none."""

from __future__ import annotations

import warnings

import taeda_tensor
from taeda_tensor import Tensor
from taeda_tensor.amp import float32_under_autocast


def legacy_reduction(size_average: bool | None, reduce: bool | None) -> str:
    """The reduction that PyTorch's two old arguments stand for."""
    if reduce is False:
        reduction = "none"
    elif size_average is False:
        reduction = "sum"
    else:
        reduction = "mean"
    warnings.warn(
        "size_average and reduce args will be deprecated, "
        f"please use reduction='{reduction}' instead.",
        stacklevel=3,
    )
    return reduction


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    if reduction == "mean":
        return loss.mean()
    if reduction == "sum":
        return loss.sum()
    if reduction == "none":
        return loss
    raise ValueError(f"{reduction} is not a valid value for reduction; use mean, sum or none")


def _weighted(loss: Tensor, weight: Tensor | None, reduction: str) -> Tensor:
    if weight is None:
        return _reduce(loss, reduction)
    if weight.shape != loss.shape:
        raise ValueError("Weights and input must have the same size.")
    weighted = loss * weight
    if reduction == "mean":
        return weighted.sum() / weight.sum()
    return _reduce(weighted, reduction)


def _warn_sizes(input: Tensor, target: Tensor) -> None:
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size "
            f"({input.shape}). This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            stacklevel=3,
        )


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """(x - y)^2, elementwise; with `weight` the mean is weighted.

    >>> import taeda_tensor as tt
    >>> mse_loss(tt.tensor([1.0, 3.0]), tt.zeros(2)).item()
    5.0
    """
    if size_average is not None or reduce is not None:
        reduction = legacy_reduction(size_average, reduce)
    input, target, weight = float32_under_autocast(input, target, weight)
    _warn_sizes(input, target)
    return _weighted(taeda_tensor.squared_difference(input, target), weight, reduction)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """|x - y|, elementwise; with `weight` the mean is weighted.

    >>> import taeda_tensor as tt
    >>> l1_loss(tt.tensor([1.0, -3.0]), tt.zeros(2)).item()
    2.0
    """
    if size_average is not None or reduce is not None:
        reduction = legacy_reduction(size_average, reduce)
    input, target, weight = float32_under_autocast(input, target, weight)
    _warn_sizes(input, target)
    return _weighted((input - target).abs(), weight, reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """d^2 / (2 beta) where d = |x - y| < beta, else d - beta / 2; ValueError for beta < 0.

    >>> import taeda_tensor as tt
    >>> smooth_l1_loss(tt.tensor([0.5, 3.0]), tt.zeros(2), reduction="none").tolist()
    [0.125, 2.5]
    """
    if size_average is not None or reduce is not None:
        reduction = legacy_reduction(size_average, reduce)
    input, target = float32_under_autocast(input, target)
    if beta < 0:
        raise ValueError(f"smooth_l1_loss: beta must not be negative, got {beta}")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    _warn_sizes(input, target)
    loss = taeda_tensor.huber_distance(input, target, beta)
    return _reduce(loss if beta == 1 else loss / beta, reduction)


def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """d^2 / 2 where d = |x - y| <= delta, else delta (d - delta / 2); ValueError for delta <= 0.

    >>> import taeda_tensor as tt
    >>> huber_loss(tt.tensor([0.5, 3.0]), tt.zeros(2), reduction="none", delta=2.0).tolist()
    [0.125, 4.0]
    """
    input, target, weight = float32_under_autocast(input, target, weight)
    if delta <= 0:
        raise ValueError(f"huber_loss: delta must be positive, got {delta}")
    _warn_sizes(input, target)
    return _weighted(taeda_tensor.huber_distance(input, target, delta), weight, reduction)


def _check_same_size(name: str, input: Tensor, target: Tensor) -> None:
    if target.shape != input.shape:
        raise ValueError(
            f"{name}: target size ({target.shape}) must be the same as input size ({input.shape})"
        )


def _log_from_zero(x: Tensor) -> Tensor:
    # log limited to -100, with derivative 0 instead of NaN at x = 0.
    positive = x > 0
    logarithm = taeda_tensor.where(positive, x, taeda_tensor.ones_like(x)).log()
    limit = taeda_tensor.full_like(x, -100.0)
    return taeda_tensor.where(positive, logarithm, limit).clamp(min=-100.0)


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-(y log x + (1 - y) log(1 - x)) for probabilities x in [0, 1], logarithms limited to -100.

    ValueError for sizes that differ, RuntimeError for x outside [0, 1].

    >>> import taeda_tensor as tt
    >>> binary_cross_entropy(tt.tensor([1.0, 0.0]), tt.tensor([1.0, 1.0])).item()
    50.0
    """
    if size_average is not None or reduce is not None:
        reduction = legacy_reduction(size_average, reduce)
    if input.is_cuda and taeda_tensor.is_autocast_enabled("cuda"):
        raise RuntimeError(
            "torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast; "
            "use binary_cross_entropy_with_logits or BCEWithLogitsLoss"
        )
    input, target, weight = float32_under_autocast(input, target, weight)
    _check_same_size("binary_cross_entropy", input, target)
    if input.numel() and not bool(((input >= 0) & (input <= 1)).all()):
        raise RuntimeError(
            "binary_cross_entropy: all elements of input should be between 0 and 1; "
            "for logits use binary_cross_entropy_with_logits"
        )
    loss = -(target * _log_from_zero(input) + (1 - target) * _log_from_zero(1 - input))
    if weight is not None:
        loss = loss * weight
    return _reduce(loss, reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """-(pos_weight y log s(x) + (1 - y) log(1 - s(x))) with s the sigmoid, without overflow.

    ValueError for sizes that differ.

    >>> import taeda_tensor as tt
    >>> binary_cross_entropy_with_logits(tt.tensor([1000.0]), tt.tensor([0.0])).item()
    1000.0
    """
    if size_average is not None or reduce is not None:
        reduction = legacy_reduction(size_average, reduce)
    input, target, weight, pos_weight = float32_under_autocast(input, target, weight, pos_weight)
    _check_same_size("binary_cross_entropy_with_logits", input, target)
    if pos_weight is None:
        loss = taeda_tensor.logistic_loss(input, target)
    else:
        # Beyond 50 the correction of softplus is below the precision of every dtype.
        positive = target * taeda_tensor.softplus(-input, 1.0, 50.0) * pos_weight
        loss = positive + (1 - target) * taeda_tensor.softplus(input, 1.0, 50.0)
    if weight is not None:
        loss = loss * weight
    return _reduce(loss, reduction)


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """y (log y - x) with x a log-probability, 0 where y = 0; `batchmean` divides by the batch size.

    With `log_target` the target is a log-probability too.

    >>> import taeda_tensor as tt
    >>> kl_div(tt.zeros(2), tt.tensor([1.0, 0.0]), reduction="sum").item()
    0.0
    """
    if size_average is not None or reduce is not None:
        reduction = legacy_reduction(size_average, reduce)
    elif reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition"
            ".'mean' will be changed to behave the same as 'batchmean' in the next major release.",
            stacklevel=2,
        )
    input, target = float32_under_autocast(input, target)
    if log_target:
        loss = target.exp() * (target - input)
    else:
        safe = taeda_tensor.where(target > 0, target, taeda_tensor.ones_like(target))
        loss = target * (safe.log() - input)
    if reduction == "batchmean":
        return loss.sum() / input.shape[0] if input.dim() else loss.sum()
    return _reduce(loss, reduction)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-weight[y] x[y] for log-probabilities x (N, C, ...) and classes y (N, ...), weighted mean.

    >>> import taeda_tensor as tt
    >>> nll_loss(tt.tensor([[-1.0, -2.0]]), tt.tensor([1])).item()
    2.0
    """
    if size_average is not None or reduce is not None:
        reduction = legacy_reduction(size_average, reduce)
    return taeda_tensor.nll_loss(input, target, weight, reduction, ignore_index)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """-weight[y] log softmax(x)[y] for logits x (N, C, ...); y holds classes or probabilities.

    >>> import taeda_tensor as tt
    >>> round(cross_entropy(tt.zeros(1, 2), tt.tensor([0])).item(), 4)
    0.6931
    """
    if size_average is not None or reduce is not None:
        reduction = legacy_reduction(size_average, reduce)
    return taeda_tensor.cross_entropy(
        input, target, weight, ignore_index, reduction, label_smoothing
    )
