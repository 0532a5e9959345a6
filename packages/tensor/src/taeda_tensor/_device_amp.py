"""The old forms of autocast, one for each type of device."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from taeda_tensor import _tensor
from taeda_tensor._autocast import autocast, custom_bwd, custom_fwd


def warn_of_old_form(name: str, device_type: str) -> None:
    """FutureWarning at the caller of the caller."""
    warnings.warn(
        f"`torch.{device_type}.amp.{name}(args...)` is deprecated. "
        f"Please use `torch.amp.{name}('{device_type}', args...)` instead.",
        FutureWarning,
        stacklevel=3,
    )


class CudaAutocast(autocast):
    """The old form of `autocast("cuda", ...)`."""

    def __init__(
        self, enabled: bool = True, dtype: Any = _tensor.float16, cache_enabled: bool = True
    ) -> None:
        warn_of_old_form("autocast", "cuda")
        super().__init__("cuda", dtype, enabled, cache_enabled)


class CpuAutocast(autocast):
    """The old form of `autocast("cpu", ...)`."""

    def __init__(
        self, enabled: bool = True, dtype: Any = _tensor.bfloat16, cache_enabled: bool = True
    ) -> None:
        warn_of_old_form("autocast", "cpu")
        super().__init__("cpu", dtype, enabled, cache_enabled)


def cuda_custom_fwd(fwd: Callable[..., Any] | None = None, *, cast_inputs: Any = None) -> Any:
    """The old form of `custom_fwd(device_type="cuda")`."""
    warn_of_old_form("custom_fwd", "cuda")
    return custom_fwd(fwd, device_type="cuda", cast_inputs=cast_inputs)


def cuda_custom_bwd(bwd: Callable[..., Any] | None = None) -> Any:
    """The old form of `custom_bwd(device_type="cuda")`."""
    warn_of_old_form("custom_bwd", "cuda")
    return custom_bwd(bwd, device_type="cuda")
