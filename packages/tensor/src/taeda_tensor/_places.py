"""Parts of a tensor written into a copy, and places by number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taeda_tensor import _tensor
from taeda_tensor._registry import method
from taeda_tensor._tensor import Tensor

__all__ = [
    "diagonal_scatter",
    "fill",
    "select_scatter",
    "slice_scatter",
    "unravel_index",
]


def _written(input: Tensor, part: Any, src: Tensor, name: str) -> Tensor:
    result = input.clone()
    there = part(result)
    if there.shape != src.shape:
        raise RuntimeError(
            f"{name}: src must have the shape of what it replaces, {tuple(there.shape)}, "
            f"got {tuple(src.shape)}"
        )
    there.copy_(src)
    return result


@method
def slice_scatter(
    input: Tensor,
    src: Tensor,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Tensor:
    """A copy in which `src` stands in the places start:end:step of a dimension.

    >>> from taeda_tensor import ones, zeros
    >>> slice_scatter(zeros(3), ones(2), start=1).tolist()
    [0.0, 1.0, 1.0]
    """
    index = (slice(None),) * (dim % input.dim()) + (slice(start, end, step),)
    return _written(input, lambda result: result[index], src, "slice_scatter")


@method
def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """A copy in which `src` stands in one place of a dimension.

    >>> from taeda_tensor import ones, zeros
    >>> select_scatter(zeros(2, 2), ones(2), 0, 1).tolist()
    [[0.0, 0.0], [1.0, 1.0]]
    """
    return _written(input, lambda result: result.select(dim, index), src, "select_scatter")


@method
def diagonal_scatter(
    input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1
) -> Tensor:
    """A copy with `src` as its diagonal.

    >>> from taeda_tensor import ones, zeros
    >>> diagonal_scatter(zeros(2, 2), ones(2)).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return _written(
        input, lambda result: result.diagonal(offset, dim1, dim2), src, "diagonal_scatter"
    )


@method
def fill_diagonal_(input: Tensor, fill_value: float, wrap: bool = False) -> Tensor:
    """In place: one value on the diagonal; with `wrap` it starts again below a tall matrix.

    >>> from taeda_tensor import zeros
    >>> zeros(2, 2).fill_diagonal_(1).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    if input.dim() < 2:
        raise RuntimeError(
            f"fill_diagonal_: dimensions must larger than 1, got shape {tuple(input.shape)}"
        )
    if input.dim() > 2 and len(set(input.shape)) != 1:
        raise RuntimeError(
            "fill_diagonal_: all dimensions of input must be of equal length, got shape "
            f"{tuple(input.shape)}"
        )
    step = sum(input.stride())
    size = min(input.shape)
    input.as_strided((size,), (step,), input.storage_offset()).fill_(fill_value)
    if wrap and input.dim() == 2:
        rows, columns = input.shape
        for start in range(columns + 1, rows, columns + 1):
            input[start:].diagonal().fill_(fill_value)
    return input


def fill(input: Tensor, value: float | Tensor) -> Tensor:
    """A tensor of the same shape, dtype and device with one value everywhere.

    >>> from taeda_tensor import zeros
    >>> fill(zeros(2), 3).tolist()
    [3.0, 3.0]
    """
    return input.clone().fill_(value)


def unravel_index(indices: Tensor, shape: int | Sequence[int]) -> tuple[Tensor, ...]:
    """Row-major positions in a shape as one index for each dimension.

    ValueError for positions outside of the shape.

    >>> from taeda_tensor import tensor
    >>> [index.tolist() for index in unravel_index(tensor([1, 5]), (2, 3))]
    [[0, 1], [1, 2]]
    """
    sizes = [shape] if isinstance(shape, int) else [int(size) for size in shape]
    total = 1
    for size in sizes:
        total *= size
    if indices.is_floating_point() or indices.dtype is _tensor.bool:
        raise ValueError(f"unravel_index: takes integers, got {indices.dtype}")
    if indices.numel() and not 0 <= int(indices.min()) <= int(indices.max()) < total:
        raise ValueError(
            f"unravel_index: positions must lie within 0 and {total - 1} for the shape "
            f"{tuple(sizes)}, got {int(indices.min())} to {int(indices.max())}"
        )
    result = []
    for size in reversed(sizes):
        result.append(indices % size)
        indices = indices.floor_divide(size)
    return tuple(reversed(result))
