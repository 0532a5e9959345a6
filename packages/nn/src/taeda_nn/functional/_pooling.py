"""Pooling over windows of the last dimension or two; input (N, C, ...) or (C, ...)."""

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


def _along_rows(size: Any, other: int) -> tuple[int, int]:
    """What a size along a signal is for an image of height one."""
    (length,) = (size,) if isinstance(size, int) else size
    return other, length


def max_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest value of each window of (N, C, L) or (C, L), with `return_indices` its index too.

    >>> import taeda_tensor as tt
    >>> max_pool1d(tt.tensor([[1.0, 3.0, 2.0, 0.0]]), 2).tolist()
    [[3.0, 2.0]]
    """
    result = max_pool2d(
        input.unsqueeze(-2),
        _along_rows(kernel_size, 1),
        None if stride is None else _along_rows(stride, 1),
        _along_rows(padding, 0),
        _along_rows(dilation, 1),
        ceil_mode,
        return_indices,
    )
    if return_indices:
        values, indices = result
        return values.squeeze(-2), indices.squeeze(-2)
    return result.squeeze(-2)


def avg_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window of (N, C, L) or (C, L).

    >>> import taeda_tensor as tt
    >>> avg_pool1d(tt.tensor([[1.0, 3.0, 2.0, 0.0]]), 2).tolist()
    [[2.0, 1.0]]
    """
    return avg_pool2d(
        input.unsqueeze(-2),
        _along_rows(kernel_size, 1),
        None if stride is None else _along_rows(stride, 1),
        _along_rows(padding, 0),
        ceil_mode,
        count_include_pad,
    ).squeeze(-2)


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """The mean over windows chosen so that (N, C, L) or (C, L) becomes `output_size` long.

    >>> import taeda_tensor as tt
    >>> adaptive_avg_pool1d(tt.tensor([[1.0, 3.0, 2.0, 0.0]]), 1).tolist()
    [[1.5]]
    """
    return adaptive_avg_pool2d(input.unsqueeze(-2), _along_rows(output_size, 1)).squeeze(-2)
