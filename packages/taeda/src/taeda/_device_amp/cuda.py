"""Mixed precision in its old form, for CUDA devices."""

from taeda_optim.grad_scaler import CudaGradScaler as GradScaler
from taeda_tensor._device_amp import (
    CudaAutocast as autocast,
    cuda_custom_bwd as custom_bwd,
    cuda_custom_fwd as custom_fwd,
)

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]
