"""Where a profiler of the driver's maker starts and stops, and calls of CUDA's runtime."""

from __future__ import annotations

import contextlib
import ctypes
import functools
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from taeda_tensor._cuda_devices import init, synchronize
from taeda_tensor._cuda_memory import mem_get_info


@functools.cache
def _driver() -> ctypes.CDLL:
    init()
    return ctypes.CDLL("libcuda.so.1")


def _told(function: str) -> int:
    status = int(getattr(_driver(), function)())
    if status != 0:
        raise RuntimeError(f"cuda: {function} failed with status {status}")
    return status


def start() -> int:
    """Let a profiler that waits for it start to collect; 0."""
    return _told("cuProfilerStart")


def stop() -> int:
    """Let the profiler stop; 0."""
    return _told("cuProfilerStop")


@contextlib.contextmanager
def profile() -> Iterator[None]:
    """Collect within a `with` block."""
    start()
    try:
        yield
    finally:
        stop()


def cudart() -> Any:
    """The calls of CUDA's runtime that programs ask of PyTorch."""
    init()
    return SimpleNamespace(
        cudaProfilerStart=start,
        cudaProfilerStop=stop,
        cudaMemGetInfo=mem_get_info,
        cudaDeviceSynchronize=synchronize,
    )
