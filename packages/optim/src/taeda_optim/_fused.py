"""What the optimisers share that keep a state and step all parameters of a group at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from taeda_tensor import Tensor, float32, tensor, zeros_like

from .optimizer import Optimizer, are_one_kind, by_kind, number


class FusedOptimizer(Optimizer):
    """Base class: a subclass names its state and launches one step over lists of tensors.

    In `state` the counts are Python numbers; `state_dict` holds them as PyTorch does, as tensors.
    """

    # What a parameter's state starts with that is no tensor.
    _numbers: ClassVar[dict[str, Any]] = {"step": 0}

    def _state_names(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The tensors that are kept for each parameter of a group; they start with zeros."""
        raise NotImplementedError

    def _update(
        self, group: dict[str, Any], params: list[Tensor], states: list[dict[str, Any]], step: int
    ) -> None:
        """Step number `step` of parameters of one dtype and device."""
        raise NotImplementedError

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates every parameter that has a gradient; returns the loss of `closure`, if given."""
        loss = None if closure is None else self._evaluate(closure)
        state = self.state
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            if not params:
                continue
            states = [state[p] for p in params]
            self._complete(group, params, states)
            if len({s["step"] for s in states}) == 1 and are_one_kind(params):
                self._step_together(group, params, states)
            else:
                for positions in by_kind(params, [s["step"] for s in states]):
                    self._step_together(
                        group, [params[i] for i in positions], [states[i] for i in positions]
                    )
        return loss

    def _complete(
        self, group: dict[str, Any], params: list[Tensor], states: list[dict[str, Any]]
    ) -> None:
        names = self._state_names(group)
        last = names[-1]
        for parameter, state in zip(params, states, strict=True):
            if last not in state:
                if not state:
                    state.update(self._numbers)
                for name in names:
                    if name not in state:
                        state[name] = zeros_like(parameter)

    def _step_together(
        self, group: dict[str, Any], params: list[Tensor], states: list[dict[str, Any]]
    ) -> None:
        step = states[0]["step"] + 1
        self._update(group, params, states, step)
        # Counted only now: a step that fails leaves the count as it was.
        for state in states:
            state["step"] = step

    def _state_to_save(self, state: dict[str, Any]) -> dict[str, Any]:
        return {
            name: tensor(float(value), dtype=float32) if name in self._numbers else value
            for name, value in state.items()
        }

    def _state_loaded(self, state: dict[str, Any]) -> dict[str, Any]:
        for name, start in self._numbers.items():
            if name in state:
                state[name] = type(start)(state[name])
        return state


def column(states: list[dict[str, Any]], name: str) -> list[Tensor]:
    """The tensors of one name in all states."""
    return [state[name] for state in states]


def gradients(params: list[Tensor]) -> list[Tensor]:
    """The gradients of parameters, all of which have one."""
    return [grad for p in params if (grad := p.grad) is not None]


def check_not_negative(**options: float | Tensor) -> None:
    """ValueError for an option below 0; `lr` and `eps` are named as PyTorch names them."""
    labels = {"lr": "learning rate", "eps": "epsilon value"}
    for name, value in options.items():
        if not number(value) >= 0.0:
            raise ValueError(f"Invalid {labels.get(name, f'{name} value')}: {value}")


def check_betas(betas: tuple[float | Tensor, float | Tensor]) -> None:
    """ValueError for decay rates outside [0, 1)."""
    for index in (0, 1):
        if not 0.0 <= number(betas[index]) < 1.0:
            raise ValueError(f"Invalid beta parameter at index {index}: {betas[index]}")
