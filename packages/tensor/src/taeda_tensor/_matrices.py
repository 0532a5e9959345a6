"""Diagonals and index patterns of matrices."""

from __future__ import annotations

from typing import Any

from taeda_tensor import _tensor
from taeda_tensor._autocast import float32_under_autocast
from taeda_tensor._registry import method
from taeda_tensor._tensor import Tensor

__all__ = [
    "adjoint",
    "asarray",
    "block_diag",
    "diag",
    "diag_embed",
    "diagflat",
    "frombuffer",
    "trace",
    "tril_indices",
    "triu_indices",
    "vander",
]


@method
def tril_(self: Tensor, diagonal: int = 0) -> Tensor:
    """In place: zero above a diagonal."""
    return self.copy_(self.tril(diagonal))


@method
def triu_(self: Tensor, diagonal: int = 0) -> Tensor:
    """In place: zero below a diagonal."""
    return self.copy_(self.triu(diagonal))


@method
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The matrix with a vector on a diagonal, or a diagonal of a matrix.

    >>> from taeda_tensor import tensor
    >>> diag(tensor([1, 2])).tolist()
    [[1, 0], [0, 2]]
    """
    if input.dim() == 1:
        return diag_embed(input, diagonal)
    if input.dim() == 2:
        return input.diagonal(diagonal)
    raise RuntimeError(f"diag: a vector or a matrix is needed, got shape {tuple(input.shape)}")


@method
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices with the last dimension on a diagonal; dim1 and dim2 are their rows and columns."""
    dims = input.dim() + 1
    for dim in (dim1, dim2):
        if not -dims <= dim < dims:
            raise IndexError(
                f"diag_embed: Dimension out of range (expected to be in range of [{-dims}, "
                f"{dims - 1}], but got {dim})"
            )
    row, column = dim1 % dims, dim2 % dims
    if row == column:
        raise RuntimeError(f"diag_embed: two different dims are needed, got {dim1} and {dim2}")
    size = input.size(-1) + abs(offset)
    matrices = input.new_zeros(*input.shape[:-1], size, size)
    matrices.diagonal(offset, -2, -1).copy_(input)
    return matrices.movedim((-2, -1), (row, column))


@method
def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix with all elements on a diagonal."""
    return diag_embed(input.reshape(-1), offset)


@method
def trace(input: Tensor) -> Tensor:
    """The sum of a matrix's diagonal."""
    if input.dim() != 2:
        raise RuntimeError(f"trace: a matrix is needed, got shape {tuple(input.shape)}")
    (input,) = float32_under_autocast(input)
    return input.diagonal().sum()


@method
def adjoint(input: Tensor) -> Tensor:
    """The last two dimensions exchanged."""
    return input.mT


def _indices(row: int, col: int, keep: Any, dtype: Any, device: Any) -> Tensor:
    mask = keep(_tensor.ones(row, col, dtype=_tensor.bool))
    dtype = _tensor.int64 if dtype is None else dtype
    return _tensor.nonzero(mask).t().contiguous().to(device=device, dtype=dtype)


def tril_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
) -> Tensor:
    """The positions of the lower triangle of a matrix: rows, then columns.

    >>> tril_indices(2, 2).tolist()
    [[0, 1, 1], [0, 0, 1]]
    """
    return _indices(row, col, lambda mask: _tensor.tril(mask, offset), dtype, device)


def triu_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
) -> Tensor:
    """The positions of the upper triangle of a matrix: rows, then columns."""
    return _indices(row, col, lambda mask: _tensor.triu(mask, offset), dtype, device)


def block_diag(*tensors: Tensor) -> Tensor:
    """The matrix with the tensors as blocks on its diagonal."""
    blocks = [tensor.reshape(1, -1) if tensor.dim() < 2 else tensor for tensor in tensors]
    if any(block.dim() > 2 for block in blocks):
        raise RuntimeError("block_diag: each tensor must have at most 2 dimensions")
    if not blocks:
        return _tensor.empty(1, 0)
    width = sum(block.size(1) for block in blocks)
    rows, start = [], 0
    for block in blocks:
        height, own = block.size(0), block.size(1)
        left = block.new_zeros(height, start)
        right = block.new_zeros(height, width - start - own)
        rows.append(_tensor.cat([left, block, right], 1))
        start += own
    return _tensor.cat(rows, 0)


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of a vector's elements, one power a column."""
    count = x.numel() if N is None else N
    exponents = _tensor.arange(count, device=x.device)
    return x.unsqueeze(1) ** (exponents if increasing else exponents.flip(0))


def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of any data; memory is shared where `copy` allows it and the dtype fits."""
    made = _tensor.as_tensor(obj, dtype=dtype, device=device)
    if copy is True and (made is obj or not isinstance(obj, (list, tuple, int, float))):
        made = made.detach().clone()
    if copy is False and isinstance(obj, (list, tuple, int, float)):
        raise ValueError(
            f"asarray: the data of a {type(obj).__name__} must be copied, which copy=False forbids"
        )
    return made.detach().requires_grad_() if requires_grad else made


def frombuffer(
    buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """A vector on the memory of an object with the buffer protocol."""
    memory = _tensor._from_buffer(memoryview(buffer).cast("B"))
    available = (memory.numel() - offset) // dtype.itemsize
    if offset < 0 or offset > memory.numel():
        raise ValueError(f"frombuffer: offset must lie within {memory.numel()} bytes, got {offset}")
    if count > available:
        raise ValueError(
            f"frombuffer: {count} elements of {dtype} from offset {offset} need more than the "
            f"buffer's {memory.numel()} bytes"
        )
    if offset % dtype.itemsize:
        raise ValueError(
            f"frombuffer: offset {offset} must be a multiple of the element size {dtype.itemsize}"
        )
    length = available if count < 0 else count
    vector: Tensor = _tensor._on_storage(memory, dtype, (length,), (1,), offset // dtype.itemsize)
    return vector.requires_grad_() if requires_grad else vector
