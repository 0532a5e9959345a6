"""Padding of one to three dimensions as modules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from taeda_tensor import Tensor

from . import functional as F
from ._module import Module


class _Pad(Module):
    """Pads the last dimensions; `padding` is one number, or pairs from the last dimension on."""

    _dims: ClassVar[int]
    _mode: ClassVar[str]
    _value: float | None = None

    def __init__(self, padding: int | Sequence[int]) -> None:
        super().__init__()
        count = 2 * self._dims
        sizes = (padding,) * count if isinstance(padding, int) else tuple(padding)
        if len(sizes) != count:
            raise ValueError(
                f"{type(self).__name__}: padding must be an int or {count} ints, got {padding}"
            )
        self.padding = sizes

    def forward(self, input: Tensor) -> Tensor:
        if self._mode != "constant" and input.dim() not in (self._dims + 1, self._dims + 2):
            raise ValueError(
                f"{type(self).__name__}: expected {self._dims + 1}D or {self._dims + 2}D input "
                f"(got {input.dim()}D input)"
            )
        return F.pad(input, self.padding, self._mode, self._value)

    def extra_repr(self) -> str:
        return str(self.padding)


class _ConstantPad(_Pad):
    _mode = "constant"

    def __init__(self, padding: int | Sequence[int], value: float) -> None:
        super().__init__(padding)
        self.value = self._value = value

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """Pads the last dimension with a value.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import ConstantPad1d
    >>> ConstantPad1d((1, 0), 7.0)(tt.zeros(1, 2)).tolist()
    [[7.0, 0.0, 0.0]]
    """

    _dims = 1


class ConstantPad2d(_ConstantPad):
    """Pads the last two dimensions with a value."""

    _dims = 2


class ConstantPad3d(_ConstantPad):
    """Pads the last three dimensions with a value."""

    _dims = 3


class _ZeroPad(_Pad):
    _mode = "constant"
    _value = 0.0


class ZeroPad1d(_ZeroPad):
    """Pads the last dimension with zeros."""

    _dims = 1


class ZeroPad2d(_ZeroPad):
    """Pads the last two dimensions with zeros.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import ZeroPad2d
    >>> tuple(ZeroPad2d(1)(tt.zeros(1, 1, 2, 2)).shape)
    (1, 1, 4, 4)
    """

    _dims = 2


class ZeroPad3d(_ZeroPad):
    """Pads the last three dimensions with zeros."""

    _dims = 3


class ReflectionPad1d(_Pad):
    """Pads the last dimension with its reflection, without the edge.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import ReflectionPad1d
    >>> ReflectionPad1d(1)(tt.arange(3.0).reshape(1, 3)).tolist()
    [[1.0, 0.0, 1.0, 2.0, 1.0]]
    """

    _dims, _mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """Pads the last two dimensions with their reflection."""

    _dims, _mode = 2, "reflect"


class ReflectionPad3d(_Pad):
    """Pads the last three dimensions with their reflection."""

    _dims, _mode = 3, "reflect"


class ReplicationPad1d(_Pad):
    """Pads the last dimension with its edge."""

    _dims, _mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """Pads the last two dimensions with their edges."""

    _dims, _mode = 2, "replicate"


class ReplicationPad3d(_Pad):
    """Pads the last three dimensions with their edges."""

    _dims, _mode = 3, "replicate"


class CircularPad1d(_Pad):
    """Pads the last dimension with its other end."""

    _dims, _mode = 1, "circular"


class CircularPad2d(_Pad):
    """Pads the last two dimensions with their other ends."""

    _dims, _mode = 2, "circular"


class CircularPad3d(_Pad):
    """Pads the last three dimensions with their other ends."""

    _dims, _mode = 3, "circular"
