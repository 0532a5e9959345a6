"""Sums, means and maxima of embedded rows, bag by bag."""

from __future__ import annotations

import math

import taeda_tensor
from taeda_tensor import Tensor

from ._layer import embedding


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """The sum, mean or max (`mode`) of the rows of `weight` (V, D) in each bag: (B, D).

    A bag is a row of indices (B, N), or what lies in a vector of indices from one of `offsets` to
    the next; with `include_last_offset` the last of them is the end. Indices `padding_idx` do not
    count, and an empty bag gives zeros. `per_sample_weights` scale the rows of a sum. ValueError
    for what does not fit, NotImplementedError for what `embedding` does not support.

    >>> import taeda_tensor as tt
    >>> weight = tt.tensor([[1.0], [2.0], [4.0]])
    >>> embedding_bag(tt.tensor([0, 2, 1]), weight, tt.tensor([0, 2]), mode="sum").tolist()
    [[5.0], [2.0]]
    """
    del norm_type
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"embedding_bag: mode has to be one of sum, mean or max, got {mode!r}")
    if per_sample_weights is not None and (
        mode != "sum" or per_sample_weights.shape != input.shape
    ):
        raise ValueError(
            "embedding_bag: per_sample_weights need mode='sum' and the shape of the input, "
            f"got {mode=} and {tuple(per_sample_weights.shape)} for {tuple(input.shape)}"
        )
    ends = _ends(input, offsets, include_last_offset)
    of_one_size = input.dim() == 2 and input.shape[1] > 0
    if of_one_size and padding_idx is None and mode != "max":
        rows = embedding(input, weight, None, max_norm, 2.0, scale_grad_by_freq, sparse)
        if per_sample_weights is not None:
            rows = rows * per_sample_weights.unsqueeze(-1)
        return rows.sum(1) if mode == "sum" else rows.mean(1)
    rows = embedding(
        input.reshape(-1), weight, padding_idx, max_norm, 2.0, scale_grad_by_freq, sparse
    )
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1, 1)
    places = taeda_tensor.arange(input.numel(), device=input.device)
    bags = taeda_tensor.searchsorted(ends, places, right=True)
    shape = (ends.numel(), weight.shape[1])
    counted = bags < shape[0]  # what lies beyond the last offset is in no bag
    if padding_idx is not None:
        counted = counted & (input.reshape(-1) != padding_idx % weight.shape[0])
    rows, bags = rows[counted], bags[counted]
    if mode == "max":
        return _largest(rows, bags, shape)
    total: Tensor = _zeros(shape, rows).index_add(0, bags, rows)
    if mode == "sum":
        return total
    counts = bags.bincount(minlength=shape[0]).clamp(min=1)
    return total / counts.to(total.dtype).unsqueeze(1)


def _zeros(shape: tuple[int, int], like: Tensor) -> Tensor:
    return taeda_tensor.zeros(shape, dtype=like.dtype, device=like.device)


def _ends(input: Tensor, offsets: Tensor | None, include_last: bool) -> Tensor:
    """Where each bag ends in the flat indices."""
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError("embedding_bag: input (B, N) takes no offsets: each row is a bag")
        bags = taeda_tensor.arange(1, input.shape[0] + 1, device=input.device)
        return bags.mul(input.shape[1])
    if input.dim() != 1 or offsets is None or offsets.dim() != 1:
        raise ValueError(
            "embedding_bag: input (B, N), or input (N) with a vector of offsets, is needed; got "
            f"{tuple(input.shape)} and {None if offsets is None else tuple(offsets.shape)}"
        )
    starts = offsets.long()
    if starts.numel() and int(starts[0]) != 0:
        raise ValueError(f"embedding_bag: offsets[0] has to be 0, got {int(starts[0])}")
    if include_last:
        return starts[1:]
    return taeda_tensor.cat([starts[1:], starts.new_full((1,), input.numel())])


def _largest(rows: Tensor, bags: Tensor, shape: tuple[int, int]) -> Tensor:
    lowest = taeda_tensor.full(shape, -math.inf, dtype=rows.dtype, device=rows.device)
    index = bags.unsqueeze(1).expand(rows.shape)
    result = lowest.scatter_reduce(0, index, rows, "amax")
    empty = bags.bincount(minlength=shape[0]) == 0
    return result.masked_fill(empty.unsqueeze(1), 0.0)
