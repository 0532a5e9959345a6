"""Sequential, ModuleList and ModuleDict."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from itertools import groupby
from typing import Any, ClassVar, Self, overload

from ._module import Module, indent


class _IndexedModules(Module):
    """Children under the names "0", "1", ...: what Sequential and ModuleList share."""

    def _name_at(self, index: Any) -> str:
        names = list(self._module_names)
        position = operator.index(index)
        if not -len(names) <= position < len(names):
            raise IndexError(f"index {position} is out of range")
        return names[position]

    def _values(self) -> list[Module]:
        attributes = self.__dict__
        return [attributes[name] for name in self._module_names]

    def _replace_all(self, modules: Iterable[Module]) -> None:
        for name in list(self._module_names):
            delattr(self, name)
        for index, module in enumerate(modules):
            self.add_module(str(index), module)

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Module | Self:
        if isinstance(index, slice):
            names = list(self._module_names)[index]
            part = OrderedDict((name, self.__dict__[name]) for name in names)
            return self._from_slice(part)
        return self.__dict__[self._name_at(index)]  # type: ignore[no-any-return]

    def _from_slice(self, part: OrderedDict[str, Module]) -> Self:
        return type(self)(list(part.values()))  # type: ignore[call-arg]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name_at(index), module)

    def __delitem__(self, index: int | slice) -> None:
        names = list(self._module_names)
        doomed = names[index] if isinstance(index, slice) else [self._name_at(index)]
        self._replace_all([self.__dict__[name] for name in names if name not in set(doomed)])

    def __len__(self) -> int:
        return len(self._module_names)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._values())

    def append(self, module: Module) -> Self:
        """Adds a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def pop(self, key: int | slice) -> Module | Self:
        """Removes and returns the module at `key`."""
        value = self[key]
        del self[key]
        return value


class Sequential(_IndexedModules):
    """Calls its modules one after the other; made from modules or one ordered dictionary of them.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import Linear, ReLU, Sequential
    >>> model = Sequential(Linear(4, 8), ReLU())
    >>> tuple(model(tt.zeros(2, 4)).shape), model[1], len(model)
    ((2, 8), ReLU(), 2)
    """

    @overload
    def __init__(self, *args: Module) -> None: ...
    @overload
    def __init__(self, arg: OrderedDict[str, Module], /) -> None: ...
    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            for index, module in enumerate(args):
                self.add_module(str(index), module)

    def forward(self, input: Any) -> Any:
        attributes = self.__dict__
        for name in self._module_names:
            input = attributes[name](input)
        return input

    def _from_slice(self, part: OrderedDict[str, Module]) -> Self:
        return type(self)(part)

    def __delitem__(self, index: int | slice) -> None:
        names = list(self._module_names)
        doomed = names[index] if isinstance(index, slice) else [self._name_at(index)]
        for name in doomed:
            delattr(self, name)
        # Numbered names close the gap; names of the user's own stay.
        self._rename(OrderedDict((name, self.__dict__[name]) for name in self._module_names))

    def _rename(self, modules: OrderedDict[str, Module]) -> None:
        numbered = (str(i) for i in range(len(modules)))
        for name in modules:
            delattr(self, name)
        for name, number in zip(modules, numbered, strict=True):
            self.add_module(number if name.isdecimal() else name, modules[name])

    def insert(self, index: int, module: Module) -> Self:
        """Inserts a module before `index`."""
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}")
        if not -len(self) <= index <= len(self):
            raise IndexError(f"Index out of range: {index}")
        modules = self._values()
        modules.insert(index, module)
        self._replace_all(modules)
        return self

    def extend(self, sequential: Iterable[Module]) -> Self:
        """Adds several modules at the end."""
        for module in list(sequential):
            self.append(module)
        return self

    def __add__(self, other: Sequential) -> Sequential:
        if not isinstance(other, Sequential):
            raise ValueError(
                "add operator supports only objects of Sequential class, "
                f"but {type(other)} is given."
            )
        return Sequential(*self, *other)

    def __iadd__(self, other: Sequential) -> Self:
        if not isinstance(other, Sequential):
            raise ValueError(
                "add operator supports only objects of Sequential class, "
                f"but {type(other)} is given."
            )
        return self.extend(other)

    def __mul__(self, other: int) -> Sequential:
        if not isinstance(other, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(other)}")
        if other <= 0:
            raise ValueError(f"Non-positive multiplication factor {other} for {type(self)}")
        return Sequential(*(self._values() * other))

    __rmul__ = __mul__

    def __imul__(self, other: int) -> Self:
        repeated = list(self * other)
        for module in repeated[len(self) :]:
            self.append(module)
        return self


class ModuleList(_IndexedModules):
    """A list of modules that belong to the module it is assigned to.

    >>> from taeda_nn import Linear, ModuleList
    >>> ModuleList([Linear(2, 2), Linear(2, 2)])
    ModuleList(
      (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)
    )
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def extend(self, modules: Iterable[Module]) -> Self:
        """Adds several modules at the end. TypeError for what is not iterable."""
        if not isinstance(modules, Iterable):
            raise TypeError(
                "ModuleList.extend should be called with an iterable, "
                f"but got {type(modules).__name__}"
            )
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> None:
        """Inserts a module before `index`."""
        if not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        modules = self._values()
        modules.insert(index, module)
        self._replace_all(modules)

    def __iadd__(self, modules: Iterable[Module]) -> Self:
        return self.extend(modules)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __repr__(self) -> str:
        lines = []
        start = 0
        for text, group in groupby(repr(module) for module in self):
            count = len(list(group))
            if count == 1:
                lines.append(f"({start}): {indent(text)}")
            else:
                lines.append(f"({start}-{start + count - 1}): {count} x {indent(text)}")
            start += count
        body = "\n  " + "\n  ".join(lines) + "\n" if lines else ""
        return f"{self._get_name()}({body})"


class ModuleDict(Module):
    """A dictionary of modules that belong to the module it is assigned to.

    >>> from taeda_nn import ModuleDict, ReLU, Tanh
    >>> acts = ModuleDict({"relu": ReLU(), "tanh": Tanh()})
    >>> list(acts), acts["tanh"]
    (['relu', 'tanh'], Tanh())
    """

    _children_by_key: ClassVar[bool] = True

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]  # type: ignore[no-any-return]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._module_names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._module_names)

    def __contains__(self, key: object) -> bool:
        return key in self._module_names

    def clear(self) -> None:
        """Removes all modules."""
        self._modules.clear()

    def pop(self, key: str) -> Module:
        """Removes and returns the module under `key`."""
        return self._modules.pop(key)  # type: ignore[no-any-return]

    def keys(self) -> KeysView[str]:
        """The keys, in order."""
        return self._modules.keys()

    def items(self) -> ItemsView[str, Module]:
        """Pairs of key and module, in order."""
        return self._modules.items()

    def values(self) -> ValuesView[Module]:
        """The modules, in order."""
        return self._modules.values()

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Adds or replaces modules from a mapping or pairs. TypeError for anything else."""
        for key, module in key_value_pairs(modules, "ModuleDict"):
            self[key] = module


def key_value_pairs(values: Any, name: str) -> list[tuple[str, Any]]:
    """What `update` of a dictionary-like module was given, as pairs."""
    if not isinstance(values, Iterable):
        raise TypeError(
            f"{name}.update should be called with an iterable of key/value pairs, "
            f"but got {type(values).__name__}"
        )
    if isinstance(values, Mapping | ModuleDict) or hasattr(values, "items"):
        return list(values.items())
    pairs = []
    for position, pair in enumerate(values):
        if not isinstance(pair, Iterable):
            raise TypeError(
                f"{name} update sequence element #{position} should be Iterable; "
                f"is {type(pair).__name__}"
            )
        entries = tuple(pair)
        if len(entries) != 2:
            raise ValueError(
                f"{name} update sequence element #{position} has length {len(entries)}; "
                "2 is required"
            )
        pairs.append(entries)
    return pairs
