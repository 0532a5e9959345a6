"""Convolution layers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from taeda_tensor import (
    Tensor,
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
    empty,
)

from . import functional as F, init
from ._module import Module
from .parameter import Parameter

_PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


def _sizes(value: Any, count: int) -> tuple[int, ...]:
    if isinstance(value, int):
        return (value,) * count
    values = tuple(value)
    return values * count if len(values) == 1 else values


class _Convolution(Module):
    """What the layers of one to three dimensions share: parameters, their initial values, names."""

    weight: Parameter
    bias: Parameter | None
    _dims: ClassVar[int]
    _function: ClassVar[Callable[..., Tensor]]
    _transposed: ClassVar[bool] = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        output_padding: Any,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any,
        dtype: Any,
    ) -> None:
        super().__init__()
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups != 0:
            raise ValueError("out_channels must be divisible by groups")
        if padding_mode not in _PADDING_MODES:
            raise ValueError(
                f"padding_mode must be one of {set(_PADDING_MODES)}, "
                f"but got padding_mode='{padding_mode}'"
            )
        dims = self._dims
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = _sizes(kernel_size, dims)
        self.stride = _sizes(stride, dims)
        self.padding: str | tuple[int, ...] = self._read_padding(padding)
        self.dilation = _sizes(dilation, dims)
        self.transposed = self._transposed
        self.output_padding = _sizes(output_padding, dims)
        self.groups = groups
        self.padding_mode = padding_mode
        channels = (out_channels, in_channels // groups)
        if self._transposed:
            channels = (in_channels, out_channels // groups)
        self.weight = Parameter(empty((*channels, *self.kernel_size), device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _read_padding(self, padding: Any) -> str | tuple[int, ...]:
        if not isinstance(padding, str):
            return _sizes(padding, self._dims)
        if padding not in ("same", "valid"):
            raise ValueError(
                f"Invalid padding string {padding!r}, should be one of {{'valid', 'same'}}"
            )
        if padding == "same" and any(step != 1 for step in self.stride):
            raise ValueError("padding='same' is not supported for strided convolutions")
        return padding

    def reset_parameters(self) -> None:
        """Draws weight and bias anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in = math.prod(self.weight.shape[1:])
            if fan_in != 0:
                bound = 1 / math.sqrt(fan_in)
                init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}"
        )
        zeros, ones = (0,) * self._dims, (1,) * self._dims
        if self.padding != zeros:
            text += f", padding={self.padding}"
        if self.dilation != ones:
            text += f", dilation={self.dilation}"
        if self.output_padding != zeros:
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


class _Conv(_Convolution):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            0,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight, self.bias)

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = F.pad(input, self._pad_sizes(), mode=self.padding_mode), (0,)
        function = type(self)._function
        return function(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def _pad_sizes(self) -> list[int]:
        """(left, right) pairs from the last dimension backwards."""
        if self.padding == "valid":
            return [0, 0] * self._dims
        sizes = []
        for d in reversed(range(self._dims)):
            if isinstance(self.padding, str):
                total = self.dilation[d] * (self.kernel_size[d] - 1)
                sizes += [total // 2, total - total // 2]
            else:
                sizes += [self.padding[d], self.padding[d]]
        return sizes


class Conv1d(_Conv):
    """Cross-correlation of signals: y[o] = b[o] + sum_c w[o, c] * x[c].

    Input (N, C, L) or (C, L); weight (O, C / groups, k) and bias start uniform in
    +-1 / sqrt(C / groups k). `padding` is sizes, "valid" or "same". ValueError for groups that do
    not divide the channels, unknown words, and "same" with a stride.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import Conv1d
    >>> tuple(Conv1d(3, 8, 5, stride=2)(tt.zeros(4, 3, 15)).shape)
    (4, 8, 6)
    """

    _dims = 1
    _function = conv1d


class Conv2d(_Conv):
    """Cross-correlation of planes: y[o] = b[o] + sum_c w[o, c] * x[c].

    Input (N, C, H, W) or (C, H, W); weight (O, C / groups, kH, kW) and bias start uniform in
    +-1 / sqrt(C / groups kH kW). `padding` is sizes, "valid" or "same". ValueError for groups that
    do not divide the channels, unknown words, and "same" with a stride.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import Conv2d
    >>> tuple(Conv2d(3, 8, 3, stride=2, padding=1)(tt.zeros(4, 3, 16, 16)).shape)
    (4, 8, 8, 8)
    """

    _dims = 2
    _function = conv2d


class Conv3d(_Conv):
    """Cross-correlation of volumes: y[o] = b[o] + sum_c w[o, c] * x[c].

    Input (N, C, D, H, W) or (C, D, H, W); weight (O, C / groups, kD, kH, kW) and bias start
    uniform in +-1 / sqrt(C / groups kD kH kW). `padding` is sizes, "valid" or "same". ValueError
    for groups that do not divide the channels, unknown words, and "same" with a stride.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import Conv3d
    >>> tuple(Conv3d(3, 8, 3, padding="same")(tt.zeros(4, 3, 5, 6, 7)).shape)
    (4, 8, 5, 6, 7)
    """

    _dims = 3
    _function = conv3d


class _ConvTranspose(_Convolution):
    _transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(
                f'Only "zeros" padding mode is supported for {type(self).__name__}, '
                f"got {padding_mode!r}"
            )
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            output_padding,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        added = self.output_padding
        if output_size is not None:
            added = self._padding_for(input, output_size)
        function = type(self)._function
        return function(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            added,
            self.groups,
            self.dilation,
        )

    def _padding_for(self, input: Tensor, output_size: Sequence[int]) -> tuple[int, ...]:
        """The output padding that gives `output_size`, which may include batch and channels."""
        dims = self._dims
        if len(output_size) not in (dims, input.dim()):
            raise ValueError(
                f"{type(self).__name__}: for {input.dim()}D input, output_size must have {dims} or "
                f"{input.dim()} elements (got {len(output_size)})"
            )
        wanted = tuple(output_size)[-dims:]
        padding = self.padding
        assert not isinstance(padding, str)
        smallest = [
            (input.shape[d - dims] - 1) * self.stride[d]
            - 2 * padding[d]
            + self.dilation[d] * (self.kernel_size[d] - 1)
            + 1
            for d in range(dims)
        ]
        largest = [size + step - 1 for size, step in zip(smallest, self.stride, strict=True)]
        bounds = zip(wanted, smallest, largest, strict=True)
        if any(not low <= size <= high for size, low, high in bounds):
            raise ValueError(
                f"requested an output size of {wanted}, but valid sizes range from {smallest} to "
                f"{largest} (for an input of {tuple(input.shape[-dims:])})"
            )
        return tuple(size - low for size, low in zip(wanted, smallest, strict=True))

    def _read_padding(self, padding: Any) -> tuple[int, ...]:
        return _sizes(padding, self._dims)


class ConvTranspose1d(_ConvTranspose):
    """The transpose of Conv1d, seen as a matrix: every x[c] adds x[c] w[c, o] to the outputs o.

    Input (N, C, L) or (C, L); weight (C, O / groups, k) and bias start uniform in
    +-1 / sqrt(O / groups k). Of the sizes that `stride` shrinks to that of the input,
    `output_padding`, or `output_size` of a call, chooses one. ValueError for groups that do not
    divide the channels, and for sizes that do not fit.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import ConvTranspose1d
    >>> tuple(ConvTranspose1d(3, 8, 4, stride=2, padding=1)(tt.zeros(4, 3, 6)).shape)
    (4, 8, 12)
    """

    _dims = 1
    _function = conv_transpose1d


class ConvTranspose2d(_ConvTranspose):
    """The transpose of Conv2d, seen as a matrix: every x[c] adds x[c] w[c, o] to the outputs o.

    Input (N, C, H, W) or (C, H, W); weight (C, O / groups, kH, kW) and bias start uniform in
    +-1 / sqrt(O / groups kH kW). Of the sizes that `stride` shrinks to that of the input,
    `output_padding`, or `output_size` of a call, chooses one. ValueError for groups that do not
    divide the channels, and for sizes that do not fit.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import ConvTranspose2d
    >>> layer = ConvTranspose2d(3, 8, 3, stride=2, padding=1)
    >>> tuple(layer(tt.zeros(4, 3, 8, 8), output_size=(16, 15)).shape)
    (4, 8, 16, 15)
    """

    _dims = 2
    _function = conv_transpose2d


class ConvTranspose3d(_ConvTranspose):
    """The transpose of Conv3d, seen as a matrix: every x[c] adds x[c] w[c, o] to the outputs o.

    Input (N, C, D, H, W) or (C, D, H, W); weight (C, O / groups, kD, kH, kW) and bias start
    uniform in +-1 / sqrt(O / groups kD kH kW). Of the sizes that `stride` shrinks to that of the
    input, `output_padding`, or `output_size` of a call, chooses one. ValueError for groups that do
    not divide the channels, and for sizes that do not fit.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import ConvTranspose3d
    >>> tuple(ConvTranspose3d(3, 2, 2, stride=2)(tt.zeros(1, 3, 2, 3, 4)).shape)
    (1, 2, 4, 6, 8)
    """

    _dims = 3
    _function = conv_transpose3d
