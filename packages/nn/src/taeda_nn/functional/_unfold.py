"""The windows of images as columns, and columns as images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import taeda_tensor
from taeda_tensor import Tensor

from ._shape import pad


def _pair(value: int | Sequence[int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def _windows(
    size: Sequence[int], kernel: Any, dilation: Any, padding: Any, stride: Any, name: str
) -> list[tuple[range, slice, int]]:
    """For height and width: the taps, how a tap's places start and step, their number."""
    axes = []
    for n, k, d, p, s in zip(
        size, _pair(kernel), _pair(dilation), _pair(padding), _pair(stride), strict=True
    ):
        count = (n + 2 * p - d * (k - 1) - 1) // s + 1
        if count < 1:
            raise RuntimeError(
                f"{name}: the kernel {kernel} with dilation {dilation} does not fit into "
                f"{tuple(size)} with padding {padding}"
            )
        axes.append((range(0, d * k, d), slice(0, s * (count - 1) + 1, s), count))
    return axes


def _places(taps: range, places: slice, count: int, device: Any) -> Tensor:
    """Where the places (taps, count) of an axis lie."""
    first = taeda_tensor.arange(taps.start, taps.stop, taps.step, device=device).unsqueeze(1)
    end = places.step * count
    return first + taeda_tensor.arange(0, end, places.step, device=device)


def _from(places: slice, tap: int) -> slice:
    return slice(places.start + tap, places.stop + tap, places.step)


def unfold(
    input: Tensor,
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Tensor:
    """The windows of images (N, C, H, W) as columns (N, C kh kw, L).

    >>> import taeda_tensor as tt
    >>> unfold(tt.arange(4.0).reshape(1, 1, 2, 2), (1, 2))[0].tolist()
    [[0.0, 2.0], [1.0, 3.0]]
    """
    batched = input.dim() == 4
    x = input if batched else input.unsqueeze(0)
    if x.dim() != 4:
        raise RuntimeError(f"unfold: images (N, C, H, W) are needed, got {tuple(input.shape)}")
    rows, columns = _windows(x.shape[2:], kernel_size, dilation, padding, stride, "unfold")
    height, width = _pair(padding)
    if height or width:
        x = pad(x, (width, width, height, height))
    parts = [x[:, :, _from(rows[1], i), _from(columns[1], j)] for i in rows[0] for j in columns[0]]
    result = taeda_tensor.stack(parts, 2).reshape(x.shape[0], x.shape[1] * len(parts), -1)
    return result if batched else result.squeeze(0)


def fold(
    input: Tensor,
    output_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Tensor:
    """Images (N, C, H, W) of columns (N, C kh kw, L): windows added where they overlap.

    >>> import taeda_tensor as tt
    >>> fold(tt.ones(1, 2, 2), (1, 3), (1, 2)).tolist()
    [[[[1.0, 2.0, 1.0]]]]
    """
    batched = input.dim() == 3
    x = input if batched else input.unsqueeze(0)
    size = _pair(output_size)
    rows, columns = _windows(size, kernel_size, dilation, padding, stride, "fold")
    taps = len(rows[0]) * len(columns[0])
    if x.dim() != 3 or x.shape[1] % taps or x.shape[2] != rows[2] * columns[2]:
        raise RuntimeError(
            f"fold: columns (N, C * {taps}, {rows[2] * columns[2]}) are needed, "
            f"got {tuple(input.shape)}"
        )
    height, width = (n + 2 * p for n, p in zip(size, _pair(padding), strict=True))
    parts = x.reshape(x.shape[0], x.shape[1] // taps, taps * x.shape[2])
    # Where each element of a window lies in the padded image, read row by row.
    down, across = (_places(*axis, device=x.device) for axis in (rows, columns))
    places = (down[:, None, :, None] * width + across[None, :, None, :]).reshape(-1)
    sums = parts.new_zeros(*parts.shape[:2], height * width).index_add_(2, places, parts)
    top, left = _pair(padding)
    result = sums.reshape(*parts.shape[:2], height, width)
    result = result[:, :, top : top + size[0], left : left + size[1]].contiguous()
    return result if batched else result.squeeze(0)
