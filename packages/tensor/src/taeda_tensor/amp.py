"""Mixed precision: autocast, and what a Function needs to take part in it."""

from __future__ import annotations

from taeda_tensor._autocast import (
    autocast as autocast,
    autocast_as_now as autocast_as_now,
    custom_bwd as custom_bwd,
    custom_fwd as custom_fwd,
    float32_under_autocast as float32_under_autocast,
    is_autocast_available as is_autocast_available,
)
