"""Schedules that rise and fall."""

from __future__ import annotations

import math
from typing import Any

from ._lr_base import LRScheduler, number_of, set_option
from .optimizer import Optimizer


def _cosine(start: float, end: float, part: float) -> float:
    return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)


def _line(start: float, end: float, part: float) -> float:
    return (end - start) * part + start


class CosineAnnealingWarmRestarts(LRScheduler):
    """lr = eta_min + (initial_lr - eta_min) (1 + cos(pi T_cur / T_i)) / 2, in rounds of T_i epochs.

    The first round has `T_0` epochs, each later one `T_mult` times as many. `step` takes fractions
    of epochs too. ValueError for rounds that are no positive integers.

    Source: Loshchilov and Hutter, 2016.

    >>> import taeda_tensor as tt
    >>> from taeda_optim import SGD
    >>> optimizer = SGD([tt.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=2)
    >>> optimizer.step(); scheduler.step()
    >>> round(scheduler.get_last_lr()[0], 6)
    0.5
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        if not isinstance(T_0, int) or T_0 <= 0:
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if not isinstance(T_mult, int) or T_mult < 1:
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, float | int):
            raise ValueError(
                f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}"
            )
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        low, cosine = self.eta_min, math.cos(math.pi * self.T_cur / self.T_i)
        return [low + (base - low) * (1 + cosine) / 2 for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Moves on by one epoch, or to any, which may be a fraction, and sets the rates."""
        self._advance(epoch)

    def _advance(self, epoch: float | None) -> None:
        self._step_count += 1
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        else:
            self._go_to(epoch)
        self.last_epoch = math.floor(epoch)
        for group, rate in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
            set_option(group, "lr", rate)
        self._last_lr = self._current()

    def _go_to(self, epoch: float) -> None:
        if epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        growth = self.T_mult
        if epoch < self.T_0:
            self.T_i, self.T_cur = self.T_0, epoch
        elif growth == 1:
            self.T_cur = epoch % self.T_0
        else:
            done = int(math.log(epoch / self.T_0 * (growth - 1) + 1, growth))
            self.T_cur = epoch - self.T_0 * (growth**done - 1) / (growth - 1)
            self.T_i = self.T_0 * growth**done


class OneCycleLR(LRScheduler):
    """lr rises from max_lr / div_factor to max_lr and falls to a `final_div_factor`-th of where it
    began, in one cycle of `total_steps` (or `epochs` times `steps_per_epoch`) calls of `step`.

    `cycle_momentum` moves the momentum, or the first beta, the other way. ValueError for bad
    options, and for more steps than the cycle has.

    Source: Smith and Topin, 2017.

    >>> import taeda_tensor as tt
    >>> from taeda_optim import SGD
    >>> optimizer = SGD([tt.ones(1, requires_grad=True)], lr=1.0, momentum=0.9)
    >>> scheduler = OneCycleLR(optimizer, max_lr=1.0, total_steps=10, pct_start=0.5)
    >>> round(scheduler.get_last_lr()[0], 6), optimizer.param_groups[0]["momentum"]
    (0.04, 0.95)
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.total_steps = _count_steps(total_steps, epochs, steps_per_epoch)
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._anneal_func_type = anneal_strategy
        self._schedule_phases = _phases(self.total_steps, pct_start, three_phase)
        self.cycle_momentum = cycle_momentum
        self.use_beta1 = "betas" in optimizer.defaults
        if cycle_momentum and not (self.use_beta1 or "momentum" in optimizer.defaults):
            raise ValueError(
                "optimizer must support momentum or beta1 with `cycle_momentum` option enabled"
            )
        groups = optimizer.param_groups
        if last_epoch == -1:
            for group, rate in zip(groups, _each("max_lr", optimizer, max_lr), strict=True):
                group["initial_lr"] = rate / div_factor
                group["max_lr"] = rate
                group["min_lr"] = group["initial_lr"] / final_div_factor
        if cycle_momentum:
            highest = _each("max_momentum", optimizer, max_momentum)
            lowest = _each("base_momentum", optimizer, base_momentum)
            for group, high, low in zip(groups, highest, lowest, strict=True):
                if last_epoch == -1:
                    self._set_momentum(group, high)
                    group["max_momentum"] = high
                    group["base_momentum"] = low
        super().__init__(optimizer, last_epoch)

    def _set_momentum(self, group: dict[str, Any], value: float) -> None:
        if self.use_beta1:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value

    def get_lr(self) -> list[float]:
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(
                f"Tried to step {step} times. "
                f"The specified number of total steps is {self.total_steps}"
            )
        begin = 0.0
        for phase in self._schedule_phases:
            if step <= phase["end_step"] or phase is self._schedule_phases[-1]:
                break
            begin = phase["end_step"]
        part = (step - begin) / (phase["end_step"] - begin)
        anneal = _cosine if self._anneal_func_type == "cos" else _line

        def at(group: dict[str, Any], kind: str) -> float:
            start, end = group[phase[f"start_{kind}"]], group[phase[f"end_{kind}"]]
            return anneal(number_of(start), number_of(end), part)

        groups = self.optimizer.param_groups
        for group in groups if self.cycle_momentum else []:
            self._set_momentum(group, at(group, "momentum"))
        return [at(group, "lr") for group in groups]


def _count_steps(total: int | None, epochs: int | None, per_epoch: int | None) -> int:
    def check(name: str, count: int) -> int:
        if not isinstance(count, int) or count <= 0:
            raise ValueError(f"Expected positive integer {name}, but got {count}")
        return count

    if total is not None:
        return check("total_steps", total)
    if epochs is None or per_epoch is None:
        raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
    return check("epochs", epochs) * check("steps_per_epoch", per_epoch)


def _phases(total: int, part: float, three: bool) -> list[dict[str, Any]]:
    def phase(end: float, rates: tuple[str, str], momenta: tuple[str, str]) -> dict[str, Any]:
        return {
            "end_step": end,
            "start_lr": rates[0],
            "end_lr": rates[1],
            "start_momentum": momenta[0],
            "end_momentum": momenta[1],
        }

    up = ("max_momentum", "base_momentum")
    down = ("base_momentum", "max_momentum")
    rise = phase(float(part * total) - 1, ("initial_lr", "max_lr"), up)
    if not three:
        return [rise, phase(total - 1, ("max_lr", "min_lr"), down)]
    return [
        rise,
        phase(float(2 * part * total) - 2, ("max_lr", "initial_lr"), down),
        phase(total - 1, ("initial_lr", "min_lr"), ("max_momentum", "max_momentum")),
    ]


def _each(name: str, optimizer: Optimizer, value: float | list[float]) -> list[float]:
    count = len(optimizer.param_groups)
    if not isinstance(value, list | tuple):
        return [value] * count
    if len(value) != count:
        raise ValueError(f"expected {count} values for {name}, got {len(value)}")
    return list(value)
