"""What autograd adds to Tensor in Python: hooks."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import Any

from taeda_autograd import _autograd
from taeda_tensor import Tensor

TensorHook = Callable[[Tensor], Tensor | None]

_identifiers = itertools.count()


class RemovableHandle:
    """Removes a hook: by `remove()`, or at the end of a `with` block.

    >>> hooks = Hooks()
    >>> with RemovableHandle(hooks) as handle:
    ...     hooks[handle.id] = print
    >>> len(hooks)
    0
    """

    id: int

    def __init__(self, hooks: Hooks) -> None:
        self.id = next(_identifiers)
        self._hooks = weakref.ref(hooks)

    def remove(self) -> None:
        hooks = self._hooks()
        if hooks is not None:
            hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


class Hooks(dict[int, Callable[..., Any]]):
    """The hooks of one place, in the order in which they were registered."""

    __slots__ = ("__weakref__",)

    def add(self, hook: Callable[..., Any]) -> RemovableHandle:
        handle = RemovableHandle(self)
        self[handle.id] = hook
        return handle


def _hooks_of(tensor: Tensor, name: str, watch: Callable[[Tensor], None]) -> Hooks:
    """The hooks that a leaf keeps in an attribute; the tape is told when there are the first."""
    known: Hooks | None = tensor.__dict__.get(name)
    if known is None:
        known = Hooks()
        setattr(tensor, name, known)
        watch(tensor)
    return known


def register_hook(self: Tensor, hook: TensorHook) -> RemovableHandle:
    """Calls `hook(grad)` whenever the gradient of this tensor has been computed.

    What the hook returns, unless it is None, takes the gradient's place. RuntimeError where the
    tensor does not require grad.

    >>> import taeda_tensor as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> handle = x.register_hook(lambda grad: grad * 10)
    >>> x.backward(torch.tensor([1.0, 1.0]))
    >>> x.grad
    tensor([10., 10.])
    """
    if not self.requires_grad:
        raise RuntimeError(
            "register_hook: cannot register a hook on a tensor that doesn't require gradient"
        )
    if self.is_leaf:
        return _hooks_of(self, "_backward_hooks", _autograd.watch_leaf).add(hook)
    hooks = Hooks()
    _autograd.add_hooks(self, hooks)
    return hooks.add(hook)


def register_post_accumulate_grad_hook(
    self: Tensor, hook: Callable[[Tensor], None]
) -> RemovableHandle:
    """Calls `hook(tensor)` after a gradient has been added to the `.grad` of this leaf.

    RuntimeError where the tensor is not a leaf or does not require grad.

    >>> import taeda_tensor as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> handle = x.register_post_accumulate_grad_hook(lambda leaf: print(leaf.grad))
    >>> x.backward(torch.tensor([1.0, 1.0]))
    tensor([1., 1.])
    """
    if not self.requires_grad:
        raise RuntimeError(
            "register_post_accumulate_grad_hook: cannot register a hook on a tensor that doesn't "
            "require gradient"
        )
    if not self.is_leaf:
        raise RuntimeError(
            "register_post_accumulate_grad_hook: post accumulate grad hooks cannot be registered "
            "on non-leaf tensors"
        )
    name = "_post_accumulate_grad_hooks"
    return _hooks_of(self, name, _autograd.watch_accumulation).add(hook)


def _register_node_hook(self: _autograd.Node, hook: Callable[..., Any]) -> RemovableHandle:
    """Calls `hook(grad_inputs, grad_outputs)` after the step; it may return other grad_inputs."""
    hooks = Hooks()
    self._add_hooks(hooks, False)
    return hooks.add(hook)


def _register_node_prehook(self: _autograd.Node, hook: Callable[..., Any]) -> RemovableHandle:
    """Calls `hook(grad_outputs)` before the step runs; it may return other grad_outputs."""
    hooks = Hooks()
    self._add_hooks(hooks, True)
    return hooks.add(hook)


for _owner, _name, _function in (
    (Tensor, "register_hook", register_hook),
    (Tensor, "register_post_accumulate_grad_hook", register_post_accumulate_grad_hook),
    (_autograd.Node, "register_hook", _register_node_hook),
    (_autograd.Node, "register_prehook", _register_node_prehook),
):
    setattr(_owner, _name, _function)
