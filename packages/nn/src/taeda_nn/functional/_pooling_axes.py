"""Pooling axis by axis: of volumes (N, C, D, H, W) or (C, D, H, W), and adaptive maxima."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import taeda_tensor
from taeda_tensor import Tensor

from ._pooling import adaptive_avg_pool2d, avg_pool2d, max_pool2d


def _three(size: Any) -> tuple[Any, Any, Any]:
    if isinstance(size, int):
        return size, size, size
    depth, height, width = size
    return depth, height, width


def _planes(input: Tensor, name: str) -> Tensor:
    """All volumes of a batch, one after the other."""
    if input.dim() not in (4, 5):
        raise ValueError(
            f"{name}: the input must be (N, C, D, H, W) or (C, D, H, W), got {tuple(input.shape)}"
        )
    return input.reshape(math.prod(input.shape[:-3]), *input.shape[-3:])


def _as_columns(planes: Tensor) -> Tensor:
    """Volumes whose depth is the height of an image, and whose places are its width."""
    count, depth, height, width = planes.shape
    return planes.reshape(count, 1, depth, height * width)


def max_pool3d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest value of each window of volumes, with `return_indices` its flat index too.

    >>> import taeda_tensor as tt
    >>> max_pool3d(tt.arange(16.0).reshape(1, 2, 2, 4), 2).tolist()
    [[[[13.0, 15.0]]]]
    """
    kernel = _three(kernel_size)
    steps = kernel if stride is None else _three(stride)
    pads, gaps = _three(padding), _three(dilation)
    planes = _planes(input, "max_pool3d")
    values, places = max_pool2d(
        planes, kernel[1:], steps[1:], pads[1:], gaps[1:], ceil_mode, return_indices=True
    )
    height, width = values.shape[-2:]
    values, rows = max_pool2d(
        _as_columns(values),
        (kernel[0], 1),
        (steps[0], 1),
        (pads[0], 0),
        (gaps[0], 1),
        ceil_mode,
        return_indices=True,
    )
    shape = (*input.shape[:-3], values.shape[-2], height, width)
    if not return_indices:
        return values.reshape(shape)
    # `rows` counts the places of all planes; `places` says where those lie in their plane.
    count = planes.shape[0]
    flat = rows.reshape(count, math.prod(rows.shape[1:]))
    inside = places.reshape(count, math.prod(places.shape[1:])).gather(1, flat)
    size = planes.shape[-2] * planes.shape[-1]
    return values.reshape(shape), (flat // (height * width) * size + inside).reshape(shape)


def avg_pool3d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window of volumes; `divisor_override` divides its sum instead.

    >>> import taeda_tensor as tt
    >>> avg_pool3d(tt.arange(16.0).reshape(1, 2, 2, 4), 2).tolist()
    [[[[6.5, 8.5]]]]
    """
    kernel = _three(kernel_size)
    steps = kernel if stride is None else _three(stride)
    pads = _three(padding)
    # How many values a window counts is a product over its axes, so that means may be averaged.
    options = (ceil_mode, count_include_pad, None if divisor_override is None else 1)
    planes = avg_pool2d(_planes(input, "avg_pool3d"), kernel[1:], steps[1:], pads[1:], *options)
    height, width = planes.shape[-2:]
    columns = _as_columns(planes)
    means = avg_pool2d(columns, (kernel[0], 1), (steps[0], 1), (pads[0], 0), *options)
    means = means.reshape(*input.shape[:-3], means.shape[-2], height, width)
    return means if divisor_override is None else means / divisor_override


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """The mean over windows chosen so that volumes become `output_size`; None keeps that size.

    >>> import taeda_tensor as tt
    >>> adaptive_avg_pool3d(tt.arange(16.0).reshape(1, 2, 2, 4), (1, 1, None)).tolist()
    [[[[6.0, 7.0, 8.0, 9.0]]]]
    """
    depth, height, width = _three(output_size)
    planes = adaptive_avg_pool2d(_planes(input, "adaptive_avg_pool3d"), (height, width))
    means = adaptive_avg_pool2d(_as_columns(planes), (depth, None))
    return means.reshape(*input.shape[:-3], means.shape[-2], *planes.shape[-2:])


def _max_along(input: Tensor, dim: int, size: int) -> tuple[Tensor, Tensor]:
    """The largest value of each of `size` windows along a dimension, and its place there."""
    length = input.shape[dim]
    starts = [o * length // size for o in range(size)]
    ends = [-((o + 1) * length // -size) for o in range(size)]
    reach = max((e - s for s, e in zip(starts, ends, strict=True)), default=1)
    # Shorter windows repeat their last place.
    met = [min(s + j, e - 1) for s, e in zip(starts, ends, strict=True) for j in range(reach)]
    places = taeda_tensor.tensor(met, dtype=taeda_tensor.int64, device=input.device)
    shape = list(input.shape)
    windows = input.index_select(dim, places).reshape(*shape[:dim], size, reach, *shape[dim + 1 :])
    values, at = windows.max(dim + 1)
    firsts = taeda_tensor.arange(size, device=input.device) * reach
    at = at + firsts.reshape(size, *[1] * (len(shape) - dim - 1))
    return values, places.index_select(0, at.flatten()).reshape(at.shape)


def _max_of_even_windows(input: Tensor, window: list[int], return_indices: bool) -> Any:
    if len(window) == 2:
        return max_pool2d(input, window, return_indices=return_indices)
    result = max_pool2d(input.unsqueeze(-2), (1, *window), return_indices=return_indices)
    return tuple(part.squeeze(-2) for part in result) if return_indices else result.squeeze(-2)


def _adaptive_max(
    input: Tensor, sizes: Sequence[int | None], name: str, return_indices: bool
) -> Any:
    rank = len(sizes)
    if input.dim() not in (rank + 1, rank + 2) or 0 in input.shape[-rank:]:
        raise ValueError(
            f"{name}: the input must be (N, C, ...) or (C, ...) with {rank} dimensions that are "
            f"not empty after C, got {tuple(input.shape)}"
        )
    lengths = input.shape[-rank:]
    outputs = [n if size is None else size for n, size in zip(lengths, sizes, strict=True)]
    pairs = list(zip(lengths, outputs, strict=True))
    if rank < 3 and all(size > 0 and length % size == 0 for length, size in pairs):
        return _max_of_even_windows(input, [n // size for n, size in pairs], return_indices)
    values, indices, stride = input, None, 1
    for axis in reversed(range(rank)):
        dim = input.dim() - rank + axis
        length = input.shape[dim]
        values, at = _max_along(values, dim, outputs[axis])
        indices = at if indices is None else at * stride + indices.gather(dim, at)
        stride *= length
    return (values, indices) if return_indices else values


def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest values over windows chosen so that a signal becomes `output_size` long.

    >>> import taeda_tensor as tt
    >>> adaptive_max_pool1d(tt.tensor([[1.0, 3.0, 2.0, 0.0]]), 2).tolist()
    [[3.0, 2.0]]
    """
    (size,) = (output_size,) if isinstance(output_size, int) else output_size
    return _adaptive_max(input, (size,), "adaptive_max_pool1d", return_indices)


def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest values over windows chosen so that images become `output_size`.

    With `return_indices` also their flat indices in the plane; None keeps a size.

    >>> import taeda_tensor as tt
    >>> adaptive_max_pool2d(tt.arange(16.0).reshape(1, 4, 4), (1, None)).tolist()
    [[[12.0, 13.0, 14.0, 15.0]]]
    """
    height, width = (output_size,) * 2 if isinstance(output_size, int) else output_size
    return _adaptive_max(input, (height, width), "adaptive_max_pool2d", return_indices)


def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest values over windows chosen so that volumes become `output_size`.

    With `return_indices` also their flat indices in the volume; None keeps a size.

    >>> import taeda_tensor as tt
    >>> adaptive_max_pool3d(tt.arange(16.0).reshape(1, 2, 2, 4), (1, 2, 1)).tolist()
    [[[[11.0], [15.0]]]]
    """
    return _adaptive_max(input, _three(output_size), "adaptive_max_pool3d", return_indices)
