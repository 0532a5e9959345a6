"""Adagrad and Adadelta."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from taeda_tensor import Tensor, _fused_adadelta_, _fused_adagrad_, full_like

from ._fused import FusedOptimizer, check_not_negative, column, gradients
from .optimizer import check_options, number


class Adagrad(FusedOptimizer):
    """Adagrad: s <- s + g^2; p <- p - lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps).

    s starts at `initial_accumulator_value`. `weight_decay` is added to the gradient. ValueError
    for bad options.

    Source: Duchi, Hazan and Singer, 2011.

    >>> import taeda_tensor as tt
    >>> from taeda_optim import Adagrad
    >>> p = tt.ones(1, requires_grad=True)
    >>> p.grad = tt.tensor([2.0])
    >>> Adagrad([p], lr=0.25).step()
    >>> round(p.item(), 4)
    0.75
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_options("Adagrad", differentiable=differentiable)
        check_not_negative(
            lr=lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
        )
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        # As in PyTorch, the state is there before the first step.
        for group in self.param_groups:
            self._complete(group, group["params"], [self.state[p] for p in group["params"]])

    def _state_names(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("sum",)

    def _complete(
        self, group: dict[str, Any], params: list[Tensor], states: list[dict[str, Any]]
    ) -> None:
        for parameter, state in zip(params, states, strict=True):
            if "sum" not in state:
                state.update(self._numbers)
                state["sum"] = full_like(parameter, group["initial_accumulator_value"])

    def _update(
        self, group: dict[str, Any], params: list[Tensor], states: list[dict[str, Any]], step: int
    ) -> None:
        _fused_adagrad_(
            params,
            gradients(params),
            column(states, "sum"),
            step,
            number(group["lr"]),
            group["lr_decay"],
            group["weight_decay"],
            group["eps"],
            group["maximize"],
        )


class Adadelta(FusedOptimizer):
    """Adadelta: s <- rho s + (1 - rho) g^2; d <- sqrt(a + eps) / sqrt(s + eps) g;
    a <- rho a + (1 - rho) d^2; p <- p - lr d.

    `weight_decay` is added to the gradient. ValueError for bad options.

    Source: Zeiler, 2012.

    >>> import taeda_tensor as tt
    >>> from taeda_optim import Adadelta
    >>> p = tt.ones(1, requires_grad=True)
    >>> p.grad = tt.tensor([2.0])
    >>> Adadelta([p], rho=0.75, eps=1.0).step()
    >>> round(p.item(), 4)
    -0.4142
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options("Adadelta", differentiable=differentiable, capturable=capturable)
        check_not_negative(lr=lr, eps=eps, weight_decay=weight_decay)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _state_names(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("square_avg", "acc_delta")

    def _update(
        self, group: dict[str, Any], params: list[Tensor], states: list[dict[str, Any]], step: int
    ) -> None:
        _fused_adadelta_(
            params,
            gradients(params),
            column(states, "square_avg"),
            column(states, "acc_delta"),
            number(group["lr"]),
            group["rho"],
            group["eps"],
            group["weight_decay"],
            group["maximize"],
        )
