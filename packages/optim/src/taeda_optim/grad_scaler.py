"""GradScaler: losses scaled up, so that gradients in float16 do not vanish."""

from __future__ import annotations

import ctypes
import math
import warnings
from collections import defaultdict
from collections.abc import Iterable
from enum import Enum
from typing import Any

from taeda_tensor import (
    Tensor,
    _fused_norm,
    _fused_scale_,
    cuda,
    float16,
    float32,
    tensor,
)
from taeda_tensor._device_amp import warn_of_old_form

from .optimizer import Optimizer, by_kind


class OptState(Enum):
    """How far the scaler is with an optimiser since the last `update`."""

    READY = 0
    UNSCALED = 1
    STEPPED = 2


def _fresh_state() -> dict[str, Any]:
    return {"stage": OptState.READY, "found_inf_per_device": {}}


def _in_float32(value: float) -> float:
    return ctypes.c_float(value).value


def _unscale(gradients: list[Tensor], factor: float) -> dict[Any, bool]:
    """Multiplies gradients in place; says for each device whether one was not finite before."""
    found: dict[Any, bool] = {}
    for positions in by_kind(gradients):
        some = [gradients[i] for i in positions]
        finite = math.isfinite(_fused_norm(some, math.inf))
        device = some[0].device
        found[device] = found.get(device, False) or not finite
        if factor != 1.0:
            _fused_scale_(some, factor)
    return found


class GradScaler:
    """Scales losses so that gradients in float16 neither vanish nor overflow, and adapts the scale.

    `scale(loss).backward()`, `step(optimizer)`, `update()`: a step whose gradients are not finite
    is skipped and the scale falls by `backoff_factor`; after `growth_interval` steps without one it
    grows by `growth_factor`. `unscale_(optimizer)` before the step gives the gradients themselves,
    for clipping. Does nothing, and says so, for "cuda" where there is no device, or where `enabled`
    is False. AssertionError for a growth factor that does not grow and a step without gradients,
    RuntimeError for calls out of order (Micikevicius et al., 2018, Mixed Precision Training).

    >>> import taeda_tensor as tt
    >>> from taeda_optim import SGD
    >>> p = tt.ones(2, requires_grad=True)
    >>> scaler = GradScaler("cpu", init_scale=4.0)
    >>> scaler.scale(tt.tensor(0.5)).item()
    2.0
    >>> p.grad = tt.tensor([4.0, 8.0])
    >>> scaler.step(SGD([p], lr=0.5))
    >>> scaler.update()
    >>> p.tolist()
    [0.5, 0.0]
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._device = device
        self._enabled = enabled
        if enabled and device == "cuda" and not cuda.is_available():
            warnings.warn(
                "torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.",
                stacklevel=2,
            )
            self._enabled = False
        if self._enabled and growth_factor <= 1.0:
            raise AssertionError(f"The growth factor must be > 1.0, got {growth_factor}.")
        if self._enabled and backoff_factor >= 1.0:
            raise AssertionError(f"The backoff factor must be < 1.0, got {backoff_factor}.")
        self._scale = _in_float32(init_scale)
        self._growth_factor = growth_factor
        self._backoff_factor = backoff_factor
        self._growth_interval = growth_interval
        self._growth_tracker = 0
        # PyTorch makes its scale at the first use; what asks for it before is a mistake.
        self._used = False
        self._states: dict[Optimizer, dict[str, Any]] = defaultdict(_fresh_state)

    def scale(self, outputs: Any) -> Any:
        """A tensor, or those in iterables, times the scale."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            self._used = True
            return outputs * self._scale
        if isinstance(outputs, Iterable):
            scaled = map(self.scale, outputs)
            return type(outputs)(scaled) if isinstance(outputs, (list, tuple)) else scaled
        raise ValueError(
            f"outputs must be a Tensor or an iterable of Tensors, got {type(outputs).__name__}"
        )

    def _check_used(self, function: str) -> None:
        if not self._used:
            raise AssertionError(
                f"Attempted {function} but _scale is None.  This may indicate your script did not "
                "use scaler.scale(loss or outputs) earlier in the iteration."
            )

    def unscale_(self, optimizer: Optimizer) -> None:
        """Divides the gradients of an optimiser by the scale, once between two updates."""
        if not self._enabled:
            return
        self._check_used("unscale_")
        state = self._states[optimizer]
        if state["stage"] is OptState.UNSCALED:
            raise RuntimeError(
                "unscale_() has already been called on this optimizer since the last update()."
            )
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        gradients = [
            parameter.grad
            for group in optimizer.param_groups
            for parameter in group["params"]
            if parameter.grad is not None
        ]
        if any(gradient.dtype is float16 for gradient in gradients):
            raise ValueError(
                "Attempting to unscale FP16 gradients; keep the parameters in float32, and compute "
                "in float16 by autocast."
            )
        # The reciprocal in float64, as PyTorch has it.
        found = _unscale(gradients, _in_float32(1.0 / self._scale) if self._scale else math.inf)
        state["found_inf_per_device"] = {
            device: tensor(float(infinite), dtype=float32, device=device)
            for device, infinite in found.items()
        }
        state["found_inf"] = any(found.values())
        state["stage"] = OptState.UNSCALED

    def step(self, optimizer: Optimizer, *args: Any, **kwargs: Any) -> Any:
        """`optimizer.step(...)` with its gradients unscaled, unless one of them is not finite."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._check_used("step")
        state = self._states[optimizer]
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if state["stage"] is OptState.READY:
            self.unscale_(optimizer)
        if not state["found_inf_per_device"]:
            raise AssertionError(
                "No inf checks were recorded for this optimizer: none of its parameters has a "
                "gradient; call backward() before step()."
            )
        result = None if state["found_inf"] else optimizer.step(*args, **kwargs)
        state["stage"] = OptState.STEPPED
        return result

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Ends an iteration: adapts the scale to what was found, or sets it."""
        if not self._enabled:
            return
        self._check_used("update")
        if new_scale is not None:
            self._scale = _in_float32(self._read_scale(new_scale))
        else:
            found = [state["found_inf"] for state in self._states.values() if "found_inf" in state]
            if not found:
                raise AssertionError("No inf checks were recorded prior to update.")
            self._adapt(any(found))
        self._states = defaultdict(_fresh_state)

    @staticmethod
    def _read_scale(new_scale: float | Tensor) -> float:
        if not isinstance(new_scale, Tensor):
            return float(new_scale)
        if new_scale.numel() != 1 or new_scale.requires_grad:
            raise AssertionError(
                "new_scale should be a float or a 1-element torch.cuda.FloatTensor or "
                "torch.FloatTensor with requires_grad=False."
            )
        return float(new_scale.item())

    def _adapt(self, found_inf: bool) -> None:
        if found_inf:
            self._scale = _in_float32(self._scale * self._backoff_factor)
            self._growth_tracker = 0
            return
        self._growth_tracker += 1
        if self._growth_tracker < self._growth_interval:
            return
        self._growth_tracker = 0
        grown = _in_float32(self._scale * self._growth_factor)
        if math.isfinite(grown):
            self._scale = grown

    def get_scale(self) -> float:
        """The scale; 1.0 where the scaler is disabled."""
        return self._scale if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        """What the scale is multiplied with when it grows."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Sets what the scale is multiplied with when it grows."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the scale is multiplied with after a step that was skipped."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Sets what the scale is multiplied with after a step that was skipped."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """The number of steps after which the scale grows."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Sets the number of steps after which the scale grows."""
        self._growth_interval = new_interval

    def is_enabled(self) -> bool:
        """Whether the scaler does anything."""
        return self._enabled

    def state_dict(self) -> dict[str, Any]:
        """The scale and how it adapts; empty where the scaler is disabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale,
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on as the scaler whose `state_dict` this is; RuntimeError where it is empty."""
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled "
                "instance of GradScaler."
            )
        self._scale = _in_float32(state_dict["scale"])
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._growth_tracker = state_dict["_growth_tracker"]

    def __getstate__(self) -> dict[str, Any]:
        if self._states:
            raise AssertionError(
                "A GradScaler instance may only be pickled at the beginning of an iteration, or at "
                "the end after scaler.update()."
            )
        return dict(self.__dict__, _used=False)

    def _found_inf_per_device(self, optimizer: Optimizer) -> dict[Any, Tensor]:
        found: dict[Any, Tensor] = self._states[optimizer]["found_inf_per_device"]
        return found


class CudaGradScaler(GradScaler):
    """The old form of `GradScaler("cuda", ...)`."""

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        warn_of_old_form("GradScaler", "cuda")
        super().__init__(
            "cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled
        )


class CpuGradScaler(GradScaler):
    """The old form of `GradScaler("cpu", ...)`."""

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        warn_of_old_form("GradScaler", "cpu")
        super().__init__("cpu", init_scale, growth_factor, backoff_factor, growth_interval, enabled)
