"""Hooks around the saving and loading of an optimiser's state."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ._hooks import RemovableHandle

_Table = OrderedDict[int, Callable[..., Any]]


class StateHooks:
    """What Optimizer inherits: registering such hooks, and running them."""

    # By kind; an optimiser without any has none of its own.
    _state_hooks: dict[str, _Table] | None = None

    def _add_state_hook(
        self, kind: str, hook: Callable[..., Any], prepend: bool
    ) -> RemovableHandle:
        if self._state_hooks is None:
            self._state_hooks = {}
        table = self._state_hooks.setdefault(kind, OrderedDict())
        handle = RemovableHandle(table, lambda: None)
        table[handle.id] = hook
        if prepend:
            table.move_to_end(handle.id, last=False)
        return handle

    def _hooked(self, kind: str, *value: Any) -> Any:
        """Runs the hooks of a kind; where they take a value, the last one that returns decides."""
        current = value
        for hook in tuple((self._state_hooks or {}).get(kind, {}).values()):
            changed = hook(self, *current)
            if value and changed is not None:
                current = (changed,)
        return current[0] if current else None

    def register_state_dict_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Registers `hook(optimizer)`, run before `state_dict`."""
        return self._add_state_hook("before_saving", hook, prepend)

    def register_state_dict_post_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Registers `hook(optimizer, state_dict)`, run after saving; it may return another."""
        return self._add_state_hook("saved", hook, prepend)

    def register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Registers `hook(optimizer, state_dict)`, run before loading; it may return another."""
        return self._add_state_hook("before_loading", hook, prepend)

    def register_load_state_dict_post_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Registers `hook(optimizer)`, run after `load_state_dict`."""
        return self._add_state_hook("loaded", hook, prepend)
