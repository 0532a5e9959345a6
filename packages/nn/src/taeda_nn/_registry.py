"""The mapping `module._parameters` and its kin: a view of a module's own attributes."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._tree import ModuleTree


class Registry(MutableMapping[str, Any]):
    """Names registered with a module, in order, mapped to the attributes of these names.

    The attribute is the only place where the value lives; the registry keeps names alone.
    """

    __slots__ = ("_module", "_names")

    def __init__(self, module: ModuleTree, names: dict[str, None]) -> None:
        self._module = module
        self._names = names

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        return self._module.__dict__[name]

    def __setitem__(self, name: str, value: Any) -> None:
        object.__setattr__(self._module, name, value)
        self._names[name] = None

    def __delitem__(self, name: str) -> None:
        del self._names[name]
        object.__delattr__(self._module, name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def copy(self) -> dict[str, Any]:
        """A plain dictionary with the same entries."""
        return dict(self.items())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.copy()!r})"
