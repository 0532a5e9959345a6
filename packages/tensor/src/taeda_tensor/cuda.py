"""CUDA devices, as far as they are there."""

from __future__ import annotations

import taeda_tensor


def is_available() -> bool:
    """Whether tensors can be made on a CUDA device: kernels for it are installed and it works.

    >>> import taeda_tensor as torch
    >>> device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    """
    try:
        taeda_tensor.empty(0, device="cuda")
    except RuntimeError:
        return False
    return True
