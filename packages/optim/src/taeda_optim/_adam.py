"""Adam and AdamW."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from taeda_tensor import Tensor, _fused_adam_

from ._fused import FusedOptimizer, check_betas, check_not_negative, column, gradients
from .optimizer import check_options, number


class Adam(FusedOptimizer):
    """Adam: m <- b1 m + (1 - b1) g; v <- b2 v + (1 - b2) g^2;
    p <- p - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps).

    `weight_decay` is added to the gradient, or with `decoupled_weight_decay` shrinks the parameter
    by lr weight_decay. `amsgrad` divides by the largest v so far. ValueError for bad options.
    In `state` the count `step` is an int; `state_dict` holds it as PyTorch does, as a tensor.

    Source: Kingma and Ba, 2014; Reddi et al., 2018 (amsgrad).

    >>> import taeda_tensor as tt
    >>> from taeda_optim import Adam
    >>> p = tt.ones(1, requires_grad=True)
    >>> p.grad = tt.tensor([2.0])
    >>> Adam([p], lr=0.25).step()
    >>> round(p.item(), 4)
    0.75
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        name = type(self).__name__
        check_options(name, differentiable=differentiable, capturable=capturable)
        check_not_negative(lr=lr, eps=eps)
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def _state_names(self, group: dict[str, Any]) -> tuple[str, ...]:
        if group["amsgrad"]:
            return ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")
        return ("exp_avg", "exp_avg_sq")

    def _update(
        self, group: dict[str, Any], params: list[Tensor], states: list[dict[str, Any]], step: int
    ) -> None:
        amsgrad = group["amsgrad"]
        beta1, beta2 = group["betas"]
        _fused_adam_(
            params,
            gradients(params),
            column(states, "exp_avg"),
            column(states, "exp_avg_sq"),
            column(states, "max_exp_avg_sq") if amsgrad else [],
            step,
            number(group["lr"]),
            number(beta1),
            number(beta2),
            group["eps"],
            group["weight_decay"],
            amsgrad,
            group["maximize"],
            group["decoupled_weight_decay"],
        )


class AdamW(Adam):
    """Adam with decoupled weight decay: p <- p - lr weight_decay p before the step of Adam.

    Source: Loshchilov and Hutter, 2017.

    >>> import taeda_tensor as tt
    >>> from taeda_optim import AdamW
    >>> p = tt.ones(1, requires_grad=True)
    >>> p.grad = tt.tensor([0.0])
    >>> AdamW([p], lr=0.5, weight_decay=0.5).step()
    >>> p.tolist()
    [0.75]
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )
