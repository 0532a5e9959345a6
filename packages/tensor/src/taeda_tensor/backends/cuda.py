"""CUDA devices: how matrix products are computed.

cuBLASLt does them where it is installed, for instance by
`pip install "taeda-kernels-cuda[libraries]"`. It gives the same bits run after run, but chooses its
algorithm by the shape: a row need not have the same bits alone and in a batch. With
`preferred_blas_library("own")` it has.
"""

from __future__ import annotations

from collections.abc import Callable

from taeda_kernels import _kernels
from taeda_tensor.backends._settings import Setting


class _Matmul:
    """What products may do."""

    allow_tf32 = Setting("cublas_tf32")
    allow_fp16_reduced_precision_reduction = Setting("cublas_narrow_sums")
    allow_bf16_reduced_precision_reduction = Setting("cublas_narrow_sums")

    @property
    def fp32_precision(self) -> str:
        """ "tf32" where factors of float32 may be rounded to 11 significant bits, else "ieee"."""
        return "tf32" if self.allow_tf32 else "ieee"

    @fp32_precision.setter
    def fp32_precision(self, value: str) -> None:
        if value not in ("ieee", "tf32"):
            raise ValueError(f"fp32_precision: must be 'ieee' or 'tf32', got {value!r}")
        self.allow_tf32 = value == "tf32"


matmul = _Matmul()


def is_built() -> bool:
    """Whether taeda's kernels for CUDA devices are installed.

    >>> is_built() in (True, False)
    True
    """
    return _kernels._cuda_problem() != "taeda-kernels-cuda is not installed"


def _remembered(kind: str) -> tuple[Callable[[bool], None], Callable[[], bool]]:
    """What PyTorch lets a program choose among ways to attend; here one kernel serves them all."""
    state = [True]

    def enable(enabled: bool) -> None:
        state[0] = bool(enabled)

    def is_enabled() -> bool:
        return state[0]

    enable.__doc__ = f"Remembers whether {kind} attention may be used: the one kernel does all."
    is_enabled.__doc__ = f"What was remembered of {kind} attention; True before."
    return enable, is_enabled


enable_flash_sdp, flash_sdp_enabled = _remembered("flash")
enable_mem_efficient_sdp, mem_efficient_sdp_enabled = _remembered("memory-efficient")
enable_math_sdp, math_sdp_enabled = _remembered("plain")


def preferred_blas_library(backend: str | None = None) -> str:
    """Chooses what computes matrix products, and says what does.

    "default" and "cublaslt" (or "cublas"): cuBLASLt where it is installed and takes the call.
    "own": taeda's kernels always, so that a row has the same bits in any batch. Any other word is a
    ValueError.

    >>> preferred_blas_library("own")
    'own'
    >>> preferred_blas_library("default")
    'cublaslt'
    """
    if backend is not None:
        if backend not in ("default", "cublaslt", "cublas", "own"):
            raise ValueError(
                "preferred_blas_library: must be 'default', 'cublaslt', 'cublas' or 'own', "
                f"got {backend!r}"
            )
        _kernels._cuda_set_setting("cublas", backend != "own")
    return "cublaslt" if _kernels._cuda_setting("cublas") else "own"
