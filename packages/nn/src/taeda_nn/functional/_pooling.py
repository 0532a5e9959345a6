"""Pooling over windows of the last two dimensions; input (N, C, H, W) or (C, H, W)."""

from __future__ import annotations

from typing import Any

import taeda_tensor
from taeda_tensor import Tensor, avg_pool2d as avg_pool2d


def max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest value of each window, with `return_indices` also its flat index in the plane.

    >>> import taeda_tensor as tt
    >>> max_pool2d(tt.arange(16.0).reshape(1, 4, 4), 2).tolist()
    [[[5.0, 7.0], [13.0, 15.0]]]
    """
    if return_indices:
        return taeda_tensor.max_pool2d_with_indices(
            input, kernel_size, stride, padding, dilation, ceil_mode
        )
    return taeda_tensor.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = True,
) -> tuple[Tensor, Tensor]:
    """The largest value of each window and its flat index in the plane."""
    values, indices = max_pool2d(
        input, kernel_size, stride, padding, dilation, ceil_mode, return_indices=True
    )
    return values, indices


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The mean over windows chosen so that the result is `output_size`; None keeps that size.

    >>> import taeda_tensor as tt
    >>> adaptive_avg_pool2d(tt.arange(16.0).reshape(1, 4, 4), (1, None)).tolist()
    [[[6.0, 7.0, 8.0, 9.0]]]
    """
    if isinstance(output_size, int):
        return taeda_tensor.adaptive_avg_pool2d(input, (output_size, output_size))
    height, width = output_size
    if height is None:
        height = input.shape[-2]
    if width is None:
        width = input.shape[-1]
    return taeda_tensor.adaptive_avg_pool2d(input, (height, width))
