"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from taeda_tensor import Tensor, _fused_sgd_, empty_like

from .optimizer import Optimizer, are_one_kind, by_kind, check_options, number


class SGD(Optimizer):
    """Gradient descent, optionally with momentum, Nesterov's form of it and weight decay.

    g <- g + weight_decay p; b <- momentum b + (1 - dampening) g (at first b <- g);
    p <- p - lr b, or p <- p - lr (g + momentum b) with `nesterov`. ValueError for negative options.

    Source: Sutskever et al., 2013, in PyTorch's form.

    >>> import taeda_tensor as tt
    >>> from taeda_optim import SGD
    >>> p = tt.ones(1, requires_grad=True)
    >>> p.grad = tt.tensor([2.0])
    >>> SGD([p], lr=0.25).step()
    >>> p.tolist()
    [0.5]
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_options("SGD", differentiable=differentiable)
        if number(lr) < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if momentum < 0.0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        if number(weight_decay) < 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates every parameter that has a gradient; returns the loss of `closure`, if given."""
        loss = None if closure is None else self._evaluate(closure)
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            if not params:
                continue
            if are_one_kind(params):
                self._update(group, params)
            else:
                for positions in by_kind(params):
                    self._update(group, [params[i] for i in positions])
        return loss

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        if not group["momentum"]:
            self._launch(group, params, [], False)
            return
        fresh, running, buffers = [], [], []
        for parameter in params:
            buffer = self.state[parameter].get("momentum_buffer")
            if buffer is None:
                fresh.append(parameter)
            else:
                running.append(parameter)
                buffers.append(buffer)
        if running:
            self._launch(group, running, buffers, False)
        if fresh:
            buffers = [empty_like(parameter) for parameter in fresh]
            self._launch(group, fresh, buffers, True)
            for parameter, buffer in zip(fresh, buffers, strict=True):
                self.state[parameter]["momentum_buffer"] = buffer

    @staticmethod
    def _launch(
        group: dict[str, Any], params: list[Tensor], buffers: list[Tensor], is_first: bool
    ) -> None:
        _fused_sgd_(
            params,
            [p.grad for p in params],
            buffers,
            number(group["lr"]),
            group["momentum"],
            group["dampening"],
            number(group["weight_decay"]),
            group["nesterov"],
            group["maximize"],
            is_first,
        )
