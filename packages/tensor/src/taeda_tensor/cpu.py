"""The CPU as a device, under the names that the other types of device have."""

from __future__ import annotations

from typing import Any


def is_available() -> bool:
    """True: there is a CPU."""
    return True


def is_initialized() -> bool:
    """True: it needs no preparation."""
    return True


def device_count() -> int:
    """1, however many cores there are."""
    return 1


def current_device() -> str:
    """Its name, "cpu"."""
    return "cpu"


def set_device(device: Any) -> None:
    """Does nothing: there is one."""


def synchronize(device: Any = None) -> None:
    """Does nothing: operations are over when they return."""


# A package to the import system: `taeda.cpu.amp` stands within it.
__path__: list[str] = []
