"""The operations of linalg that PyTorch also has in its main namespace and as methods."""

from __future__ import annotations

from typing import Any

from taeda_tensor import linalg
from taeda_tensor._registry import alias
from taeda_tensor._tensor import Tensor

det = alias("det", linalg.det)
inverse = alias("inverse", linalg.inv)
matrix_power = alias("matrix_power", linalg.matrix_power)
pinverse = alias("pinverse", linalg.pinv)
slogdet = alias("slogdet", linalg.slogdet)


def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """The Cholesky factor of a positive definite matrix; see linalg.cholesky."""
    return linalg.cholesky(input, upper=upper)


def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> Any:
    """U, S and V (not V transposed) of the singular value decomposition; see linalg.svd."""
    u, s, vh = linalg.svd(input, full_matrices=not some)
    return linalg.SVD(u, s, vh.mT)


def qr(input: Tensor, some: bool = True) -> Any:
    """The QR decomposition; see linalg.qr."""
    return linalg.qr(input, "reduced" if some else "complete")


def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant; NaN where it is negative."""
    sign, logarithm = linalg.slogdet(input)
    return logarithm.where(sign > 0, float("nan")).where(sign != 0, -float("inf"))


for _function in (cholesky, svd, qr, logdet):
    alias(_function.__name__, _function)

__all__ = [
    "cholesky",
    "det",
    "inverse",
    "logdet",
    "matrix_power",
    "pinverse",
    "qr",
    "slogdet",
    "svd",
]
