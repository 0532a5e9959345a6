"""Sequences of different lengths: packed for recurrent layers, or padded to the longest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import taeda_tensor
from taeda_tensor import Tensor, arange, as_tensor, cat, empty_like, full

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class _Packed(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Packed):
    """Sequences without padding: the elements of each step side by side, the longest first.

    `data` (sum of lengths, ...) holds the elements, `batch_sizes` how many sequences reach each
    step, `sorted_indices` the order in which the sequences stand (None: as they were given). Made
    by pack_padded_sequence and pack_sequence; recurrent layers take and return it.
    """

    def __new__(
        cls,
        data: Tensor,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        if batch_sizes is None:
            raise ValueError("PackedSequence: batch_sizes is needed; use pack_padded_sequence")
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same with `data` converted."""
        return PackedSequence(self.data.to(*args, **kwargs), *self[1:])

    @property
    def is_cuda(self) -> bool:
        """Whether the data is on a GPU."""
        return self.data.is_cuda


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes another one.

    >>> import taeda_tensor as tt
    >>> invert_permutation(tt.tensor([2, 0, 1])).tolist()
    [1, 2, 0]
    """
    if permutation is None:
        return None
    output = empty_like(permutation)
    places = arange(0, permutation.numel(), dtype=permutation.dtype, device=permutation.device)
    output[permutation] = places
    return output


def _rows(lengths: list[int], batch: int, step_stride: int, batch_stride: int) -> Tensor:
    """Where the elements of a packed sequence stand in a padded one, whose rows are numbered."""
    sizes = _batch_sizes(lengths)
    steps = [full((size,), step * step_stride) for step, size in enumerate(sizes)]
    places = [arange(size) * batch_stride for size in sizes]
    return cat(steps) + cat(places)


def _batch_sizes(lengths: list[int]) -> list[int]:
    """How many of the lengths, longest first, reach each step."""
    sizes, count = [], len(lengths)
    for step in range(lengths[0]):
        while lengths[count - 1] <= step:
            count -= 1
        sizes.append(count)
    return sizes


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Packs padded sequences (T, B, ...), or (B, T, ...) with `batch_first`, of these lengths.

    With `enforce_sorted` the longest comes first; else they are sorted here. RuntimeError for
    lengths that do not fit.

    >>> import taeda_tensor as tt
    >>> packed = pack_padded_sequence(tt.tensor([[1, 2, 3], [4, 0, 0]]), [3, 1], batch_first=True)
    >>> packed.data.tolist(), packed.batch_sizes.tolist()
    ([1, 4, 2, 3], [2, 1, 1])
    """
    lengths = as_tensor(lengths, dtype=taeda_tensor.int64)
    sorted_indices = None
    if not enforce_sorted:
        lengths, sorted_indices = lengths.sort(descending=True, stable=True)
        input = input.index_select(0 if batch_first else 1, sorted_indices)
    sizes = [int(length) for length in lengths.tolist()]
    steps, batch = input.shape[1], input.shape[0]
    if not batch_first:
        steps, batch = batch, steps
    if len(sizes) != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(sizes)} "
            f"(batch_size={batch})"
        )
    if not sizes or min(sizes) <= 0 or max(sizes) > steps:
        raise RuntimeError(
            f"pack_padded_sequence: lengths must lie between 1 and {steps}, got {sizes}"
        )
    if sizes != sorted(sizes, reverse=True):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. "
            "You can pass `enforce_sorted=False` to pack_padded_sequence"
        )
    rows = input.reshape(steps * batch, *input.shape[2:])
    order = _rows(sizes, batch, *((1, steps) if batch_first else (batch, 1)))
    batch_sizes = taeda_tensor.tensor(_batch_sizes(sizes))
    return PackedSequence(rows.index_select(0, order), batch_sizes, sorted_indices)


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The padded sequences (T, B, ...), or (B, T, ...) with `batch_first`, and their lengths.

    T is the longest length or `total_length`; ValueError where that is shorter.

    >>> import taeda_tensor as tt
    >>> packed = pack_padded_sequence(tt.tensor([[1, 2, 3], [4, 0, 0]]), [3, 1], batch_first=True)
    >>> pad_packed_sequence(packed, batch_first=True)[0].tolist()
    [[1, 2, 3], [4, 0, 0]]
    """
    sizes = [int(size) for size in sequence.batch_sizes.tolist()]
    batch, steps = sizes[0], len(sizes)
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, "
                f"but got total_length={total_length} and max sequence length being {steps}"
            )
        steps = total_length
    lengths = [sum(size > i for size in sizes) for i in range(batch)]
    data = sequence.data
    order = _rows(lengths, batch, *((1, steps) if batch_first else (batch, 1)))
    rows = full((steps * batch, *data.shape[1:]), padding_value, dtype=data.dtype)
    index = order.reshape(-1, *[1] * (data.dim() - 1)).expand(data.shape)
    rows = rows.scatter(0, index, data)
    outer = (batch, steps) if batch_first else (steps, batch)
    padded = rows.reshape(*outer, *data.shape[1:])
    result = taeda_tensor.tensor(lengths)
    if sequence.unsorted_indices is not None:
        unsorted = sequence.unsorted_indices
        padded = padded.index_select(0 if batch_first else 1, unsorted)
        result = result.index_select(0, unsorted)
    return padded, result


def pad_sequence(
    sequences: Sequence[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences (L, ...) side by side, each padded to the longest: (T, B, ...) or (B, T, ...).

    >>> import taeda_tensor as tt
    >>> pad_sequence([tt.tensor([1, 2]), tt.tensor([3])], batch_first=True).tolist()
    [[1, 2], [3, 0]]
    """
    if padding_side not in ("left", "right"):
        raise ValueError(f"padding_side must be 'left' or 'right', got {padding_side!r}")
    longest = max(sequence.shape[0] for sequence in sequences)
    rows = []
    for sequence in sequences:
        shape = (longest - sequence.shape[0], *sequence.shape[1:])
        padding = sequence.new_full(shape, padding_value)
        parts = [sequence, padding]
        rows.append(cat(parts if padding_side == "right" else parts[::-1]))
    return taeda_tensor.stack(rows, 0 if batch_first else 1)


def unpad_sequence(
    padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False
) -> list[Tensor]:
    """The sequences (L, ...) of a padded (T, B, ...), or (B, T, ...) with `batch_first`."""
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[: int(length)] for row, length in zip(rows, lengths.tolist(), strict=True)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Packs sequences (L, ...) of different lengths.

    >>> import taeda_tensor as tt
    >>> pack_sequence([tt.tensor([1, 2]), tt.tensor([3])]).data.tolist()
    [1, 3, 2]
    """
    lengths = [sequence.shape[0] for sequence in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences (L, ...) of a packed one, in the order in which they were given."""
    return unpad_sequence(*pad_packed_sequence(packed_sequences, batch_first=True), True)
