"""Factorisations and solutions by NumPy, without copying the input where it is the CPU's.

They are forward only: a tensor that requires grad is refused while gradients are recorded. Products
(matmul, norms) live with the other operations and are differentiable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from taeda_tensor import _products, _tensor
from taeda_tensor._autocast import float32_under_autocast
from taeda_tensor._on_cpu import on_cpu
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


@on_cpu
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


@on_cpu
def svd(A: Tensor, full_matrices: bool = True) -> SVD:
    """U diag(S) Vh = A, U and Vh orthonormal, S in descending order."""
    _matrix("svd", A)
    (array,) = _arrays("svd", A)
    return SVD(*(_tensor_of(part) for part in _run("svd", _numpy().svd, array, full_matrices)))


@on_cpu
def svdvals(A: Tensor) -> Tensor:
    """The singular values in descending order."""
    _matrix("svdvals", A)
    (array,) = _arrays("svdvals", A)
    return _tensor_of(_run("svdvals", _numpy().svd, array, compute_uv=False))


@on_cpu
def eigh(A: Tensor, UPLO: str = "L") -> Eigh:
    """The eigenvalues and eigenvectors of a symmetric matrix, of which one triangle is read."""
    _matrix("eigh", A, square=True)
    (array,) = _arrays("eigh", A)
    return Eigh(*(_tensor_of(part) for part in _run("eigh", _numpy().eigh, array, UPLO)))


@on_cpu
def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of a symmetric matrix in ascending order."""
    _matrix("eigvalsh", A, square=True)
    (array,) = _arrays("eigvalsh", A)
    return _tensor_of(_run("eigvalsh", _numpy().eigvalsh, array, UPLO))


@on_cpu
def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The lower triangular L with L L^T = A; LinAlgError where A is not positive definite."""
    _matrix("cholesky", A, square=True)
    (array,) = _arrays("cholesky", A)
    lower = _tensor_of(_run("cholesky", _numpy().cholesky, array))
    return lower.mT if upper else lower


@on_cpu
def inv(A: Tensor) -> Tensor:
    """The inverse; LinAlgError where there is none."""
    _matrix("inv", A, square=True)
    (array,) = _arrays("inv", A)
    return _tensor_of(_run("inv", _numpy().inv, array))


@on_cpu
def pinv(A: Tensor, rcond: float = 1e-15) -> Tensor:
    """The Moore-Penrose inverse; singular values below rcond times the largest count as zero."""
    _matrix("pinv", A)
    (array,) = _arrays("pinv", A)
    return _tensor_of(_run("pinv", _numpy().pinv, array, rcond))


@on_cpu
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


@on_cpu
def lstsq(A: Tensor, B: Tensor, rcond: float | None = None) -> LstSq:
    """X that makes |A X - B| smallest, for one matrix A."""
    if A.dim() != 2:
        raise RuntimeError(f"linalg.lstsq: A must be one matrix, got shape {tuple(A.shape)}")
    a, b = _arrays("lstsq", A, B)
    solution, residuals, rank, values = _run("lstsq", _numpy().lstsq, a, b, rcond)
    return LstSq(
        _tensor_of(solution), _tensor_of(residuals), _tensor.tensor(int(rank)), _tensor_of(values)
    )


@on_cpu
def det(A: Tensor) -> Tensor:
    """The determinant."""
    _matrix("det", A, square=True)
    (array,) = _arrays("det", A)
    return _tensor_of(_run("det", _numpy().det, array))


@on_cpu
def slogdet(A: Tensor) -> SlogDet:
    """The sign and the logarithm of the absolute value of the determinant."""
    _matrix("slogdet", A, square=True)
    (array,) = _arrays("slogdet", A)
    return SlogDet(*(_tensor_of(part) for part in _run("slogdet", _numpy().slogdet, array)))


@on_cpu
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
    if result is not None:
        return result
    return _tensor.eye(A.size(-1), dtype=A.dtype, device=A.device).expand(A.shape)


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


class CholeskyEx(NamedTuple):
    """The Cholesky factor, and 0, or the order of the leading minor that is not positive."""

    L: Tensor
    info: Tensor


class InvEx(NamedTuple):
    """The inverse, and 0 or 1 where there is none."""

    inverse: Tensor
    info: Tensor


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The product of matrices: see `taeda_tensor.matmul`."""
    return input @ other


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The sums of products along a dimension.

    >>> from taeda_tensor import tensor
    >>> vecdot(tensor([1.0, 2.0]), tensor([3.0, 4.0])).item()
    11.0
    """
    return (x * y).sum(dim)


def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """The powers 0 to N - 1 of each element, along a new last dimension.

    >>> from taeda_tensor import tensor
    >>> vander(tensor([2, 3])).tolist()
    [[1, 2], [1, 3]]
    """
    count = x.size(-1) if N is None else N
    ones = _tensor.ones_like(x).unsqueeze(-1)
    return _tensor.cat([ones] + [x.unsqueeze(-1)] * (count - 1), -1).cumprod(-1)


def cond(A: Tensor, p: Any = None) -> Tensor:
    """The condition number: the largest by the smallest singular value, or |A| |A^-1|.

    >>> from taeda_tensor import tensor
    >>> cond(tensor([[2.0, 0.0], [0.0, 1.0]])).item()
    2.0
    """
    if p in (None, 2, -2):
        values = svdvals(A)
        first, last = values[..., 0], values[..., -1]
        return last / first if p == -2 else first / last
    return matrix_norm(A, p) * matrix_norm(inv(A), p)


def solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Tensor:
    """X with A X = B, or X A = B where not `left`, of which only one triangle of A is read.

    Row by row in differentiable operations: the time grows with the number of rows.

    >>> from taeda_tensor import tensor
    >>> solve_triangular(tensor([[2.0, 0.0], [1.0, 1.0]]), tensor([[2.0], [3.0]]), upper=False).T
    tensor([[1., 2.]])
    """
    _matrix("solve_triangular", A, square=True)
    if not left:
        turned = solve_triangular(A.mT, B.mT, upper=not upper, unitriangular=unitriangular)
        return turned.mT
    size = A.size(-1)
    if B.dim() < 2 or B.size(-2) != size:
        raise RuntimeError(
            "linalg.solve_triangular: the rows differ: "
            f"A has shape {tuple(A.shape)}, B has shape {tuple(B.shape)}"
        )
    order = list(range(size - 1, -1, -1) if upper else range(size))
    rows: list[Tensor] = []
    for step, i in enumerate(order):
        row = B[..., i : i + 1, :]
        if step:
            known = _tensor.cat(rows[::-1] if upper else rows, -2)
            left_of = A[..., i : i + 1, i + 1 :] if upper else A[..., i : i + 1, :i]
            row = row - left_of @ known
        rows.append(row if unitriangular else row / A[..., i : i + 1, i : i + 1])
    return _tensor.cat(rows[::-1] if upper else rows, -2)


def cholesky_ex(A: Tensor, *, upper: bool = False, check_errors: bool = False) -> CholeskyEx:
    """The Cholesky factor of one matrix, and where it fails: `info` is 0 where it does not.

    >>> from taeda_tensor import tensor
    >>> cholesky_ex(tensor([[1.0, 0.0], [0.0, -1.0]])).info.item()
    2
    """
    info = _tensor.zeros(A.shape[:-2], dtype=_tensor.int32, device=A.device)
    try:
        return CholeskyEx(cholesky(A, upper=upper), info)
    except LinAlgError:
        if check_errors or A.dim() != 2:
            raise
    minors = (n for n in range(1, A.size(-1) + 1) if not bool(det(A[:n, :n]) > 0))
    return CholeskyEx(_tensor.zeros_like(A), info + next(minors, A.size(-1)))


def inv_ex(A: Tensor, *, check_errors: bool = False) -> InvEx:
    """The inverse of one matrix; `info` is 0 where there is one."""
    info = _tensor.zeros(A.shape[:-2], dtype=_tensor.int32, device=A.device)
    try:
        return InvEx(inv(A), info)
    except LinAlgError:
        if check_errors or A.dim() != 2:
            raise
    return InvEx(_tensor.zeros_like(A), info + 1)


def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse for tensordot: the first `ind` dimensions against the others."""
    rows, columns = tuple(A.shape[:ind]), tuple(A.shape[ind:])
    size = 1
    for n in rows:
        size *= n
    return inv(A.reshape(size, -1)).reshape(*columns, *rows)


def tensorsolve(A: Tensor, B: Tensor, dims: Any = None) -> Tensor:
    """X with tensordot(A, X, X.dim()) = B, after moving the dimensions `dims` of A to its end."""
    if dims is not None:
        A = A.movedim(tuple(dims), tuple(range(A.dim() - len(dims), A.dim())))
    unknowns = tuple(A.shape[B.dim() :])
    return solve(A.reshape(B.numel(), -1), B.reshape(-1)).reshape(unknowns)
