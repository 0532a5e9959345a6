"""The tree of modules: what a module owns, how it is registered, and how the tree is walked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from taeda_tensor import Tensor

from ._registry import Registry
from .parameter import Buffer, Parameter

if TYPE_CHECKING:
    from ._module import Module


def type_name(value: object) -> str:
    """The full name of the type of `value`, without `builtins`."""
    kind = type(value)
    module = kind.__module__
    return kind.__qualname__ if module in ("builtins", None) else f"{module}.{kind.__qualname__}"


class ModuleTree:
    """Base of Module: parameters, buffers and children are attributes in the instance's `__dict__`.

    Beside them the instance keeps, for each of the three kinds, the registered names in order.
    """

    _children_by_key: ClassVar[bool] = False

    _parameter_names: dict[str, None]
    _buffer_names: dict[str, None]
    _module_names: dict[str, None]
    _non_persistent_buffers_set: set[str]

    def __init__(self) -> None:
        set_attribute = object.__setattr__
        set_attribute(self, "_parameter_names", {})
        set_attribute(self, "_buffer_names", {})
        set_attribute(self, "_module_names", {})
        set_attribute(self, "_non_persistent_buffers_set", set())

    @property
    def _parameters(self) -> Registry:
        return Registry(self, self._parameter_names)

    @property
    def _buffers(self) -> Registry:
        return Registry(self, self._buffer_names)

    @property
    def _modules(self) -> Registry:
        return Registry(self, self._module_names)

    # Registration

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter):
            self._assign(name, value, "_parameter_names", "parameters")
            return
        if isinstance(value, ModuleTree):
            self._assign(name, value, "_module_names", "module")
            return
        attributes = self.__dict__
        if name in attributes:
            names = attributes.get("_parameter_names")
            if names is not None and name in names:
                if value is not None:
                    raise TypeError(
                        f"cannot assign '{type_name(value)}' as parameter '{name}' "
                        "(torch.nn.Parameter or None expected)"
                    )
            elif names is not None and name in attributes["_module_names"]:
                if value is not None:
                    raise TypeError(
                        f"cannot assign '{type_name(value)}' as child module '{name}' "
                        "(torch.nn.Module or None expected)"
                    )
            elif names is not None and name in attributes["_buffer_names"]:
                if value is not None and not isinstance(value, Tensor):
                    raise TypeError(
                        f"cannot assign '{type_name(value)}' as buffer '{name}' "
                        "(torch.nn.Buffer, torch.Tensor or None expected)"
                    )
                if isinstance(value, Buffer):
                    self._register(name, value, "_buffer_names")
                    self._set_persistent(name, value.__dict__["persistent"])
                    return
        if isinstance(value, Tensor) and isinstance(value, Buffer):
            self._assign(name, value, "_buffer_names", "buffer")
            self._set_persistent(name, value.__dict__["persistent"])
            return
        object.__setattr__(self, name, value)

    def _assign(self, name: str, value: Any, kind: str, noun: str) -> None:
        if kind not in self.__dict__:
            raise AttributeError(f"cannot assign {noun} before Module.__init__() call")
        check_registered_name(name, noun.removesuffix("s"))
        self._register(name, value, kind)

    def _register(self, name: str, value: Any, kind: str) -> None:
        object.__setattr__(self, name, value)
        for other in ("_parameter_names", "_buffer_names", "_module_names"):
            if other != kind:
                self.__dict__[other].pop(name, None)
        self._non_persistent_buffers_set.discard(name)
        self.__dict__[kind][name] = None

    def _set_persistent(self, name: str, persistent: bool) -> None:
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        self._parameter_names.pop(name, None)
        self._module_names.pop(name, None)
        self._buffer_names.pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def __dir__(self) -> list[str]:
        return sorted(name for name in super().__dir__() if not name[0].isdigit())

    def _check_new_name(self, name: str, kind: str, noun: str) -> None:
        check_registered_name(name, noun)
        if hasattr(self, name) and name not in self.__dict__[kind]:
            raise KeyError(f"attribute '{name}' already exists")

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Adds a parameter; None reserves the name and stays out of `state_dict`.

        Raises KeyError for a bad or taken name, TypeError for another type and ValueError for a
        tensor that is the result of a differentiable computation.

        >>> from taeda_nn import Module
        >>> module = Module()
        >>> module.register_parameter("bias", None)
        >>> module.bias is None
        True
        """
        if "_parameter_names" not in self.__dict__:
            raise AttributeError("cannot assign parameter before Module.__init__() call")
        self._check_new_name(name, "_parameter_names", "parameter")
        if param is not None:
            if not isinstance(param, Parameter):
                raise TypeError(
                    f"cannot assign '{type_name(param)}' object to parameter '{name}' "
                    "(torch.nn.Parameter or None required)"
                )
            if not param.is_leaf:
                raise ValueError(
                    f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must "
                    "be created explicitly. To express it as a function of another Tensor, "
                    "compute the value in the forward() method."
                )
        self._register(name, param, "_parameter_names")

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Adds a buffer: state that moves and is saved with the module but is not trained.

        `persistent=False` keeps it out of `state_dict`.

        >>> import taeda_tensor as tt
        >>> from taeda_nn import Module
        >>> module = Module()
        >>> module.register_buffer("mean", tt.zeros(3))
        >>> list(module.state_dict())
        ['mean']
        """
        if "_buffer_names" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        self._check_new_name(name, "_buffer_names", "buffer")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{type_name(tensor)}' object to buffer '{name}' "
                "(torch Tensor or None required)"
            )
        self._register(name, tensor, "_buffer_names")
        self._set_persistent(name, persistent)

    def add_module(self, name: str, module: Module | None) -> None:
        """Adds a child module under `name`.

        >>> from taeda_nn import Identity, Module
        >>> parent = Module()
        >>> parent.add_module("layer", Identity())
        >>> parent.layer
        Identity()
        """
        if "_module_names" not in self.__dict__:
            raise AttributeError("cannot assign module before Module.__init__() call")
        if module is not None and not isinstance(module, ModuleTree):
            raise TypeError(f"{type_name(module)} is not a Module subclass")
        self._check_new_name(name, "_module_names", "module")
        self._register(name, module, "_module_names")

    def register_module(self, name: str, module: Module | None) -> None:
        """The same as `add_module`."""
        self.add_module(name, module)

    # Access by path

    def get_submodule(self, target: str) -> Module:
        """The module at a dotted path; "" is the module itself. AttributeError if there is none."""
        module: Any = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, ModuleTree):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module  # type: ignore[no-any-return]

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Replaces the module at a dotted path; with `strict` it must exist already."""
        if not target:
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, ModuleTree):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{parent._get_name()} has no attribute `{name}`")
        if hasattr(parent, name) and not isinstance(getattr(parent, name), ModuleTree):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def _get_member(self, target: str, kind: str, description: str) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
        if name not in module.__dict__[kind]:
            raise AttributeError(f"`{name}` is not {description}")
        return getattr(module, name)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a dotted path. AttributeError if there is none."""
        return self._get_member(target, "_parameter_names", "an nn.Parameter")  # type: ignore[no-any-return]

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted path. AttributeError if there is none."""
        buffer: Tensor = self._get_member(target, "_buffer_names", "a buffer")
        return buffer

    # Walking the tree

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Direct children with their names, each module once."""
        seen: set[int] = set()
        attributes = self.__dict__
        for name in self._module_names:
            module = attributes[name]
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self) -> Iterator[Module]:
        """Direct children, each once."""
        for _, module in self.named_children():
            yield module

    def named_modules(
        self,
        memo: set[Any] | None = None,
        prefix: str = "",
        remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Module]]:
        """This module and all below it with their dotted paths, parents first.

        >>> from taeda_nn import Identity, Sequential
        >>> [name for name, _ in Sequential(Sequential(Identity())).named_modules()]
        ['', '0', '0.0']
        """
        seen: set[Any] = set() if memo is None else memo
        stack: list[tuple[str, Any]] = [(prefix, self)]
        while stack:
            path, module = stack.pop()
            if module in seen:
                continue
            if remove_duplicate:
                seen.add(module)
            yield path, module
            attributes = module.__dict__
            dotted = path + "." if path else ""
            for name in reversed(module._module_names):
                child = attributes[name]
                if child is not None:
                    stack.append((dotted + name, child))

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all below it, each once if `remove_duplicate`, parents first."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def _named_members(
        self, kind: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        owners: Iterator[tuple[str, Any]] = (
            self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
            if recurse
            else iter([(prefix, self)])
        )
        for path, module in owners:
            attributes = module.__dict__
            for name in attributes[kind]:
                value = attributes[name]
                if value is None or id(value) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(value))
                yield (f"{path}.{name}" if path else name), value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Parameters with their dotted names, of this module and, if `recurse`, all below.

        >>> from taeda_nn import Linear
        >>> [name for name, _ in Linear(2, 3).named_parameters()]
        ['weight', 'bias']
        """
        return self._named_members("_parameter_names", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Parameters of this module and, if `recurse`, of all below, each once."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Buffers with their dotted names, of this module and, if `recurse`, all below."""
        return self._named_members("_buffer_names", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Buffers of this module and, if `recurse`, of all below, each once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def _get_name(self) -> str:
        return type(self).__name__


def check_registered_name(name: object, noun: str) -> None:
    """Refuses what cannot be part of a dotted path."""
    if not isinstance(name, str):
        raise TypeError(f"{noun} name should be a string. Got {type_name(name)}")
    if "." in name:
        raise KeyError(f'{noun} name can\'t contain ".", got: "{name}"')
    if name == "":
        raise KeyError(f'{noun} name can\'t be empty string ""')
