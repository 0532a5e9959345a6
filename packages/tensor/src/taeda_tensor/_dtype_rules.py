"""What a dtype holds, and questions about tensors that need no tensor."""

from __future__ import annotations

from typing import Any

from taeda_tensor import _tensor
from taeda_tensor._tensor import Tensor

__all__ = [
    "can_cast",
    "finfo",
    "iinfo",
    "is_floating_point",
    "is_storage",
    "is_tensor",
    "numel",
    "promote_types",
    "result_type",
    "set_default_device",
    "set_default_tensor_type",
]

can_cast = _tensor.can_cast
promote_types = _tensor.promote_types
result_type = _tensor.result_type

# dtype: (bits, digits of the significand after the first, largest exponent, decimal digits)
_FLOATS = {
    _tensor.float16: (16, 10, 15, 3),
    _tensor.bfloat16: (16, 7, 127, 2),
    _tensor.float32: (32, 23, 127, 6),
    _tensor.float64: (64, 52, 1023, 15),
}
_INTEGERS = {
    _tensor.uint8: (8, False),
    _tensor.int8: (8, True),
    _tensor.int16: (16, True),
    _tensor.int32: (32, True),
    _tensor.int64: (64, True),
}


class finfo:
    """The limits of a floating-point dtype: bits, eps, max, min, tiny, smallest_normal, resolution.

    >>> finfo(_tensor.float32).eps
    1.1920928955078125e-07
    """

    def __init__(self, type: Any = None) -> None:
        dtype = _tensor.get_default_dtype() if type is None else type
        if dtype not in _FLOATS:
            raise TypeError(f"finfo: a floating-point dtype is needed, got {dtype!r}; use iinfo")
        self.bits, digits, exponent, decimals = _FLOATS[dtype]
        self.dtype = str(dtype).removeprefix("taeda.")
        self.eps = 2.0**-digits
        self.max = (2.0 - 2.0**-digits) * 2.0**exponent
        self.min = -self.max
        self.tiny = self.smallest_normal = 2.0 ** (1 - exponent)
        self.resolution = 10.0**-decimals

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, "
            f"eps={self.eps:g}, smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, "
            f"dtype={self.dtype})"
        )


class iinfo:
    """The limits of an integer dtype: bits, min, max.

    >>> iinfo(_tensor.int8).max
    127
    """

    def __init__(self, type: Any) -> None:
        if type not in _INTEGERS:
            raise TypeError(f"iinfo: an integer dtype is needed, got {type!r}; use finfo")
        self.bits, signed = _INTEGERS[type]
        self.dtype = str(type).removeprefix("taeda.")
        self.min = -(2 ** (self.bits - 1)) if signed else 0
        self.max = 2 ** (self.bits - signed) - 1

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


def is_tensor(obj: Any) -> bool:
    """Whether an object is a tensor."""
    return isinstance(obj, Tensor)


def is_storage(obj: Any) -> bool:
    """Whether an object is the memory of a tensor."""
    from taeda_tensor._storage import UntypedStorage

    return isinstance(obj, UntypedStorage)


def is_floating_point(input: Tensor) -> bool:
    """Whether the elements are floating-point numbers."""
    return input.is_floating_point()


def numel(input: Tensor) -> int:
    """The number of elements."""
    return input.numel()


def set_default_device(device: Any) -> None:
    """Where new tensors are made: only the CPU can be the default."""
    if device is not None and _tensor.device(device).type != "cpu":
        raise RuntimeError(
            f"set_default_device: only the CPU can be the default, got {device!r}; "
            "pass device= where a tensor is made"
        )


def set_default_tensor_type(t: Any) -> None:
    """Sets the dtype of new float tensors by the name of an old tensor type."""
    name = t if isinstance(t, str) else t.__name__
    dtypes = {
        "FloatTensor": _tensor.float32,
        "DoubleTensor": _tensor.float64,
        "HalfTensor": _tensor.float16,
        "BFloat16Tensor": _tensor.bfloat16,
    }
    short = name.rsplit(".", 1)[-1]
    if short not in dtypes:
        raise TypeError(f"set_default_tensor_type: expected one of {sorted(dtypes)}, got {name!r}")
    _tensor.set_default_dtype(dtypes[short])
