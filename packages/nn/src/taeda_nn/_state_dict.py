"""Saving the state of a module tree to a flat dictionary and loading it back."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from collections.abc import Mapping
from typing import Any

from taeda_tensor import Tensor, no_grad

from ._hooks import Hook, RemovableHandle, StateHooks, add_hook
from ._tree import ModuleTree
from .parameter import Parameter

_EXTRA_STATE_KEY = "_extra_state"


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ("missing_keys", "unexpected_keys"))):
    """What `load_state_dict` returns: keys the model misses and keys it does not know."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()

    __str__ = __repr__


class ModuleStateDict(ModuleTree):
    """Adds `state_dict`, `load_state_dict` and their hooks to the tree."""

    _version: int = 1
    _state_hooks: StateHooks | None

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "_state_hooks", None)

    def _own_state_hooks(self) -> StateHooks:
        hooks = self._state_hooks
        if hooks is None:
            hooks = StateHooks()
            object.__setattr__(self, "_state_hooks", hooks)
        return hooks

    def register_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Registers `hook(module, prefix, keep_vars)`, run before the state is collected."""
        return add_hook(self._own_state_hooks().save_pre, hook)

    def register_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Registers `hook(module, state_dict, prefix, local_metadata) -> None`, run afterwards."""

        def without_result(*args: Any) -> None:
            if hook(*args) is not None:
                raise RuntimeError("state_dict post-hook must return None")

        return add_hook(self._own_state_hooks().save, without_result)

    def _register_state_dict_hook(self, hook: Hook) -> RemovableHandle:
        # As the one above, but the hook may return another dictionary.
        return add_hook(self._own_state_hooks().save, hook)

    def register_load_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Registers `hook(module, state_dict, prefix, local_metadata, strict, missing_keys,
        unexpected_keys, error_msgs)`, run before this module takes its part of a state dict."""

        def with_module(*args: Any) -> None:
            hook(self, *args)

        return add_hook(self._own_state_hooks().load_pre, with_module)

    def _register_load_state_dict_pre_hook(
        self, hook: Hook, with_module: bool = False
    ) -> RemovableHandle:
        if with_module:
            return self.register_load_state_dict_pre_hook(hook)
        return add_hook(self._own_state_hooks().load_pre, hook)

    def register_load_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Registers `hook(module, incompatible_keys) -> None`, run after loading; it may edit both
        lists of keys."""
        return add_hook(self._own_state_hooks().load_post, hook)

    def get_extra_state(self) -> Any:
        """State beyond parameters and buffers to put into `state_dict`; override it with
        `set_extra_state`."""
        raise RuntimeError(
            "Reached a code path in Module.get_extra_state() that should never be called: "
            f"{self._get_name()} does not override it."
        )

    def set_extra_state(self, state: Any) -> None:
        """Takes back what `get_extra_state` gave; override both."""
        raise RuntimeError(
            "Reached a code path in Module.set_extra_state() that should never be called: "
            f"{self._get_name()} does not override it."
        )

    # Saving

    def _save_to_state_dict(
        self, destination: dict[str, Any], prefix: str, keep_vars: bool
    ) -> None:
        attributes = self.__dict__
        for name in self._parameter_names:
            parameter = attributes[name]
            if parameter is not None:
                destination[prefix + name] = parameter if keep_vars else parameter.detach()
        for name in self._buffer_names:
            buffer = attributes[name]
            if buffer is not None and name not in self._non_persistent_buffers_set:
                destination[prefix + name] = buffer if keep_vars else buffer.detach()
        if type(self).get_extra_state is not ModuleStateDict.get_extra_state:
            destination[prefix + _EXTRA_STATE_KEY] = self.get_extra_state()

    def state_dict(
        self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Any]:
        """All parameters and persistent buffers of the tree under their dotted names.

        The tensors share memory with the module; they are detached unless `keep_vars`.

        >>> from taeda_nn import Linear, Sequential
        >>> list(Sequential(Linear(2, 3)).state_dict())
        ['0.weight', '0.bias']
        """
        if destination is None:
            # A plain one, which a file may name; the versions of the modules are an attribute.
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        local_metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = local_metadata
        hooks = self._state_hooks
        if hooks is not None:
            for hook in tuple(hooks.save_pre.values()):
                hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        attributes = self.__dict__
        for name in self._module_names:
            module = attributes[name]
            if module is not None:
                module.state_dict(
                    destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars
                )
        if hooks is not None:
            for hook in tuple(hooks.save.values()):
                changed = hook(self, destination, prefix, local_metadata)
                if changed is not None:
                    destination = changed
        return destination  # type: ignore[no-any-return]

    # Loading

    def _load_from_state_dict(
        self,
        state_dict: Mapping[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        if self._state_hooks is not None:
            for hook in tuple(self._state_hooks.load_pre.values()):
                hook(
                    state_dict,
                    prefix,
                    local_metadata,
                    strict,
                    missing_keys,
                    unexpected_keys,
                    error_msgs,
                )
        attributes = self.__dict__
        persistent = [n for n in self._buffer_names if n not in self._non_persistent_buffers_set]
        assign = local_metadata.get("assign_to_params_buffers", False)
        for name in (*self._parameter_names, *persistent):
            current = attributes[name]
            if current is None:
                continue
            key = prefix + name
            if key not in state_dict:
                if strict:
                    missing_keys.append(key)
                continue
            message = _load_tensor(self, name, current, key, state_dict[key], assign)
            if message is not None:
                error_msgs.append(message)
        extra_key = prefix + _EXTRA_STATE_KEY
        if type(self).set_extra_state is not ModuleStateDict.set_extra_state:
            if extra_key in state_dict:
                self.set_extra_state(state_dict[extra_key])
            elif strict:
                missing_keys.append(extra_key)
        elif strict and extra_key in state_dict:
            unexpected_keys.append(extra_key)
        if strict:
            self._collect_unexpected(state_dict, prefix, unexpected_keys)

    def _collect_unexpected(
        self, state_dict: Mapping[str, Any], prefix: str, unexpected_keys: list[str]
    ) -> None:
        known = {*self._parameter_names, *self._buffer_names}
        known -= self._non_persistent_buffers_set
        known = {name for name in known if self.__dict__[name] is not None}
        for key in state_dict:
            if key.startswith(prefix) and key != prefix + _EXTRA_STATE_KEY:
                first, dot, _ = key[len(prefix) :].partition(".")
                if first not in (self._module_names if dot else known):
                    unexpected_keys.append(key)

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        """Copies a state dict into the module, or with `assign` takes over its tensors.

        With `strict` the keys must be the same. Raises RuntimeError that lists every missing and
        unexpected key and every size that differs; returns the two lists of keys.

        >>> from taeda_nn import Linear
        >>> layer = Linear(2, 3)
        >>> layer.load_state_dict(Linear(2, 3).state_dict())
        <All keys matched successfully>
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        metadata = getattr(state_dict, "_metadata", None)
        state = OrderedDict(state_dict)
        if metadata is not None:
            state._metadata = metadata  # type: ignore[attr-defined]
        missing_keys: list[str] = []
        unexpected_keys: list[str] = []
        error_msgs: list[str] = []

        def load(module: Any, local_state: Mapping[str, Any], prefix: str) -> None:
            local_metadata = {} if metadata is None else dict(metadata.get(prefix[:-1], {}))
            if assign:
                local_metadata["assign_to_params_buffers"] = True
            module._load_from_state_dict(
                local_state, prefix, local_metadata, True, missing_keys, unexpected_keys, error_msgs
            )
            for name in module._module_names:
                child = module.__dict__[name]
                if child is not None:
                    below = f"{prefix}{name}."
                    part = {k: v for k, v in local_state.items() if k.startswith(below)}
                    load(child, part, below)
            hooks = module._state_hooks
            if hooks is not None:
                keys = _IncompatibleKeys(missing_keys, unexpected_keys)
                for hook in tuple(hooks.load_post.values()):
                    if hook(module, keys) is not None:
                        raise RuntimeError(
                            "Hooks registered with ``register_load_state_dict_post_hook`` are not "
                            "expected to return new values; edit incompatible_keys in place."
                        )

        load(self, state, "")
        if strict:
            for noun, keys in (("Unexpected", unexpected_keys), ("Missing", missing_keys)):
                if keys:
                    names = ", ".join(f'"{key}"' for key in keys)
                    error_msgs.insert(0, f"{noun} key(s) in state_dict: {names}. ")
        if error_msgs:
            raise RuntimeError(
                "Error(s) in loading state_dict for {}:\n\t{}".format(
                    self._get_name(), "\n\t".join(error_msgs)
                )
            )
        return _IncompatibleKeys(missing_keys, unexpected_keys)


def _load_tensor(
    module: ModuleTree, name: str, current: Tensor, key: str, value: Any, assign: bool
) -> str | None:
    """Copies or assigns one entry; the text of the error if that cannot be done."""
    if not isinstance(value, Tensor):
        return (
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like '
            f"object from checkpoint but received {type(value)}"
        )
    if current.dim() == 0 and tuple(value.shape) == (1,):
        # Files of old versions hold scalars as vectors of one element.
        value = value[0]
    if value.shape != current.shape:
        return (
            f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, "
            f"the shape in current model is {current.shape}."
        )
    try:
        with no_grad():
            if not assign:
                current.copy_(value)
            elif isinstance(current, Parameter):
                if not isinstance(value, Parameter):
                    value = Parameter(value, requires_grad=current.requires_grad)
                setattr(module, name, value)
            else:
                setattr(module, name, value)
    except Exception as error:
        return (
            f'While copying the parameter named "{key}", whose dimensions in the model are '
            f"{current.size()} and whose dimensions in the checkpoint are {value.size()}, "
            f"an exception occurred : {error.args}."
        )
    return None
