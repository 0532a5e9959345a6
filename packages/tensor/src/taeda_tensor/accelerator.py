"""Whatever device is faster than the CPU, under names that do not say which: CUDA, or none."""

from __future__ import annotations

from typing import Any

from taeda_tensor import _cuda_devices, _cuda_memory, _cuda_streams
from taeda_tensor._tensor import device as _device


def is_available() -> bool:
    """Whether there is an accelerator.

    >>> import taeda_tensor as torch
    >>> device = torch.accelerator.current_accelerator() or torch.device("cpu")
    >>> torch.accelerator.is_available() == (device.type != "cpu")
    True
    """
    return _cuda_devices.is_available()


def current_accelerator(check_available: bool = False) -> _device | None:
    """The type of the accelerator as a device without an index; None where there is none."""
    del check_available  # without a device there are no kernels for one either
    return _device("cuda") if is_available() else None


def device_count() -> int:
    """The number of devices; 0 without an accelerator."""
    return _cuda_devices.device_count()


def current_device_index() -> int:
    """The index of the device that work goes to in this thread."""
    return _cuda_devices.current_device()


def set_device_index(device: Any) -> None:
    """Makes a device the one that work goes to in this thread."""
    _cuda_devices.set_device(device)


def current_stream(device: Any = None) -> Any:
    """The stream that work on the device goes to."""
    return _cuda_streams.current_stream(device)


def synchronize(device: Any = None) -> None:
    """Waits until the device has done all its work."""
    _cuda_devices.synchronize(device)


def empty_cache() -> None:
    """Gives memory that is kept for reuse back to the device."""
    _cuda_memory.empty_cache()


def memory_allocated(device: Any = None) -> int:
    """The bytes that tensors of the device hold."""
    return _cuda_memory.memory_allocated(device)


def memory_reserved(device: Any = None) -> int:
    """The bytes that were taken from the device."""
    return _cuda_memory.memory_reserved(device)


def max_memory_allocated(device: Any = None) -> int:
    """The most that tensors ever held."""
    return _cuda_memory.max_memory_allocated(device)
