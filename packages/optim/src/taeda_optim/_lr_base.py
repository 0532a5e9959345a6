"""The base class of learning-rate schedules."""

from __future__ import annotations

import warnings
from typing import Any

from taeda_tensor import Tensor

from .optimizer import Optimizer


def set_option(group: dict[str, Any], key: str, value: float) -> None:
    if isinstance(group[key], Tensor):
        group[key].fill_(value)
    else:
        group[key] = value


def number_of(value: Any) -> float:
    number: float = value.item() if isinstance(value, Tensor) else value
    return number


class LRScheduler:
    """Base class of all schedules; a subclass defines `get_lr`, the rates at `last_epoch`.

    TypeError for what is no optimiser, KeyError for a resumed schedule without `initial_lr`.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.optimizer = optimizer
        for index, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                rate = group["lr"]
                group.setdefault("initial_lr", rate.clone() if isinstance(rate, Tensor) else rate)
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{index}] when resuming "
                    "scheduler with last_epoch >= 0; load the optimizer's state first"
                )
        self.base_lrs = [number_of(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self._watch_optimizer()
        self._advance(None)

    def _watch_optimizer(self) -> None:
        # The hook removes itself after the first step: later steps pay nothing for it.
        optimizer: Any = self.optimizer
        optimizer._was_stepped = False

        def mark(stepped: Any, args: Any, kwargs: Any) -> None:
            stepped._was_stepped = True
            handle.remove()

        handle = optimizer.register_step_post_hook(mark)

    def state_dict(self) -> dict[str, Any]:
        """The schedule's own state, without the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict` gave."""
        self.__dict__.update(state_dict)

    def get_last_lr(self) -> list[float]:
        """The rates set last, one for each group."""
        return self._last_lr

    def get_lr(self) -> list[float]:
        """The rates at `last_epoch`, one for each group."""
        raise NotImplementedError(f"{type(self).__name__} must define get_lr")

    def step(self, epoch: int | None = None) -> None:
        """Moves on by one epoch and sets the rates; call it after `optimizer.step()`."""
        if self._step_count == 1 and not getattr(self.optimizer, "_was_stepped", True):
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in "
                "the opposite order: `optimizer.step()` before `lr_scheduler.step()`; otherwise "
                "the first value of the learning rate schedule is skipped.",
                stacklevel=2,
            )
        if epoch is not None:
            warnings.warn(
                "The epoch parameter in `scheduler.step()` was not necessary and is being "
                "deprecated where possible. Please use `scheduler.step()` to step the scheduler.",
                stacklevel=2,
            )
        self._advance(epoch)

    def _advance(self, epoch: int | None) -> None:
        self._step_count += 1
        if epoch is None:
            self.last_epoch += 1
            rates = self.get_lr()
        else:
            self.last_epoch = epoch
            closed_form = getattr(self, "_get_closed_form_lr", None)
            rates = self.get_lr() if closed_form is None else closed_form()
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            set_option(group, "lr", rate)
        self._last_lr = [number_of(group["lr"]) for group in self.optimizer.param_groups]

    def _current(self) -> list[float]:
        return [number_of(group["lr"]) for group in self.optimizer.param_groups]
