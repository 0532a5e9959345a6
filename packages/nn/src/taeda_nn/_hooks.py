"""Hooks of a module: where they are kept, and the call path that runs them."""

from __future__ import annotations

import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._module import Module

Hook = Callable[..., Any]


class RemovableHandle:
    """What registering a hook returns: `remove()` takes the hook away; so does leaving a `with`.

    >>> from taeda_nn import Identity
    >>> layer = Identity()
    >>> with layer.register_forward_hook(lambda module, args, output: output + 1):
    ...     layer(1)
    2
    >>> layer(1)
    1
    """

    next_id = 0

    def __init__(self, hooks: OrderedDict[int, Any], *, extra_dict: Any = None) -> None:
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1
        others = extra_dict if isinstance(extra_dict, list | tuple) else [extra_dict]
        self._tables = [weakref.ref(t) for t in (hooks, *others) if t is not None]

    def remove(self) -> None:
        """Removes the hook; a second call does nothing."""
        for reference in self._tables:
            table = reference()
            if table is not None:
                table.pop(self.id, None)

    def __getstate__(self) -> dict[str, Any]:
        return {"id": self.id, "tables": [reference() for reference in self._tables]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.id = state["id"]
        self._tables = [weakref.ref(t) for t in state["tables"] if t is not None]
        RemovableHandle.next_id = max(RemovableHandle.next_id, self.id + 1)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


class CallHooks:
    """The hooks that run when a module is called; a module without any holds None instead."""

    def __init__(self) -> None:
        self.forward_pre: OrderedDict[int, Hook] = OrderedDict()
        self.forward_pre_with_kwargs: OrderedDict[int, bool] = OrderedDict()
        self.forward: OrderedDict[int, Hook] = OrderedDict()
        self.forward_with_kwargs: OrderedDict[int, bool] = OrderedDict()
        self.forward_always_called: OrderedDict[int, bool] = OrderedDict()
        self.backward_pre: OrderedDict[int, Hook] = OrderedDict()
        self.backward: OrderedDict[int, Hook] = OrderedDict()


class StateHooks:
    """The hooks that run when a module's state is saved or loaded."""

    def __init__(self) -> None:
        self.save_pre: OrderedDict[int, Hook] = OrderedDict()
        self.save: OrderedDict[int, Hook] = OrderedDict()
        self.load_pre: OrderedDict[int, Hook] = OrderedDict()
        self.load_post: OrderedDict[int, Hook] = OrderedDict()


def add_hook(
    hooks: OrderedDict[int, Hook],
    hook: Hook,
    flags: tuple[tuple[OrderedDict[int, bool], bool], ...] = (),
    prepend: bool = False,
) -> RemovableHandle:
    """Stores `hook` and, for each flag that is set, its id in the flag's table."""
    handle = RemovableHandle(hooks, extra_dict=[table for table, _ in flags])
    hooks[handle.id] = hook
    for table, is_set in flags:
        if is_set:
            table[handle.id] = True
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def call_with_hooks(
    module: Module, hooks: CallHooks, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Runs pre-hooks, `forward` and hooks in PyTorch's order."""
    called: set[int] = set()
    result = None
    try:
        args, kwargs = _run_forward_pre_hooks(module, hooks, args, kwargs)
        backward = None
        if hooks.backward or hooks.backward_pre:
            from ._backward_hooks import BackwardHooks

            backward = BackwardHooks(module, hooks)
            args = backward.watch_inputs(args)
        result = module.forward(*args, **kwargs)
        for hook_id, hook in tuple(hooks.forward.items()):
            called.add(hook_id)
            changed = _run_forward_hook(module, hooks, hook_id, hook, args, kwargs, result)
            if changed is not None:
                result = changed
        return result if backward is None else backward.watch_outputs(result)
    except Exception:
        for hook_id, hook in tuple(hooks.forward.items()):
            if hook_id in hooks.forward_always_called and hook_id not in called:
                try:
                    changed = _run_forward_hook(module, hooks, hook_id, hook, args, kwargs, result)
                    if changed is not None:
                        result = changed
                except Exception as error:
                    warnings.warn(
                        "module forward hook with ``always_call=True`` raised an exception that "
                        f"was silenced as another error was raised in forward: {error}",
                        stacklevel=2,
                    )
        raise


def _run_forward_hook(
    module: Module,
    hooks: CallHooks,
    hook_id: int,
    hook: Hook,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    result: Any,
) -> Any:
    if hook_id in hooks.forward_with_kwargs:
        return hook(module, args, kwargs, result)
    return hook(module, args, result)


def _run_forward_pre_hooks(
    module: Module, hooks: CallHooks, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    for hook_id, hook in tuple(hooks.forward_pre.items()):
        if hook_id in hooks.forward_pre_with_kwargs:
            changed = hook(module, args, kwargs)
            if changed is not None:
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise RuntimeError(
                        "forward pre-hook must return None or a tuple "
                        f"of (new_args, new_kwargs), but got {changed}."
                    )
                args, kwargs = changed
        else:
            changed = hook(module, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
    return args, kwargs
