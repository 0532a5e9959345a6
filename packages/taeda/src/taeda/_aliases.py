"""A module under a second name: `taeda.nn` is `taeda_nn`, `taeda.nn.init` is `taeda_nn.init`.

The module itself is shared, not copied, so that classes, patches and pickles agree under both
names and nothing is executed twice.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType


class AliasLoader(Loader):
    """Hands out a module that exists already."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has put the alias's spec there; reloading and pickling need the own one.
        module.__spec__ = self.spec


class AliasFinder:
    """A meta path finder that answers for alias names and everything below them."""

    def __init__(self) -> None:
        self.targets: dict[str, str] = {}

    def resolve(self, name: str) -> str | None:
        """The real name behind an alias, or None where no alias applies."""
        prefix, rest = name, ""
        while prefix:
            if prefix in self.targets:
                return self.targets[prefix] + rest
            prefix, _, last = prefix.rpartition(".")
            rest = f".{last}{rest}"
        return None

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        real = self.resolve(name)
        if real is None:
            return None
        try:
            module = import_module(real)
        except ModuleNotFoundError as error:
            if error.name != real:
                raise
            raise ModuleNotFoundError(
                f"No module named '{name}': taeda has no '{real}'", name=name
            ) from None
        return ModuleSpec(name, AliasLoader(module), is_package=hasattr(module, "__path__"))


_finder = AliasFinder()


def install(targets: Mapping[str, str]) -> None:
    """Make each name of `targets` importable as another name of the module it maps to."""
    _finder.targets.update(targets)
    if _finder not in sys.meta_path:
        # First, since a path search would load submodules a second time under the alias.
        sys.meta_path.insert(0, _finder)
