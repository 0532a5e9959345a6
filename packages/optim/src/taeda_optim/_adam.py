"""Adam and AdamW."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from taeda_tensor import Tensor, _fused_adam_, float32, tensor, zeros_like

from .optimizer import Optimizer, by_kind, check_options, number


class Adam(Optimizer):
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
        if number(lr) < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if eps < 0.0:
            raise ValueError(f"Invalid epsilon value: {eps}")
        for index in (0, 1):
            if not 0.0 <= number(betas[index]) < 1.0:
                raise ValueError(f"Invalid beta parameter at index {index}: {betas[index]}")
        if weight_decay < 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
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

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates every parameter that has a gradient; returns the loss of `closure`, if given."""
        loss = None if closure is None else self._evaluate(closure)
        state = self.state
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            if not params:
                continue
            states = [state[p] for p in params]
            _complete(params, states, group["amsgrad"])
            if (
                len({s["step"] for s in states}) == 1
                and len({p.dtype for p in params}) == 1
                and len({p.device for p in params}) == 1
            ):
                _update(group, params, states)
            else:
                for positions in by_kind(params, [s["step"] for s in states]):
                    _update(group, [params[i] for i in positions], [states[i] for i in positions])
        return loss

    def _state_to_save(self, state: dict[str, Any]) -> dict[str, Any]:
        if isinstance(state.get("step"), int):
            return {**state, "step": tensor(float(state["step"]), dtype=float32)}
        return state

    def _state_loaded(self, state: dict[str, Any]) -> dict[str, Any]:
        if "step" in state:
            state["step"] = int(state["step"])
        return state


def _complete(params: list[Tensor], states: list[dict[str, Any]], amsgrad: bool) -> None:
    needed = "max_exp_avg_sq" if amsgrad else "exp_avg_sq"
    for parameter, state in zip(params, states, strict=True):
        if needed not in state:
            if not state:
                state["step"] = 0
                state["exp_avg"] = zeros_like(parameter)
                state["exp_avg_sq"] = zeros_like(parameter)
            if amsgrad:
                state["max_exp_avg_sq"] = zeros_like(parameter)


def _update(group: dict[str, Any], params: list[Tensor], states: list[dict[str, Any]]) -> None:
    amsgrad = group["amsgrad"]
    step = states[0]["step"] + 1
    beta1, beta2 = group["betas"]
    _fused_adam_(
        params,
        [p.grad for p in params],
        [s["exp_avg"] for s in states],
        [s["exp_avg_sq"] for s in states],
        [s["max_exp_avg_sq"] for s in states] if amsgrad else [],
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
    # Counted only now: a step that fails leaves the count as it was.
    for state in states:
        state["step"] = step


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
