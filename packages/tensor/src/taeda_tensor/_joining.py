"""Tensors cut into pieces and put together, from the operations that views and cat offer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations as choose_each, combinations_with_replacement, pairwise
from typing import Any

from taeda_tensor import _tensor
from taeda_tensor._registry import method
from taeda_tensor._size import Size
from taeda_tensor._tensor import Tensor

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_shapes",
    "broadcast_tensors",
    "cartesian_prod",
    "column_stack",
    "combinations",
    "dsplit",
    "dstack",
    "fliplr",
    "flipud",
    "hsplit",
    "hstack",
    "meshgrid",
    "ravel",
    "repeat_interleave",
    "rot90",
    "row_stack",
    "split_with_sizes",
    "tensor_split",
    "tile",
    "unsafe_chunk",
    "unsafe_split",
    "vsplit",
    "vstack",
]


def _dim(name: str, dim: int, dims: int) -> int:
    if dims == 0:
        raise RuntimeError(f"{name}: at least 1 dimension is needed, got a zero-dimensional tensor")
    if not -dims <= dim < dims:
        raise IndexError(
            f"{name}: Dimension out of range (expected to be in range of [{-dims}, {dims - 1}], "
            f"but got {dim})"
        )
    return dim % dims


def _pieces(tensor: Tensor, sizes: Sequence[int], dim: int) -> tuple[Tensor, ...]:
    pieces = []
    start = 0
    for size in sizes:
        pieces.append(tensor.narrow(dim, start, size))
        start += size
    return tuple(pieces)


@method
def split_with_sizes(self: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Views of pieces of these sizes."""
    return _tensor.split(self, split_sizes, dim)


@method
def unsafe_split(tensor: Tensor, split_size: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Same as split."""
    return _tensor.split(tensor, split_size, dim)


@method
def unsafe_chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Same as chunk."""
    return _tensor.chunk(input, chunks, dim)


@method
def tensor_split(
    input: Tensor, indices_or_sections: int | Sequence[int] | Tensor, dim: int = 0
) -> tuple[Tensor, ...]:
    """Views of as many pieces as asked, as equal as possible, or cut before the indices given."""
    dim = _dim("tensor_split", dim, input.dim())
    total = input.size(dim)
    sections: int | Sequence[int] = (
        indices_or_sections.tolist()
        if isinstance(indices_or_sections, Tensor)
        else indices_or_sections
    )
    if isinstance(sections, int):
        count = sections
        if count <= 0:
            raise RuntimeError(
                f"tensor_split: the number of sections must be positive, got {count}"
            )
        size, larger = divmod(total, count)
        return _pieces(input, [size + (i < larger) for i in range(count)], dim)
    cuts = [index + total if index < 0 else index for index in sections]
    bounds = [0, *(min(max(cut, 0), total) for cut in cuts), total]
    return tuple(input.narrow(dim, start, max(stop - start, 0)) for start, stop in pairwise(bounds))


def _fixed_split(name: str, dims: int) -> Any:
    def fixed(input: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
        if input.dim() < dims:
            raise RuntimeError(
                f"{name}: at least {dims} dimension{'s' if dims > 1 else ''} are needed, "
                f"got shape {tuple(input.shape)}"
            )
        dim = 0 if name == "vsplit" or input.dim() == 1 else 1 if name == "hsplit" else 2
        count = indices_or_sections
        if isinstance(count, int) and (count <= 0 or input.size(dim) % count != 0):
            raise RuntimeError(
                f"{name}: dimension {dim} of size {input.size(dim)} cannot be cut into {count} "
                "equal pieces"
            )
        return tensor_split(input, count, dim)

    fixed.__name__ = name
    fixed.__doc__ = f"tensor_split along the dimension that {name} is named for, in equal pieces."
    return method(fixed)


hsplit = _fixed_split("hsplit", 1)
vsplit = _fixed_split("vsplit", 2)
dsplit = _fixed_split("dsplit", 3)


@method
def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension: a view where possible."""
    return input.reshape(-1)


def _many(name: str, tensors: tuple[Any, ...]) -> Sequence[Tensor]:
    if len(tensors) == 1 and not isinstance(tensors[0], Tensor):
        tensors = tuple(tensors[0])
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{name}: tensors are needed, got {type(tensor).__name__}")
    return tensors


def _atleast(name: str, grow: Any) -> Any:
    def atleast(*tensors: Any) -> Any:
        if len(tensors) == 1 and isinstance(tensors[0], Tensor):
            return grow(tensors[0])
        return tuple(grow(tensor) for tensor in _many(name, tensors))

    atleast.__name__ = name
    atleast.__doc__ = f"Views of the tensors with at least {name[8]} dimensions."
    return atleast


def _grow_1d(tensor: Tensor) -> Tensor:
    return tensor.reshape(1) if tensor.dim() == 0 else tensor


def _grow_2d(tensor: Tensor) -> Tensor:
    return tensor if tensor.dim() >= 2 else _grow_1d(tensor).unsqueeze(0)


def _grow_3d(tensor: Tensor) -> Tensor:
    return tensor if tensor.dim() >= 3 else _grow_2d(tensor).unsqueeze(-1)


atleast_1d = _atleast("atleast_1d", _grow_1d)
atleast_2d = _atleast("atleast_2d", _grow_2d)
atleast_3d = _atleast("atleast_3d", _grow_3d)


def _nonempty(name: str, tensors: Any) -> list[Tensor]:
    if isinstance(tensors, Tensor):
        tensors = _tensor.unbind(tensors)
    found = list(_many(name, (tensors,)))
    if not found:
        raise RuntimeError(f"{name}: a non-empty sequence of tensors is needed")
    return found


def hstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors side by side: joined along dimension 1, vectors along dimension 0."""
    parts = [_grow_1d(tensor) for tensor in _nonempty("hstack", tensors)]
    return _tensor.cat(parts, 0 if parts[0].dim() == 1 else 1, out=out)


def vstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors one below the other: vectors become rows.

    >>> from taeda_tensor import tensor
    >>> vstack((tensor([1, 2]), tensor([3, 4]))).tolist()
    [[1, 2], [3, 4]]
    """
    return _tensor.cat([_grow_2d(tensor) for tensor in _nonempty("vstack", tensors)], 0, out=out)


row_stack = vstack


def dstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors one behind the other, along dimension 2."""
    return _tensor.cat([_grow_3d(tensor) for tensor in _nonempty("dstack", tensors)], 2, out=out)


def column_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors side by side: vectors become columns."""
    columns = [
        tensor.reshape(tensor.numel(), 1) if tensor.dim() <= 1 else tensor
        for tensor in _nonempty("column_stack", tensors)
    ]
    return _tensor.cat(columns, 1, out=out)


@method
def tile(input: Tensor, *dims: Any) -> Tensor:
    """The tensor so many times along each dimension, counted from the last.

    >>> from taeda_tensor import tensor
    >>> tile(tensor([1, 2]), (2,)).tolist()
    [1, 2, 1, 2]
    """
    repeats = tuple(dims[0]) if len(dims) == 1 and not isinstance(dims[0], int) else dims
    return input.repeat((1,) * (input.dim() - len(repeats)) + repeats)


@method
def repeat_interleave(
    input: Tensor,
    repeats: int | Tensor | None = None,
    dim: int | None = None,
    *,
    output_size: int | None = None,
) -> Tensor:
    """Each element of a dimension (or of all) repeated in place, by one number or one each.

    >>> from taeda_tensor import tensor
    >>> repeat_interleave(tensor([1, 2]), 2).tolist()
    [1, 1, 2, 2]
    """
    if repeats is None:
        return repeat_interleave(_tensor.arange(input.numel(), device=input.device), input)
    if dim is None:
        input, dim = input.reshape(-1), 0
    dim = _dim("repeat_interleave", dim, input.dim())
    count = input.size(dim)
    times = _tensor.as_tensor(repeats, device=input.device)
    if times.numel() == 1:
        number = int(times.item())
        if number < 0:
            raise RuntimeError(f"repeat_interleave: repeats must not be negative, got {number}")
        shape = list(input.shape)
        shape.insert(dim + 1, number)
        return input.unsqueeze(dim + 1).expand(shape).flatten(dim, dim + 1)
    if times.dim() != 1 or times.numel() != count or (count > 0 and times.min().item() < 0):
        raise RuntimeError(
            f"repeat_interleave: repeats must be {count} non-negative numbers, one for each index "
            f"of dimension {dim}, got {times.tolist()}"
        )
    ends = times.to(_tensor.int64).cumsum(0)
    total = int(ends[-1].item()) if count else 0
    places = _tensor.arange(total, device=input.device)
    return input.index_select(dim, _tensor.searchsorted(ends, places, right=True))


def broadcast_shapes(*shapes: int | Sequence[int]) -> Size:
    """The shape that all broadcast to; RuntimeError where there is none.

    >>> broadcast_shapes((2, 1), (3,))
    taeda.Size([2, 3])
    """
    result: list[int] = []
    for shape in shapes:
        sizes = [shape] if isinstance(shape, int) else list(shape)
        result = [1] * (len(sizes) - len(result)) + result
        for i, size in enumerate(reversed(sizes), 1):
            if size != 1 and result[-i] not in (1, size):
                raise RuntimeError(
                    f"broadcast_shapes: the shapes {shapes} do not broadcast: the sizes "
                    f"{result[-i]} and {size} differ and neither is 1"
                )
            result[-i] = size if size != 1 else result[-i]
    return Size(result)


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """Views of the tensors expanded to their common shape."""
    found = _many("broadcast_tensors", tensors)
    shape = broadcast_shapes(*(tuple(tensor.shape) for tensor in found))
    return tuple(tensor.expand(shape) for tensor in found)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Grids of coordinates from vectors of them: one tensor for each vector.

    `indexing` is "ij" (rows first) or "xy" (columns first).

    >>> from taeda_tensor import arange
    >>> [grid.tolist() for grid in meshgrid(arange(2), arange(2))]
    [[[0, 0], [1, 1]], [[0, 1], [0, 1]]]
    """
    vectors = [_grow_1d(tensor) for tensor in _many("meshgrid", tensors)]
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'meshgrid: indexing must be "ij" or "xy", got {indexing!r}')
    for vector in vectors:
        if vector.dim() != 1:
            raise RuntimeError(f"meshgrid: vectors are needed, got shape {tuple(vector.shape)}")
    swap = indexing == "xy" and len(vectors) >= 2
    if swap:
        vectors[0], vectors[1] = vectors[1], vectors[0]
    shape = [vector.numel() for vector in vectors]
    grids = []
    for i, vector in enumerate(vectors):
        column = vector.reshape([-1 if d == i else 1 for d in range(len(vectors))])
        grids.append(column.expand(shape))
    if swap:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All combinations of one element of each vector, one a row."""
    vectors = _many("cartesian_prod", tensors)
    if len(vectors) == 1:
        return vectors[0]
    return _tensor.stack([grid.reshape(-1) for grid in meshgrid(*vectors)], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All combinations of r elements of a vector, in the order of itertools.combinations."""
    if input.dim() != 1:
        raise RuntimeError(f"combinations: a vector is needed, got shape {tuple(input.shape)}")
    choose = combinations_with_replacement if with_replacement else choose_each
    chosen = [list(row) for row in choose(range(input.numel()), r)]
    if not chosen or r == 0:
        return input.new_empty((0, r) if r else (0,))
    return input[_tensor.tensor(chosen)]


@method
def fliplr(input: Tensor) -> Tensor:
    """The order of the columns reversed."""
    if input.dim() < 2:
        raise RuntimeError(
            f"fliplr: at least 2 dimensions are needed, got shape {tuple(input.shape)}"
        )
    return input.flip(1)


@method
def flipud(input: Tensor) -> Tensor:
    """The order of the rows reversed."""
    if input.dim() < 1:
        raise RuntimeError("flipud: at least 1 dimension is needed, got a zero-dimensional tensor")
    return input.flip(0)


@method
def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """A plane of two dimensions turned by 90 degrees k times, from the first to the second."""
    if len(dims) != 2:
        raise RuntimeError(f"rot90: two dims are needed, got {tuple(dims)}")
    first, second = (_dim("rot90", dim, input.dim()) for dim in dims)
    if first == second:
        raise RuntimeError(f"rot90: two different dims are needed, got {tuple(dims)}")
    match k % 4:
        case 1:
            return input.flip(second).transpose(first, second)
        case 2:
            return input.flip((first, second))
        case 3:
            return input.flip(first).transpose(first, second)
    return input.clone()
