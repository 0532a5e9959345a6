"""RMSprop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from taeda_tensor import Tensor, _fused_rmsprop_

from ._fused import FusedOptimizer, check_not_negative, column, gradients
from .optimizer import check_options, number


class RMSprop(FusedOptimizer):
    """RMSprop: s <- alpha s + (1 - alpha) g^2; p <- p - lr g / (sqrt(s) + eps).

    `centered` takes the variance of the gradients for s, `momentum` a running sum of the quotients
    for the step. `weight_decay` is added to the gradient. ValueError for bad options.

    Source: Hinton's lecture notes, 2012; Graves, 2013 (centered).

    >>> import taeda_tensor as tt
    >>> from taeda_optim import RMSprop
    >>> p = tt.ones(1, requires_grad=True)
    >>> p.grad = tt.tensor([2.0])
    >>> RMSprop([p], lr=0.25, alpha=0.75).step()
    >>> round(p.item(), 4)
    0.5
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options("RMSprop", differentiable=differentiable, capturable=capturable)
        check_not_negative(
            lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha
        )
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _state_names(self, group: dict[str, Any]) -> tuple[str, ...]:
        names: tuple[str, ...] = ("square_avg",)
        if group["momentum"]:
            names += ("momentum_buffer",)
        return (*names, "grad_avg") if group["centered"] else names

    def _update(
        self, group: dict[str, Any], params: list[Tensor], states: list[dict[str, Any]], step: int
    ) -> None:
        _fused_rmsprop_(
            params,
            gradients(params),
            column(states, "square_avg"),
            column(states, "momentum_buffer") if group["momentum"] else [],
            column(states, "grad_avg") if group["centered"] else [],
            number(group["lr"]),
            group["alpha"],
            group["eps"],
            group["weight_decay"],
            group["momentum"],
            group["centered"],
            group["maximize"],
        )
