"""Pooling layers; input (N, C, H, W) or (C, H, W), of signals (N, C, L) or (C, L)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from taeda_tensor import Tensor

from . import functional as F
from ._module import Module


def _single(value: Any) -> tuple[int, ...]:
    return (value,) if isinstance(value, int) else tuple(value)


class _MaxPool(Module):
    _function: ClassVar[Callable[..., Any]]

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        function = type(self)._function
        return function(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.return_indices,
        )

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest value of each window of a signal; `stride` defaults to `kernel_size`.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import MaxPool1d
    >>> MaxPool1d(2)(tt.tensor([[1.0, 3.0, 2.0, 0.0]])).tolist()
    [[3.0, 2.0]]
    """

    _function = F.max_pool1d


class MaxPool2d(_MaxPool):
    """The largest value of each window; `stride` defaults to `kernel_size`.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import MaxPool2d
    >>> MaxPool2d(2)(tt.arange(16.0).reshape(1, 4, 4)).tolist()
    [[[5.0, 7.0], [13.0, 15.0]]]
    """

    _function = F.max_pool2d


class AvgPool1d(Module):
    """The mean of each window of a signal; `stride` defaults to `kernel_size`.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import AvgPool1d
    >>> AvgPool1d(2)(tt.tensor([[1.0, 3.0, 2.0, 0.0]])).tolist()
    [[2.0, 1.0]]
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = _single(kernel_size)
        self.stride = self.kernel_size if stride is None else _single(stride)
        self.padding = _single(padding)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool1d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AvgPool(Module):
    _function: ClassVar[Callable[..., Tensor]]

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        return type(self)._function(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(_AvgPool):
    """The mean of each window; `stride` defaults to `kernel_size`.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import AvgPool2d
    >>> AvgPool2d(2)(tt.arange(16.0).reshape(1, 4, 4)).tolist()
    [[[2.5, 4.5], [10.5, 12.5]]]
    """

    _function = F.avg_pool2d


class _AdaptiveAvgPool(Module):
    _function: ClassVar[Callable[..., Tensor]]

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return type(self)._function(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The mean over windows chosen so that the result has `output_size`; None keeps a size.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import AdaptiveAvgPool2d
    >>> tuple(AdaptiveAvgPool2d((5, None))(tt.zeros(1, 8, 9)).shape)
    (1, 5, 9)
    """

    _function = F.adaptive_avg_pool2d


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """The mean over windows of a signal chosen so that the result is `output_size` long.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import AdaptiveAvgPool1d
    >>> tuple(AdaptiveAvgPool1d(5)(tt.zeros(2, 8, 9)).shape)
    (2, 8, 5)
    """

    _function = F.adaptive_avg_pool1d
