"""What PyTorch lets a program choose; on a CPU taeda has decided: no result depends on it."""

from __future__ import annotations

from taeda_kernels import _kernels

__all__ = [
    "are_deterministic_algorithms_enabled",
    "get_float32_matmul_precision",
    "is_deterministic_algorithms_warn_only_enabled",
    "set_float32_matmul_precision",
    "use_deterministic_algorithms",
]

_PRECISIONS = ("highest", "high", "medium")
_precision = "highest"
_deterministic = False
_warn_only = False


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Asks for the same bits every time, which every operation gives whatever is asked.

    >>> use_deterministic_algorithms(True)
    >>> are_deterministic_algorithms_enabled()
    True
    """
    global _deterministic, _warn_only
    _deterministic, _warn_only = bool(mode), bool(warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was told last; False before."""
    return _deterministic


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether `use_deterministic_algorithms` was told to warn only."""
    return _deterministic and _warn_only


def set_float32_matmul_precision(precision: str) -> None:
    """Allows float32 products to be less precise: "highest", "high" or "medium".

    On a CPU they are computed in float32 always; on a CUDA device "high" and "medium" allow tensor
    cores, as `taeda.backends.cuda.matmul.allow_tf32` does. ValueError for another word.

    >>> set_float32_matmul_precision("high")
    >>> get_float32_matmul_precision()
    'high'
    >>> set_float32_matmul_precision("highest")
    """
    global _precision
    if precision not in _PRECISIONS:
        raise ValueError(
            "set_float32_matmul_precision: precision must be one of "
            f"{', '.join(_PRECISIONS)}, got {precision!r}"
        )
    _precision = precision
    _kernels._cuda_set_setting("cublas_tf32", precision != "highest")


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` allowed last."""
    return _precision
