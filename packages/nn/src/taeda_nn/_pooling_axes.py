"""Pooling layers of volumes (N, C, D, H, W) or (C, D, H, W), and of adaptive maxima."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from taeda_tensor import Tensor

from . import functional as F
from ._module import Module
from ._pooling import _MaxPool


class MaxPool3d(_MaxPool):
    """The largest value of each window of volumes; `stride` defaults to `kernel_size`.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import MaxPool3d
    >>> MaxPool3d(2)(tt.arange(16.0).reshape(1, 2, 2, 4)).tolist()
    [[[[13.0, 15.0]]]]
    """

    _function = F.max_pool3d


class AvgPool3d(Module):
    """The mean of each window of volumes; `stride` defaults to `kernel_size`.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import AvgPool3d
    >>> AvgPool3d(2)(tt.arange(16.0).reshape(1, 2, 2, 4)).tolist()
    [[[[6.5, 8.5]]]]
    """

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
        return F.avg_pool3d(
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


class AdaptiveAvgPool3d(Module):
    """The mean over windows chosen so that volumes become `output_size`; None keeps a size.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import AdaptiveAvgPool3d
    >>> tuple(AdaptiveAvgPool3d((2, 5, None))(tt.zeros(1, 4, 8, 9)).shape)
    (1, 2, 5, 9)
    """

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool3d(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class _AdaptiveMaxPool(Module):
    _function: ClassVar[Callable[..., Any]]

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        return type(self)._function(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest values over windows chosen so that a signal becomes `output_size` long.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import AdaptiveMaxPool1d
    >>> AdaptiveMaxPool1d(2)(tt.tensor([[1.0, 3.0, 2.0, 0.0]])).tolist()
    [[3.0, 2.0]]
    """

    _function = F.adaptive_max_pool1d


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest values over windows chosen so that images become `output_size`; None keeps one.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import AdaptiveMaxPool2d
    >>> tuple(AdaptiveMaxPool2d((5, None))(tt.zeros(1, 8, 9)).shape)
    (1, 5, 9)
    """

    _function = F.adaptive_max_pool2d


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest values over windows chosen so that volumes become `output_size`; None keeps one.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import AdaptiveMaxPool3d
    >>> tuple(AdaptiveMaxPool3d((2, 5, None))(tt.zeros(1, 4, 8, 9)).shape)
    (1, 2, 5, 9)
    """

    _function = F.adaptive_max_pool3d
