"""Layouts and memory formats, under the names that PyTorch programs use; and constants."""

from __future__ import annotations

import math

inf = math.inf
nan = math.nan
pi = math.pi
e = math.e
newaxis = None


class layout:
    """How the elements of a tensor are stored; only strided memory exists."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"taeda.{self._name}"

    def __reduce__(self) -> str:
        return self._name


class memory_format:
    """The order in which a copy lays out the dimensions in memory."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"taeda.{self._name}"

    def __reduce__(self) -> str:
        return self._name


strided = layout("strided")
contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")

__all__ = [
    "channels_last",
    "channels_last_3d",
    "contiguous_format",
    "e",
    "inf",
    "layout",
    "memory_format",
    "nan",
    "newaxis",
    "pi",
    "preserve_format",
    "strided",
]
