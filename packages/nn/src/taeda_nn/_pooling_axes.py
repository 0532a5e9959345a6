"""Pooling layers of volumes (N, C, D, H, W) or (C, D, H, W), and of adaptive maxima."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from taeda_tensor import Tensor

from . import functional as F
from ._module import Module
from ._pooling import _AdaptiveAvgPool, _AvgPool, _MaxPool


class MaxPool3d(_MaxPool):
    """The largest value of each window of volumes; `stride` defaults to `kernel_size`.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import MaxPool3d
    >>> MaxPool3d(2)(tt.arange(16.0).reshape(1, 2, 2, 4)).tolist()
    [[[[13.0, 15.0]]]]
    """

    _function = F.max_pool3d


class AvgPool3d(_AvgPool):
    """The mean of each window of volumes; `stride` defaults to `kernel_size`.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import AvgPool3d
    >>> AvgPool3d(2)(tt.arange(16.0).reshape(1, 2, 2, 4)).tolist()
    [[[[6.5, 8.5]]]]
    """

    _function = F.avg_pool3d


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """The mean over windows chosen so that volumes become `output_size`; None keeps a size.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import AdaptiveAvgPool3d
    >>> tuple(AdaptiveAvgPool3d((2, 5, None))(tt.zeros(1, 4, 8, 9)).shape)
    (1, 2, 5, 9)
    """

    _function = F.adaptive_avg_pool3d


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
