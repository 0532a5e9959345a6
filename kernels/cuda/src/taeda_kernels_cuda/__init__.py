"""The kernels of taeda for CUDA devices.

Nothing is to be imported from here: `taeda_kernels` asks for the library when a CUDA device is used
first. Importing this package does not touch a device.
"""

from __future__ import annotations

from pathlib import Path


def library() -> str:
    """The path of the library with the kernels."""
    return str(Path(__file__).parent / "lib" / "libtaeda_cuda.so")
