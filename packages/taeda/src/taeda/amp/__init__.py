"""Mixed precision: autocast is `taeda_tensor.amp`, GradScaler is of `taeda_optim.grad_scaler`."""

from taeda_optim.grad_scaler import GradScaler as GradScaler
from taeda_tensor.amp import (
    autocast as autocast,
    custom_bwd as custom_bwd,
    custom_fwd as custom_fwd,
    is_autocast_available as is_autocast_available,
)
