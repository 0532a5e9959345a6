"""Small functions that programs for PyTorch call by these names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taeda_tensor import _tensor
from taeda_tensor._cuda_memory import OutOfMemoryError as OutOfMemoryError
from taeda_tensor._registry import method
from taeda_tensor._tensor import Tensor

__all__ = [
    "OutOfMemoryError",
    "detach",
    "get_default_device",
    "get_device_module",
    "index_put_",
    "is_signed",
    "ldexp",
    "range",
    "to_dlpack",
    "typename",
]

_UNSIGNED = (_tensor.bool, _tensor.uint8)


@method
def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative numbers.

    >>> from taeda_tensor import tensor
    >>> is_signed(tensor([1.0])), is_signed(tensor([True]))
    (True, False)
    """
    return input.dtype not in _UNSIGNED


def detach(input: Tensor) -> Tensor:
    """The same memory without history: see `Tensor.detach`."""
    return input.detach()


def index_put_(
    input: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False
) -> Tensor:
    """In place: writes values at indices: see `Tensor.index_put_`."""
    return input.index_put_(tuple(indices), values, accumulate)


@method
def ldexp(input: Tensor, other: Tensor) -> Tensor:
    """x 2^y.

    >>> from taeda_tensor import tensor
    >>> ldexp(tensor([1.0]), tensor([3])).tolist()
    [8.0]
    """
    return input * _tensor.pow(2.0, other)


def get_default_device() -> _tensor.device:
    """Where new tensors are made: on the CPU.

    >>> get_default_device().type
    'cpu'
    """
    return _tensor.device("cpu")


def get_device_module(device: Any = None) -> Any:
    """The module of a type of device: `cpu` or `cuda`, by default that of the accelerator.

    >>> get_device_module("cpu").is_available()
    True
    """
    from taeda_tensor import accelerator, cpu, cuda

    if device is None:
        device = accelerator.current_accelerator() or "cpu"
    return cpu if _tensor.device(device).type == "cpu" else cuda


def range(
    start: float,
    end: float | None = None,
    step: float = 1,
    *,
    dtype: Any = None,
    device: Any = None,
) -> Tensor:
    """The numbers from start to end, the end among them; `arange` leaves it out.

    >>> range(1, 3).tolist()
    [1.0, 2.0, 3.0]
    """
    if end is None:
        start, end = 0, start
    if step == 0 or (end - start) * step < 0:
        raise RuntimeError(f"range: step must lead from start to end, got {start}, {end}, {step}")
    count = int((end - start) / step) + 1
    wanted = _tensor.get_default_dtype() if dtype is None else dtype
    places = _tensor.arange(count, dtype=_tensor.float64)
    return (places * step + start).to(device or "cpu", wanted)


def to_dlpack(tensor: Tensor) -> Any:
    """The memory as a DLPack capsule, for libraries that take no tensors."""
    return tensor.__dlpack__()


def typename(obj: Any) -> str:
    """The name of a tensor's type, or of the type of anything else.

    >>> from taeda_tensor import tensor
    >>> typename(tensor([1.0]))
    'taeda.FloatTensor'
    """
    if isinstance(obj, Tensor):
        return str(obj.type())
    kind = obj if isinstance(obj, type) else type(obj)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else (f"{kind.__module__}.{kind.__qualname__}")
    )


@method
def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """The sum over what was broadcast from that size; RuntimeError where none leads there.

    >>> from taeda_tensor import ones
    >>> ones(2, 3).sum_to_size(1, 3).tolist()
    [[2.0, 2.0, 2.0]]
    """
    sizes = tuple(size[0]) if len(size) == 1 and not isinstance(size[0], int) else size
    lead = self.dim() - len(sizes)
    pairs = zip(self.shape[max(lead, 0) :], sizes, strict=False)
    if lead < 0 or any(own != to and to != 1 for own, to in pairs):
        raise RuntimeError(
            f"sum_to_size: size {sizes} is not expandable to size {tuple(self.shape)}"
        )
    dims = [d for d in _dims(self) if d < lead or (sizes[d - lead] == 1 and self.shape[d] != 1)]
    return (self.sum(dims, keepdim=True) if dims else self).reshape(sizes)


def _dims(tensor: Tensor) -> list[int]:
    return [d for d, _ in enumerate(tensor.shape)]


@method
def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether both are the same view of the same memory."""
    return (
        self.data_ptr() == tensor.data_ptr()
        and self.shape == tensor.shape
        and self.stride() == tensor.stride()
        and self.storage_offset() == tensor.storage_offset()
    )


@method
def swapaxes_(self: Tensor, axis0: int, axis1: int) -> Tensor:
    """In place: two dimensions exchanged."""
    return self.transpose_(axis0, axis1)


@method
def new(self: Tensor, *args: Any) -> Tensor:
    """A tensor of the same dtype and device: of data, or of sizes without values."""
    if len(args) == 1 and not isinstance(args[0], int):
        return self.new_tensor(args[0])
    return self.new_empty(args or (0,))
