"""The names of PyTorch's old tensor types, which `type()` still speaks."""

from __future__ import annotations

from typing import Any

from taeda_tensor import _tensor
from taeda_tensor._registry import alias
from taeda_tensor._tensor import Tensor

__all__ = [
    "BFloat16Tensor",
    "BoolTensor",
    "ByteTensor",
    "CharTensor",
    "DoubleTensor",
    "FloatTensor",
    "HalfTensor",
    "IntTensor",
    "LongTensor",
    "ShortTensor",
]


class _LegacyType(type):
    """Makes a class callable like a function, and lets `isinstance` look at the dtype."""

    dtype: _tensor.dtype
    device_type: str = "cpu"

    def __instancecheck__(cls, instance: object) -> bool:
        return (
            isinstance(instance, Tensor)
            and instance.dtype is cls.dtype
            and instance.device.type == cls.device_type
        )

    def __call__(cls, *args: Any) -> Tensor:
        if len(args) == 1 and not isinstance(args[0], int):
            return _tensor.tensor(args[0], dtype=cls.dtype, device=cls.device_type)
        return _tensor.empty(*args or (0,), dtype=cls.dtype, device=cls.device_type)


class FloatTensor(metaclass=_LegacyType):
    """The float32 tensors; called with data or sizes it makes one."""

    dtype = _tensor.float32


class DoubleTensor(metaclass=_LegacyType):
    """The float64 tensors; called with data or sizes it makes one."""

    dtype = _tensor.float64


class HalfTensor(metaclass=_LegacyType):
    """The float16 tensors; called with data or sizes it makes one."""

    dtype = _tensor.float16


class BFloat16Tensor(metaclass=_LegacyType):
    """The bfloat16 tensors; called with data or sizes it makes one."""

    dtype = _tensor.bfloat16


class ByteTensor(metaclass=_LegacyType):
    """The uint8 tensors; called with data or sizes it makes one."""

    dtype = _tensor.uint8


class CharTensor(metaclass=_LegacyType):
    """The int8 tensors; called with data or sizes it makes one."""

    dtype = _tensor.int8


class ShortTensor(metaclass=_LegacyType):
    """The int16 tensors; called with data or sizes it makes one."""

    dtype = _tensor.int16


class IntTensor(metaclass=_LegacyType):
    """The int32 tensors; called with data or sizes it makes one."""

    dtype = _tensor.int32


class LongTensor(metaclass=_LegacyType):
    """The int64 tensors; called with data or sizes it makes one."""

    dtype = _tensor.int64


class BoolTensor(metaclass=_LegacyType):
    """The bool tensors; called with data or sizes it makes one."""

    dtype = _tensor.bool


_TYPES: dict[str, _LegacyType] = {name: globals()[name] for name in __all__}
# The same for CUDA devices: they are found in `cuda`.
CUDA_TYPES = {
    name: _LegacyType(
        name,
        (),
        {
            "dtype": kind.dtype,
            "device_type": "cuda",
            "__module__": "taeda_tensor.cuda",
            "__doc__": f"The {kind.dtype} tensors of CUDA devices; called it makes one.",
        },
    )
    for name, kind in _TYPES.items()
}


def _type(self: Tensor, dtype: Any = None, non_blocking: bool = False, **_: Any) -> Any:
    """The name of the tensor's type, or the elements in another dtype (a dtype or such a name).

    >>> from taeda_tensor import tensor
    >>> tensor([1.0]).type()
    'taeda.FloatTensor'
    """
    if dtype is None:
        name = next(name for name, known in _TYPES.items() if known.dtype is self.dtype)
        return f"taeda.cuda.{name}" if self.is_cuda else f"taeda.{name}"
    if isinstance(dtype, str):
        *path, short = dtype.split(".")
        if short not in _TYPES:
            raise ValueError(f"type: invalid type: {dtype!r}; pass a dtype such as float32")
        dtype = (CUDA_TYPES if "cuda" in path else _TYPES)[short]
    if isinstance(dtype, _LegacyType):
        return self.to(dtype.device_type, dtype.dtype)
    return self.to(dtype)


alias("type", _type)
