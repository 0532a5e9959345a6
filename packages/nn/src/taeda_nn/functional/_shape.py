"""Functions that add or rearrange elements: padding, one-hot codes, normalising to unit length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import taeda_tensor
from taeda_tensor import Tensor


def pad(
    input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> Tensor:
    """Pads the last dimensions; `pad` holds (left, right) pairs from the last dimension backwards.

    `mode` is constant (with `value`, default 0; negative sizes crop), reflect, replicate or
    circular. ValueError for sizes the mode cannot give, NotImplementedError for another mode.

    >>> import taeda_tensor as tt
    >>> pad(tt.tensor([1.0, 2.0, 3.0]), (1, 2)).tolist()
    [0.0, 1.0, 2.0, 3.0, 0.0, 0.0]
    >>> pad(tt.tensor([1.0, 2.0, 3.0]), (2, 0), mode="reflect").tolist()
    [3.0, 2.0, 1.0, 2.0, 3.0]
    """
    sizes = [int(size) for size in pad]
    if len(sizes) % 2 or len(sizes) > 2 * input.dim():
        raise ValueError(
            "pad: sizes come in (left, right) pairs, one for each of at most "
            f"{input.dim()} dimensions of the input: got {tuple(sizes)}"
        )
    if mode == "constant":
        return _pad_constant(input, sizes, 0.0 if value is None else value)
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(
            f"pad: unknown mode {mode!r}; use constant, reflect, replicate or circular"
        )
    if value is not None and value != 0:
        raise ValueError(f"pad: mode {mode!r} takes no value, got {value}")
    result = input
    group: list[Tensor] = []  # of dimensions that are selected together
    for pair in range(len(sizes) // 2):
        left, right = sizes[2 * pair], sizes[2 * pair + 1]
        dim = input.dim() - 1 - pair
        if left == right == 0:
            result, group = _selected(result, dim + 1, group), []
            continue
        places = _places(input.shape[dim], left, right, mode, input.device)
        if math.prod(map(len, group)) * len(places) > _SHORT_LIST:
            result, group = _selected(result, dim + 1, group), []
        group.insert(0, places)
    return _selected(result, input.dim() - len(sizes) // 2, group)


_SHORT_LIST = 4096  # places


def _selected(input: Tensor, dim: int, group: list[Tensor]) -> Tensor:
    """Places of the dimensions from `dim` on, read as one."""
    if not group:
        return input
    places, *others = group
    sizes = input.shape[dim : dim + len(group)]
    before, after = input.shape[:dim], input.shape[dim + len(group) :]
    for size, other in zip(sizes[1:], others, strict=True):
        places = (places.unsqueeze(-1) * size + other).reshape(-1)
    flat = input.reshape(*before, math.prod(sizes), *after)
    return flat.index_select(dim, places).reshape(*before, *map(len, group), *after)


_LONG_ROW = 256  # elements: several lines of memory without any padding


def _pad_constant(input: Tensor, sizes: list[int], value: float) -> Tensor:
    shape = list(input.shape)
    target = [slice(None)] * input.dim()
    source = [slice(None)] * input.dim()
    for pair in range(len(sizes) // 2):
        dim = input.dim() - 1 - pair
        left, right = sizes[2 * pair], sizes[2 * pair + 1]
        size = shape[dim] + left + right
        if size < 0 or (size == 0 and shape[dim] > 0 and min(left, right) >= 0):
            raise ValueError(
                f"pad: dimension {dim} of size {shape[dim]} cannot be padded by "
                f"({left}, {right}): the result would have size {size}"
            )
        source[dim] = slice(max(0, -left), shape[dim] - max(0, -right))
        target[dim] = slice(max(0, left), size - max(0, right))
        shape[dim] = size
    if all(size <= 0 for size in sizes):
        return input[tuple(source)].clone()
    result = taeda_tensor.empty(shape, dtype=input.dtype, device=input.device)
    if target[-1] not in (slice(None), slice(0, shape[-1])) and shape[-1] < _LONG_ROW:
        result.fill_(value)  # each line of the memory has some of it
    else:
        _fill_around(result, target, value)
    result[tuple(target)] = input[tuple(source)]
    return result


def _fill_around(result: Tensor, target: list[slice], value: float) -> None:
    """Fills what surrounds `target`, a dimension at a time: nothing is written twice."""
    around = [slice(None)] * result.dim()
    for dim, inner in enumerate(target):
        if inner == slice(None):
            continue
        for outer in (slice(None, inner.start), slice(inner.stop, None)):
            around[dim] = outer
            result[tuple(around)] = value
        around[dim] = inner


def _places(size: int, left: int, right: int, mode: str, device: Any) -> Tensor:
    limit = size - 1 if mode == "reflect" else size
    too_wide = mode != "replicate" and max(left, right) > limit
    if too_wide or size == 0 or size + left + right < 1:
        raise ValueError(
            f"pad: mode {mode!r} can add at most {max(limit, 0)} on a side of a dimension of size "
            f"{size} and must leave an element, got ({left}, {right})"
        )
    places = taeda_tensor.arange(-left, size + right, device=device)
    if mode == "replicate":
        return places.clamp_(0, size - 1)
    if mode == "circular":
        return places.remainder_(size)
    return size - 1 - (size - 1 - places.abs_()).abs_()


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Class indices (*) as int64 rows (*, num_classes) with a single 1; -1 takes the largest + 1.

    RuntimeError for an index outside the classes or an empty tensor without `num_classes`.

    >>> import taeda_tensor as tt
    >>> one_hot(tt.tensor([0, 2])).tolist()
    [[1, 0, 0], [0, 0, 1]]
    """
    if tensor.dtype != taeda_tensor.int64:
        raise RuntimeError(
            f"one_hot: is only applicable to index tensors of type int64, got {tensor.dtype}"
        )
    if tensor.numel() == 0:
        if num_classes <= 0:
            raise RuntimeError(
                "one_hot: can not infer the number of classes from an empty tensor; "
                "give num_classes"
            )
        return taeda_tensor.empty(
            (*tensor.shape, num_classes), dtype=taeda_tensor.int64, device=tensor.device
        )
    smallest, largest = int(tensor.min()), int(tensor.max())
    if smallest < 0:
        raise RuntimeError(f"one_hot: class values must be non-negative, got {smallest}")
    if num_classes == -1:
        num_classes = largest + 1
    elif largest >= num_classes:
        raise RuntimeError(
            f"one_hot: class values must be smaller than num_classes: got {largest} and "
            f"num_classes={num_classes}"
        )
    codes = tensor.new_zeros(*tensor.shape, num_classes)
    return codes.scatter_(-1, tensor.unsqueeze(-1), 1)


def normalize(
    input: Tensor,
    p: float = 2.0,
    dim: int | tuple[int, ...] = 1,
    eps: float = 1e-12,
    out: Tensor | None = None,
) -> Tensor:
    """x / max(||x||_p, eps), the norm taken along `dim`.

    >>> import taeda_tensor as tt
    >>> normalize(tt.tensor([[3.0, 0.0]]), p=1.0).tolist()
    [[1.0, 0.0]]
    """
    if p == 2:
        # Limited below the root: there the derivative at zero is finite.
        norm = (input * input).sum(dim, keepdim=True).clamp(min=eps * eps).sqrt()
    elif p == 1:
        norm = input.abs().sum(dim, keepdim=True).clamp(min=eps)
    elif p == float("inf"):
        norm = input.abs().amax(dim, keepdim=True).clamp(min=eps)
    else:
        norm = input.abs().pow(p).sum(dim, keepdim=True).clamp(min=eps**p).pow(1.0 / p)
    result = input / norm
    return result if out is None else out.copy_(result)
