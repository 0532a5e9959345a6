"""Apple's GPUs, for which there are no kernels."""

from __future__ import annotations


def is_available() -> bool:
    """Whether there is a device of this kind: False."""
    return False


def is_built() -> bool:
    """Whether there are kernels for it: False."""
    return False
