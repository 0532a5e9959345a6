"""What a tensor says of its history, until taeda-autograd, when it is imported, takes over.

The signatures are those of taeda-autograd: a stub of Tensor holds for both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn, Protocol

from taeda_tensor._registry import attribute, method
from taeda_tensor._tensor import Tensor


class Handle(Protocol):
    """Removes a hook: by `remove()`, or at the end of a `with` block."""

    def remove(self) -> None: ...

    def __enter__(self) -> Handle: ...

    def __exit__(self, *exception: object) -> None: ...


class Node(Protocol):
    """A step of the tape: the derivative of one operation that was run."""

    def name(self) -> str:
        """The name of the step, as `AddBackward0`."""

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """Where the gradients of the inputs go: pairs of node and output number."""

    def register_hook(self, hook: Callable[..., Any]) -> Handle:
        """Calls `hook(grad_inputs, grad_outputs)` after the step."""

    def register_prehook(self, hook: Callable[..., Any]) -> Handle:
        """Calls `hook(grad_outputs)` before the step runs."""

    def __getattr__(self, name: str) -> Any: ...


def _absent(name: str) -> NoReturn:
    raise RuntimeError(
        f"{name}: gradients need the package taeda-autograd: "
        "pip install taeda-autograd, then import taeda_autograd"
    )


@method
def backward(
    self: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Adds the gradient of this tensor to the `.grad` of the leaves that it came from.

    Needs the package taeda-autograd. What is saved is freed unless `retain_graph`; with
    `create_graph` the gradients can be differentiated again. RuntimeError where the tensor does
    not require grad, has more than one element and no `gradient` is given, or its graph is freed.
    """
    _absent("backward")


@method
def register_hook(self: Tensor, hook: Callable[[Tensor], Tensor | None]) -> Handle:
    """Calls `hook(grad)` whenever the gradient of this tensor has been computed.

    Needs the package taeda-autograd. What the hook returns, unless it is None, takes the
    gradient's place. RuntimeError where the tensor does not require grad.
    """
    _absent("register_hook")


@method
def register_post_accumulate_grad_hook(self: Tensor, hook: Callable[[Tensor], None]) -> Handle:
    """Calls `hook(tensor)` after a gradient has been added to the `.grad` of this leaf.

    Needs the package taeda-autograd. RuntimeError where the tensor is not a leaf or does not
    require grad.
    """
    _absent("register_post_accumulate_grad_hook")


@method
def retain_grad(self: Tensor) -> None:
    """Keeps the gradient of a tensor that is not a leaf in its `.grad`; needs taeda-autograd."""
    _absent("retain_grad")


@method
def detach_(self: Tensor) -> Tensor:
    """Cuts the tensor off its history: it becomes a leaf. RuntimeError for a view."""
    self.requires_grad = False
    return self


@attribute
def is_leaf(self: Tensor) -> bool:
    """Whether the tensor is not the result of a recorded operation."""
    return True


@attribute
def grad_fn(self: Tensor) -> Node | None:
    """The step of the tape that made the tensor; None for a leaf."""
    return None


@attribute
def retains_grad(self: Tensor) -> bool:
    """Whether the gradient of this tensor, not a leaf, is kept in `.grad`."""
    return False


@attribute
def output_nr(self: Tensor) -> int:
    """Which result of its grad_fn the tensor is."""
    return 0
