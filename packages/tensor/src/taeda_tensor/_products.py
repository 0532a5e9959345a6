"""Products of tensors, composed of matmul, permutations and sums."""

from __future__ import annotations

import math
from typing import Any

from taeda_tensor import _tensor
from taeda_tensor._registry import alias, method
from taeda_tensor._tensor import Tensor

__all__ = [
    "addbmm",
    "addmv",
    "addr",
    "cross",
    "ger",
    "inner",
    "kron",
    "outer",
    "tensordot",
    "vdot",
]


@method
def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """x_i y_j for all elements of two vectors.

    >>> from taeda_tensor import tensor
    >>> outer(tensor([1, 2]), tensor([3, 4])).tolist()
    [[3, 4], [6, 8]]
    """
    if input.dim() != 1 or vec2.dim() != 1:
        raise RuntimeError(
            "outer: two vectors are needed, got shapes "
            f"{tuple(input.shape)} and {tuple(vec2.shape)}"
        )
    return _tensor.mul(input.unsqueeze(1), vec2.unsqueeze(0), out=out)


ger = alias("ger", outer)


@method
def inner(input: Tensor, other: Tensor) -> Tensor:
    """Sums of products over the last dimension of both."""
    if input.dim() == 0 or other.dim() == 0:
        return input * other
    return tensordot(input, other, ([-1], [-1]))


@method
def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The sum of products of two vectors."""
    if input.dim() != 1 or tuple(input.shape) != tuple(other.shape):
        raise RuntimeError(
            "vdot: two vectors of one length are needed, got shapes "
            f"{tuple(input.shape)} and {tuple(other.shape)}"
        )
    return (input * other).sum()


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Sums of products over some dimensions of both: a number of them, or one list for each.

    RuntimeError where the sizes of a pair of dimensions differ.

    >>> from taeda_tensor import ones
    >>> tensordot(ones(2, 3), ones(3, 4), 1).shape
    taeda.Size([2, 4])
    """
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, int):
        if dims < 0 or dims > min(a.dim(), b.dim()):
            raise RuntimeError(
                f"tensordot: dims must be between 0 and {min(a.dim(), b.dim())}, got {dims}"
            )
        first, second = list(range(a.dim() - dims, a.dim())), list(range(dims))
    else:
        first = [_wrapped("tensordot", d, a.dim()) for d in _listed(dims[0])]
        second = [_wrapped("tensordot", d, b.dim()) for d in _listed(dims[1])]
    sizes = [a.size(d) for d in first]
    if sizes != [b.size(d) for d in second]:
        raise RuntimeError(
            "tensordot: contracted dimensions need to match, but "
            f"{first} of shape {tuple(a.shape)} and {second} of shape {tuple(b.shape)} differ"
        )
    rows = [d for d in range(a.dim()) if d not in first]
    columns = [d for d in range(b.dim()) if d not in second]
    length = math.prod(sizes)
    left = a.permute(rows + first).reshape(math.prod(a.size(d) for d in rows), length)
    right = b.permute(second + columns).reshape(length, math.prod(b.size(d) for d in columns))
    shape = [a.size(d) for d in rows] + [b.size(d) for d in columns]
    return (left @ right).reshape(shape)


def _listed(dims: Any) -> list[int]:
    return [dims] if isinstance(dims, int) else list(dims)


def _wrapped(name: str, dim: int, dims: int) -> int:
    if not -dims <= dim < dims:
        raise IndexError(
            f"{name}: Dimension out of range (expected to be in range of [{-dims}, {dims - 1}], "
            f"but got {dim})"
        )
    return dim % dims


@method
def kron(input: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product: each element of the first times the whole second.

    >>> from taeda_tensor import tensor
    >>> kron(tensor([1, 10]), tensor([1, 2, 3])).tolist()
    [1, 2, 3, 10, 20, 30]
    """
    dims = max(input.dim(), other.dim())
    first = (1,) * (dims - input.dim()) + tuple(input.shape)
    second = (1,) * (dims - other.dim()) + tuple(other.shape)
    # Each dimension of the first outside of the second's: (a, 1) beside (1, b).
    a: list[int] = []
    b: list[int] = []
    shape = []
    for outer, inner in zip(first, second, strict=True):
        a += (outer, 1)
        b += (1, inner)
        shape.append(outer * inner)
    return (input.reshape(a) * other.reshape(b)).reshape(shape)


@method
def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The vector product along a dimension of size 3: the first such one by default."""
    if dim is None:
        dim = next((d for d in range(input.dim()) if input.size(d) == 3), None)
    if dim is None or input.size(dim) != 3 or other.size(dim) != 3:
        raise RuntimeError(
            "cross: both inputs need a dimension of size 3, got shapes "
            f"{tuple(input.shape)} and {tuple(other.shape)}"
        )
    input, other = (tensor.movedim(dim, 0) for tensor in (input, other))
    (a, b, c), (x, y, z) = input, other
    return _tensor.stack([b * z - c * y, c * x - a * z, a * y - b * x], 0).movedim(0, dim)


@method
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta input + alpha mat @ vec; the input does not count where beta is 0.

    >>> from taeda_tensor import ones
    >>> addmv(ones(2), ones(2, 3), ones(3), alpha=2).tolist()
    [7.0, 7.0]
    """
    return _add_product(input, _tensor.mv(mat, vec), beta, alpha)


@method
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta input + alpha outer(vec1, vec2); the input does not count where beta is 0.

    >>> from taeda_tensor import ones
    >>> addr(ones(1, 2), ones(1), ones(2)).tolist()
    [[2.0, 2.0]]
    """
    return _add_product(input, outer(vec1, vec2), beta, alpha)


@method
def addbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1
) -> Tensor:
    """beta input + alpha times the sum of batch1[i] @ batch2[i].

    >>> from taeda_tensor import ones
    >>> addbmm(ones(1, 1), ones(2, 1, 3), ones(2, 3, 1)).tolist()
    [[7.0]]
    """
    return _add_product(input, _tensor.bmm(batch1, batch2).sum(0), beta, alpha)


def _add_product(input: Tensor, product: Tensor, beta: float, alpha: float) -> Tensor:
    if alpha != 1:
        product = product * alpha
    if beta == 0:
        return product
    return input * beta + product if beta != 1 else input + product
