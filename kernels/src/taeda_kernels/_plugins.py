"""Finds the libraries of kernels for devices other than the CPU.

A plug-in is a distribution with an entry point in the group "taeda.plugins", named as the device's
type, that gives a function without arguments: it returns the path of the library.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from pathlib import Path


def find_library(device_type: str) -> str:
    """The path of the library for a device type; empty where no plug-in is installed."""
    from taeda_kernels import _kernels

    for point in entry_points(group="taeda.plugins", name=device_type):
        _kernels._cuda_set_library_folders(wheel_folders())
        path: str = point.load()()
        return path
    return ""


def wheel_folders() -> list[str]:
    """Where the wheels of the maker of CUDA devices put libraries, for any version of CUDA."""
    patterns = (
        "nvidia/cu[0-9]*/lib",
        "nvidia/cublas/lib",
        "nvidia/cuda_nvrtc/lib",
        "nvidia/cudnn/lib",
    )
    return [
        str(folder)
        for place in sys.path
        if place
        for pattern in patterns
        for folder in sorted(Path(place).glob(pattern))
    ]
