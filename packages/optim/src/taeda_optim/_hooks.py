"""Hooks around a step, and the handle that removes them."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any


class RemovableHandle:
    """What registering a hook returns: `remove()` takes the hook away; so does leaving a `with`."""

    next_id = 0

    def __init__(self, hooks: OrderedDict[int, Any], on_remove: Callable[[], None]) -> None:
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1
        self._hooks = weakref.ref(hooks)
        self._on_remove = on_remove

    def remove(self) -> None:
        """Removes the hook; a second call does nothing."""
        hooks = self._hooks()
        if hooks is not None and hooks.pop(self.id, None) is not None:
            self._on_remove()

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


class StepHooks:
    """The hooks of one optimiser; one without any has no such object and calls `step` directly."""

    def __init__(self) -> None:
        self.pre: OrderedDict[int, Callable[..., Any]] = OrderedDict()
        self.post: OrderedDict[int, Callable[..., Any]] = OrderedDict()


def step_with_hooks(optimizer: Any, *args: Any, **kwargs: Any) -> Any:
    """Runs pre-hooks, the step of the optimiser's class and post-hooks."""
    hooks = optimizer._step_hooks
    for hook in tuple(hooks.pre.values()):
        changed = hook(optimizer, args, kwargs)
        if changed is not None:
            if not (isinstance(changed, tuple) and len(changed) == 2):
                raise RuntimeError(
                    f"{type(optimizer).__name__}.step must return None or a tuple of "
                    f"(new_args, new_kwargs), but got {changed}."
                )
            args, kwargs = changed
    result = type(optimizer).step(optimizer, *args, **kwargs)
    for hook in tuple(hooks.post.values()):
        hook(optimizer, args, kwargs)
    return result
