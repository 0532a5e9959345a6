"""Loss functions as modules; `reduction` is mean, sum or none."""

from __future__ import annotations

from taeda_tensor import Tensor

from . import functional as F
from ._module import Module
from .functional._loss import legacy_reduction


class _Loss(Module):
    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        if size_average is not None or reduce is not None:
            reduction = legacy_reduction(size_average, reduce)
        self.reduction = reduction


class _WeightedLoss(_Loss):
    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


class L1Loss(_Loss):
    """|x - y|, elementwise.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import L1Loss
    >>> L1Loss()(tt.tensor([1.0, -3.0]), tt.zeros(2)).item()
    2.0
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.l1_loss(input, target, reduction=self.reduction)


class MSELoss(_Loss):
    """(x - y)^2, elementwise.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import MSELoss
    >>> MSELoss()(tt.tensor([1.0, 3.0]), tt.zeros(2)).item()
    5.0
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.mse_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """d^2 / (2 beta) where d = |x - y| < beta, else d - beta / 2.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import SmoothL1Loss
    >>> SmoothL1Loss(reduction="none")(tt.tensor([0.5, 3.0]), tt.zeros(2)).tolist()
    [0.125, 2.5]
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """d^2 / 2 where d = |x - y| <= delta, else delta (d - delta / 2).

    >>> import taeda_tensor as tt
    >>> from taeda_nn import HuberLoss
    >>> HuberLoss("none", delta=2.0)(tt.tensor([0.5, 3.0]), tt.zeros(2)).tolist()
    [0.125, 4.0]
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class KLDivLoss(_Loss):
    """y (log y - x) with x a log-probability; `reduction` may also be batchmean.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import KLDivLoss
    >>> KLDivLoss(reduction="batchmean")(tt.zeros(1, 2), tt.tensor([[1.0, 0.0]])).item()
    0.0
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class BCELoss(_WeightedLoss):
    """-(y log x + (1 - y) log(1 - x)) for probabilities x, logarithms limited to -100.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import BCELoss
    >>> BCELoss()(tt.tensor([1.0, 0.0]), tt.tensor([1.0, 1.0])).item()
    50.0
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_WeightedLoss):
    """-(pos_weight y log s(x) + (1 - y) log(1 - s(x))) with s the sigmoid, without overflow.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import BCEWithLogitsLoss
    >>> BCEWithLogitsLoss()(tt.tensor([1000.0]), tt.tensor([0.0])).item()
    1000.0
    """

    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class NLLLoss(_WeightedLoss):
    """-weight[y] x[y] for log-probabilities x (N, C, ...) and classes y (N, ...), weighted mean.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import NLLLoss
    >>> NLLLoss()(tt.tensor([[-1.0, -2.0]]), tt.tensor([1])).item()
    2.0
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.nll_loss(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )


class CrossEntropyLoss(_WeightedLoss):
    """-weight[y] log softmax(x)[y] for logits x (N, C, ...); y holds classes or probabilities.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import CrossEntropyLoss
    >>> round(CrossEntropyLoss()(tt.zeros(1, 2), tt.tensor([0])).item(), 4)
    0.6931
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )
