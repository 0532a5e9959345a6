"""Factorisations and solutions by NumPy, without copying the input.

They are forward only: a tensor that requires grad is refused while gradients are recorded. Products
(matmul, norms) live with the other operations and are differentiable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from taeda_tensor import _products, _tensor
from taeda_tensor._autocast import float32_under_autocast
from taeda_tensor._tensor import Tensor


class QR(NamedTuple):
    """Q with orthonormal columns and R, upper triangular: Q R = A."""

    Q: Tensor
    R: Tensor


class SVD(NamedTuple):
    """U, the singular values S in descending order, and Vh: U diag(S) Vh = A."""

    U: Tensor
    S: Tensor
    Vh: Tensor


class Eigh(NamedTuple):
    """The eigenvalues of a symmetric matrix in ascending order, and its eigenvectors as columns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


class SlogDet(NamedTuple):
    """The sign of a determinant and the logarithm of its absolute value."""

    sign: Tensor
    logabsdet: Tensor


class LstSq(NamedTuple):
    """The least-squares solution, its residuals, the rank and the singular values."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


class LinAlgError(RuntimeError):
    """A matrix that the operation cannot handle: singular, or not positive definite."""


def _arrays(name: str, *tensors: Tensor) -> list[Any]:
    arrays = []
    for tensor in float32_under_autocast(*tensors):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"linalg.{name}: a Tensor is needed, got {type(tensor).__name__}")
        if tensor.dtype not in (_tensor.float32, _tensor.float64):
            raise RuntimeError(
                f"linalg.{name}: float32 or float64 is needed, got {tensor.dtype}; use .float()"
            )
        if tensor.requires_grad and _tensor.is_grad_enabled():
            raise RuntimeError(
                f"linalg.{name}: has no derivative here; use .detach(), or no_grad()"
            )
        arrays.append(tensor.detach().numpy())
    return arrays


def _matrix(name: str, tensor: Tensor, square: bool = False) -> None:
    shape = tuple(tensor.shape) if isinstance(tensor, Tensor) else ()
    if isinstance(tensor, Tensor) and (len(shape) < 2 or (square and shape[-1] != shape[-2])):
        kind = "square matrices" if square else "matrices"
        raise RuntimeError(f"linalg.{name}: {kind} are needed, got shape {shape}")


def _run(name: str, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    import numpy

    try:
        return function(*arguments, **options)
    except numpy.linalg.LinAlgError as error:
        raise LinAlgError(f"linalg.{name}: {error}") from None


def _tensor_of(array: Any) -> Tensor:
    import numpy

    return _tensor.from_numpy(numpy.array(array))


def _numpy() -> Any:
    import numpy

    return numpy.linalg


def qr(A: Tensor, mode: str = "reduced") -> QR:
    """Q R = A, Q orthonormal, R upper triangular; mode is "reduced", "complete" or "r".

    >>> from taeda_tensor import tensor
    >>> q, r = qr(tensor([[3.0, 1.0], [4.0, 2.0]]))
    >>> ((q @ r)[1] - tensor([4.0, 2.0])).abs().max().item() < 1e-5
    True
    """
    _matrix("qr", A)
    (array,) = _arrays("qr", A)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(f'linalg.qr: mode must be "reduced", "complete" or "r", got {mode!r}')
    if mode == "r":
        upper = _tensor_of(_run("qr", _numpy().qr, array, "r"))
        return QR(_tensor.empty(0, dtype=A.dtype), upper)
    return QR(*(_tensor_of(part) for part in _run("qr", _numpy().qr, array, mode)))


def svd(A: Tensor, full_matrices: bool = True) -> SVD:
    """U diag(S) Vh = A, U and Vh orthonormal, S in descending order."""
    _matrix("svd", A)
    (array,) = _arrays("svd", A)
    return SVD(*(_tensor_of(part) for part in _run("svd", _numpy().svd, array, full_matrices)))


def svdvals(A: Tensor) -> Tensor:
    """The singular values in descending order."""
    _matrix("svdvals", A)
    (array,) = _arrays("svdvals", A)
    return _tensor_of(_run("svdvals", _numpy().svd, array, compute_uv=False))


def eigh(A: Tensor, UPLO: str = "L") -> Eigh:
    """The eigenvalues and eigenvectors of a symmetric matrix, of which one triangle is read."""
    _matrix("eigh", A, square=True)
    (array,) = _arrays("eigh", A)
    return Eigh(*(_tensor_of(part) for part in _run("eigh", _numpy().eigh, array, UPLO)))


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of a symmetric matrix in ascending order."""
    _matrix("eigvalsh", A, square=True)
    (array,) = _arrays("eigvalsh", A)
    return _tensor_of(_run("eigvalsh", _numpy().eigvalsh, array, UPLO))


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The lower triangular L with L L^T = A; LinAlgError where A is not positive definite."""
    _matrix("cholesky", A, square=True)
    (array,) = _arrays("cholesky", A)
    lower = _tensor_of(_run("cholesky", _numpy().cholesky, array))
    return lower.mT if upper else lower


def inv(A: Tensor) -> Tensor:
    """The inverse; LinAlgError where there is none."""
    _matrix("inv", A, square=True)
    (array,) = _arrays("inv", A)
    return _tensor_of(_run("inv", _numpy().inv, array))


def pinv(A: Tensor, rcond: float = 1e-15) -> Tensor:
    """The Moore-Penrose inverse; singular values below rcond times the largest count as zero."""
    _matrix("pinv", A)
    (array,) = _arrays("pinv", A)
    return _tensor_of(_run("pinv", _numpy().pinv, array, rcond))


def solve(A: Tensor, B: Tensor) -> Tensor:
    """X with A X = B; B holds vectors (one dimension less than A) or matrices."""
    _matrix("solve", A, square=True)
    a, b = _arrays("solve", A, B)
    vector = b.ndim == 1 or (b.ndim == a.ndim - 1 and b.shape == a.shape[:-1])
    rows = b.shape[-1] if vector else b.shape[-2]
    if rows != a.shape[-1]:
        raise RuntimeError(
            f"linalg.solve: the rows differ: A has shape {a.shape}, B has shape {b.shape}"
        )
    solution = _run("solve", _numpy().solve, a, b[..., None] if vector else b)
    return _tensor_of(solution[..., 0] if vector else solution)


def lstsq(A: Tensor, B: Tensor, rcond: float | None = None) -> LstSq:
    """X that makes |A X - B| smallest, for one matrix A."""
    if A.dim() != 2:
        raise RuntimeError(f"linalg.lstsq: A must be one matrix, got shape {tuple(A.shape)}")
    a, b = _arrays("lstsq", A, B)
    solution, residuals, rank, values = _run("lstsq", _numpy().lstsq, a, b, rcond)
    return LstSq(
        _tensor_of(solution), _tensor_of(residuals), _tensor.tensor(int(rank)), _tensor_of(values)
    )


def det(A: Tensor) -> Tensor:
    """The determinant."""
    _matrix("det", A, square=True)
    (array,) = _arrays("det", A)
    return _tensor_of(_run("det", _numpy().det, array))


def slogdet(A: Tensor) -> SlogDet:
    """The sign and the logarithm of the absolute value of the determinant."""
    _matrix("slogdet", A, square=True)
    (array,) = _arrays("slogdet", A)
    return SlogDet(*(_tensor_of(part) for part in _run("slogdet", _numpy().slogdet, array)))


def matrix_rank(A: Tensor, tol: float | None = None) -> Tensor:
    """The number of singular values above a tolerance."""
    _matrix("matrix_rank", A)
    (array,) = _arrays("matrix_rank", A)
    return _tensor_of(_run("matrix_rank", _numpy().matrix_rank, array, tol))


def matrix_power(A: Tensor, n: int) -> Tensor:
    """A multiplied with itself n times; the inverse for negative n."""
    _matrix("matrix_power", A, square=True)
    if n < 0:
        A, n = inv(A), -n
    result: Tensor | None = None
    while n:
        if n & 1:
            result = A if result is None else result @ A
        A = A @ A if n > 1 else A
        n >>= 1
    return _tensor.eye(A.size(-1), dtype=A.dtype).expand(A.shape) if result is None else result


def multi_dot(tensors: list[Tensor]) -> Tensor:
    """The product of matrices, in the order from the left to the right."""
    if len(tensors) < 2:
        raise RuntimeError(f"linalg.multi_dot: at least 2 tensors are needed, got {len(tensors)}")
    product = tensors[0]
    for matrix in tensors[1:]:
        product = product @ matrix
    return product


def vector_norm(
    x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """(sum |x|^ord)^(1/ord) over dim, or over all elements."""
    return _tensor.linalg_vector_norm(x, ord, dim, keepdim, dtype=dtype)


def matrix_norm(A: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False) -> Tensor:
    """A norm of matrices: "fro", "nuc", 1, -1, 2, -2, inf or -inf."""
    _matrix("matrix_norm", A)
    if ord == "fro":
        return vector_norm(A, 2, dim, keepdim)
    row, column = (d % A.dim() for d in dim)
    if ord in ("nuc", 2, -2):
        values = svdvals(A.movedim((row, column), (-2, -1)))
        result = (
            values.sum(-1) if ord == "nuc" else values.amax(-1) if ord == 2 else values.amin(-1)
        )
    elif ord in (1, -1, float("inf"), float("-inf")):
        summed, other = (row, column) if abs(ord) == 1 else (column, row)
        sums = A.abs().sum(summed, keepdim=True)
        result = (sums.amax if ord > 0 else sums.amin)((summed, other))
    else:
        raise RuntimeError(
            f'linalg.matrix_norm: ord must be "fro", "nuc", 1, -1, 2, -2, inf or -inf, got {ord!r}'
        )
    if keepdim:
        first, second = sorted((row, column))
        result = result.unsqueeze(first).unsqueeze(second)
    return result


def norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False) -> Tensor:
    """A vector norm of all elements or of one dimension, a matrix norm of two."""
    matrix = ord is not None and (dim is None and A.dim() == 2)
    if matrix or (ord is not None and isinstance(dim, (tuple, list)) and len(dim) == 2):
        return matrix_norm(A, ord, dim or (-2, -1), keepdim)
    return vector_norm(A, 2 if ord is None else ord, dim, keepdim)


def cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """The vector product along a dimension of size 3."""
    return _products.cross(input, other, dim)


def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonal of the last two dimensions."""
    return A.diagonal(offset, dim1, dim2)
