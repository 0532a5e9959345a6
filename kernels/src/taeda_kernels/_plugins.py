"""Finds the libraries of kernels for devices other than the CPU.

A plug-in is a distribution with an entry point in the group "taeda.plugins", named as the device's
type, that gives a function without arguments: it returns the path of the library.
"""

from __future__ import annotations

from importlib.metadata import entry_points


def find_library(device_type: str) -> str:
    """The path of the library for a device type; empty where no plug-in is installed."""
    for point in entry_points(group="taeda.plugins", name=device_type):
        path: str = point.load()()
        return path
    return ""
