"""Mixed precision in its old form, for the CPU."""

from taeda_optim.grad_scaler import CpuGradScaler as GradScaler
from taeda_tensor._device_amp import CpuAutocast as autocast

__all__ = ["GradScaler", "autocast"]
