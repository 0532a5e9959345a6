"""OpenMP, which taeda does without."""

from __future__ import annotations


def is_available() -> bool:
    """False: taeda's kernels are its own."""
    return False
