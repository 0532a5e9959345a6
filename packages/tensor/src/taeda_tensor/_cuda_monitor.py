"""What the driver's monitor says of a device: its load, temperature, power, clock and processes.

The monitor is the library libnvidia-ml.so.1, which comes with the driver. It is opened at the first
question.
"""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Iterable
from typing import Any

from taeda_tensor._cuda_devices import current_device, index_of, init

__all__ = [
    "clock_rate",
    "device_memory_used",
    "list_gpu_processes",
    "memory_usage",
    "power_draw",
    "temperature",
    "utilization",
]

LIBRARY = "libnvidia-ml.so.1"
# Numbers of the interface.
SUCCESS, INSUFFICIENT_SIZE = 0, 7
TEMPERATURE_OF_GPU, CLOCK_OF_MULTIPROCESSORS = 0, 1
UNKNOWN_MEMORY = ctypes.c_ulonglong(-1).value


class Memory(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_ulonglong) for name in ("total", "free", "used"))


class Utilization(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint) for name in ("gpu", "memory"))


class Process(ctypes.Structure):
    _fields_ = (
        ("pid", ctypes.c_uint),
        ("used_memory", ctypes.c_ulonglong),
        ("gpu_instance", ctypes.c_uint),
        ("compute_instance", ctypes.c_uint),
    )


@functools.cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise RuntimeError(f"cuda: the monitor of the driver cannot be opened: {error}") from None
    library.nvmlErrorString.restype = ctypes.c_char_p
    _check(library, "nvmlInit_v2", library.nvmlInit_v2())
    return library


def _check(library: ctypes.CDLL, what: str, status: int) -> None:
    if status != SUCCESS:
        text = (library.nvmlErrorString(status) or b"").decode()
        raise RuntimeError(f"cuda: {what}: {text} ({status})")


def _handle(device: Any) -> ctypes.c_void_p:
    """The monitor counts all devices of the machine, CUDA those that are visible."""
    init()
    index = index_of(device)
    index = current_device() if index < 0 else index
    library, handle = _library(), ctypes.c_void_p()
    visible = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")]
    name = visible[index] if index < len(visible) and visible[0] else str(index)
    if name.isdecimal():
        find = "nvmlDeviceGetHandleByIndex_v2"
        status = library.nvmlDeviceGetHandleByIndex_v2(
            ctypes.c_uint(int(name)), ctypes.byref(handle)
        )
    else:
        find = "nvmlDeviceGetHandleByUUID"
        status = library.nvmlDeviceGetHandleByUUID(name.encode(), ctypes.byref(handle))
    _check(library, find, status)
    return handle


def _ask(function: str, device: Any, answer: Any, given: Iterable[int] = ()) -> Any:
    handle, library = _handle(device), _library()
    numbers = (ctypes.c_uint(number) for number in given)
    _check(library, function, getattr(library, function)(handle, *numbers, ctypes.byref(answer)))
    return answer


def utilization(device: Any = None) -> int:
    """The percentage of the last moments in which the device worked."""
    return int(_ask("nvmlDeviceGetUtilizationRates", device, Utilization()).gpu)


def memory_usage(device: Any = None) -> int:
    """The percentage of the last moments in which the device's memory was read or written."""
    return int(_ask("nvmlDeviceGetUtilizationRates", device, Utilization()).memory)


def device_memory_used(device: Any = None) -> int:
    """The bytes of the device's memory that are taken, by all processes together."""
    return int(_ask("nvmlDeviceGetMemoryInfo", device, Memory()).used)


def temperature(device: Any = None) -> int:
    """The temperature of the device in degrees Celsius."""
    given = (TEMPERATURE_OF_GPU,)
    return int(_ask("nvmlDeviceGetTemperature", device, ctypes.c_uint(), given).value)


def power_draw(device: Any = None) -> int:
    """What the device draws, in milliwatts."""
    return int(_ask("nvmlDeviceGetPowerUsage", device, ctypes.c_uint()).value)


def clock_rate(device: Any = None) -> int:
    """The clock of the multiprocessors in MHz."""
    given = (CLOCK_OF_MULTIPROCESSORS,)
    return int(_ask("nvmlDeviceGetClockInfo", device, ctypes.c_uint(), given).value)


def list_gpu_processes(device: Any = None) -> str:
    """The processes that use the device, and the memory that each holds, as text."""
    handle, library = _handle(device), _library()
    count = ctypes.c_uint(0)
    function, processes = "nvmlDeviceGetComputeRunningProcesses_v3", (Process * 0)()
    ask = getattr(library, function)
    # Others may start between the two questions.
    while (status := ask(handle, ctypes.byref(count), processes)) == INSUFFICIENT_SIZE:
        processes = (Process * (count.value + 8))()
        count = ctypes.c_uint(len(processes))
    _check(library, function, status)
    index = index_of(device)
    lines = [f"GPU:{current_device() if index < 0 else index}"]
    if count.value == 0:
        lines.append("no processes are running")
    for process in processes[: count.value]:
        known = process.used_memory != UNKNOWN_MEMORY
        used = f"{process.used_memory / 2**20:12.3f} MB" if known else "an unknown amount of"
        lines.append(f"process {process.pid:>10d} uses {used} GPU memory")
    return "\n".join(lines)
