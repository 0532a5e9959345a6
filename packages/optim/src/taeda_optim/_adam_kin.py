"""Adamax, NAdam and RAdam."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any, ClassVar

from taeda_tensor import Tensor, _fused_adamax_, _fused_nadam_, _fused_radam_

from ._fused import FusedOptimizer, check_betas, check_not_negative, column, gradients
from .optimizer import check_options, number


class Adamax(FusedOptimizer):
    """Adamax: m <- b1 m + (1 - b1) g; u <- max(b2 u, |g| + eps); p <- p - lr / (1 - b1^t) m / u.

    `weight_decay` is added to the gradient. ValueError for bad options.

    Source: Kingma and Ba, 2014.

    >>> import taeda_tensor as tt
    >>> from taeda_optim import Adamax
    >>> p = tt.ones(1, requires_grad=True)
    >>> p.grad = tt.tensor([2.0])
    >>> Adamax([p], lr=0.25).step()
    >>> round(p.item(), 4)
    0.75
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_options("Adamax", differentiable=differentiable, capturable=capturable)
        check_not_negative(lr=lr, eps=eps)
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _state_names(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_inf")

    def _update(
        self, group: dict[str, Any], params: list[Tensor], states: list[dict[str, Any]], step: int
    ) -> None:
        beta1, beta2 = group["betas"]
        _fused_adamax_(
            params,
            gradients(params),
            column(states, "exp_avg"),
            column(states, "exp_inf"),
            step,
            number(group["lr"]),
            beta1,
            beta2,
            group["eps"],
            group["weight_decay"],
            group["maximize"],
        )


def _single(value: float) -> float:
    # As PyTorch keeps it; what is saved then is what a run goes on with.
    rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    return rounded


class NAdam(FusedOptimizer):
    """Adam with Nesterov's momentum, mu(t) = b1 (1 - 0.96^(t momentum_decay) / 2) of it:
    p <- p - lr (mu(t + 1) m / (1 - mu(1) ... mu(t + 1)) + (1 - mu(t)) g / (1 - mu(1) ... mu(t)))
    / (sqrt(v / (1 - b2^t)) + eps).

    `weight_decay` is added to the gradient, or with `decoupled_weight_decay` shrinks the parameter
    by lr weight_decay. ValueError for bad options.

    Source: Dozat, 2016.

    >>> import taeda_tensor as tt
    >>> from taeda_optim import NAdam
    >>> p = tt.ones(1, requires_grad=True)
    >>> p.grad = tt.tensor([2.0])
    >>> NAdam([p], lr=0.25).step()
    >>> round(p.item(), 4)
    0.7359
    """

    _numbers: ClassVar[dict[str, Any]] = {"step": 0, "mu_product": 1.0}

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options("NAdam", differentiable=differentiable, capturable=capturable)
        check_not_negative(lr=lr, eps=eps)
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay, momentum_decay=momentum_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _state_names(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def _update(
        self, group: dict[str, Any], params: list[Tensor], states: list[dict[str, Any]], step: int
    ) -> None:
        beta1, beta2 = group["betas"]
        momentum = beta1 * (1.0 - 0.5 * 0.96 ** (step * group["momentum_decay"]))
        product = _single(states[0]["mu_product"] * momentum)
        _fused_nadam_(
            params,
            gradients(params),
            column(states, "exp_avg"),
            column(states, "exp_avg_sq"),
            product,
            step,
            number(group["lr"]),
            beta1,
            beta2,
            group["eps"],
            group["weight_decay"],
            group["momentum_decay"],
            group["decoupled_weight_decay"],
            group["maximize"],
        )
        for state in states:
            state["mu_product"] = product


class RAdam(FusedOptimizer):
    """Adam whose divisor is rectified, and left out as long as its variance is unbounded:
    with n = 2 / (1 - b2) - 1 and l = n - 2 t b2^t / (1 - b2^t), for l > 5 the step of Adam times
    sqrt((l - 4) (l - 2) n / ((n - 4) (n - 2) l)), before that p <- p - lr m / (1 - b1^t).

    `weight_decay` is added to the gradient, or with `decoupled_weight_decay` shrinks the parameter
    by lr weight_decay. ValueError for bad options.

    Source: Liu et al., 2019.

    >>> import taeda_tensor as tt
    >>> from taeda_optim import RAdam
    >>> p = tt.ones(1, requires_grad=True)
    >>> p.grad = tt.tensor([2.0])
    >>> RAdam([p], lr=0.25).step()
    >>> round(p.item(), 4)
    0.5
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options("RAdam", differentiable=differentiable, capturable=capturable)
        check_not_negative(lr=lr, eps=eps)
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _state_names(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def _update(
        self, group: dict[str, Any], params: list[Tensor], states: list[dict[str, Any]], step: int
    ) -> None:
        beta1, beta2 = group["betas"]
        _fused_radam_(
            params,
            gradients(params),
            column(states, "exp_avg"),
            column(states, "exp_avg_sq"),
            step,
            number(group["lr"]),
            beta1,
            beta2,
            group["eps"],
            group["weight_decay"],
            group["decoupled_weight_decay"],
            group["maximize"],
        )
