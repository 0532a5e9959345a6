"""Attributes of modules that are settings of the kernels."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from taeda_kernels import _kernels


class Setting:
    """One bool of the kernels; what is written is read by every call from then on."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, owner: Any, kind: type | None = None) -> bool:
        return _kernels._cuda_setting(self.name)

    def __set__(self, owner: Any, value: bool) -> None:
        _kernels._cuda_set_setting(self.name, bool(value))


def give_settings(module: str, **settings: str) -> None:
    """Makes attributes of a module settings: `benchmark="cudnn_benchmark"`."""
    members = {name: Setting(setting) for name, setting in settings.items()}
    sys.modules[module].__class__ = type("SettingsModule", (ModuleType,), members)
