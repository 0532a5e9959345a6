# mypy: disable-error-code="override, overload-overlap, overload-cannot-match, misc"
"""Native part of taeda_autograd."""

from collections.abc import Callable, Sequence
from typing import Any

from taeda_autograd._tensor import RemovableHandle
from taeda_tensor import Tensor

class Node:
    """A step of the tape: the derivative of one operation that was run."""

    def name(self) -> str:
        """The name of the step, as `AddBackward0`."""

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """Where the gradients of the inputs go: pairs of node and output number."""

    @property
    def variable(self) -> Tensor:
        """The leaf that the node accumulates into."""

    @property
    def _sequence_nr(self) -> int: ...
    def _add_hooks(self, hooks: dict[int, Any], before: bool) -> None: ...
    def __getattr__(self, name: str) -> Any: ...
    def __repr__(self) -> str: ...
    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook(grad_inputs, grad_outputs)` after the step; it may return other grad_inputs."""

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook(grad_outputs)` before the step runs; it may return other grad_outputs."""

def live_nodes() -> int:
    """How many more steps of the tape this thread has made than destroyed."""

def rules() -> dict[str, str | None]:
    """The operations that have a rule (None), or a reason for having none."""

def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """
    Adds the gradients of tensors to the `.grad` of the leaves that they came from.

    Each tensor is seeded with its entry of `grad_tensors`; one of one element needs none.
    What is saved is freed unless `retain_graph`. With `create_graph` a leaf and its gradient
    hold each other: set `.grad` to None afterwards, or use grad(). RuntimeError where a tensor
    does not require grad, a shape differs, or the graph has been freed.

    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> backward((x * x).sum())
    >>> x.grad
    tensor([2., 4.])
    """

def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor, ...]:
    """
    The gradients of outputs with respect to inputs; nothing is accumulated.

    With `create_graph` they can be differentiated again. RuntimeError where an input was not
    used, unless `allow_unused` (None) or `materialize_grads` (zeros).

    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> (slope,) = grad(x * x * x, x, create_graph=True)
    >>> grad(slope, x)
    (tensor(18.),)
    """

def runs_for_inputs() -> bool:
    """
    Whether the backward that runs in this thread is one for some inputs only.
    """

def queue_callback(callback: Callable[[], object]) -> None:
    """Calls a function at the end of the backward that runs in this thread."""

def anomaly() -> tuple[bool, bool]: ...
def set_anomaly(enabled: bool, check_nan: bool) -> None: ...
def add_hooks(tensor: Tensor, hooks: dict[int, Any]) -> None: ...
def watch_leaf(tensor: Tensor) -> None: ...
def watch_accumulation(tensor: Tensor) -> None: ...
def set_saved_tensor_hooks(hooks: object | None) -> object:
    """Sets the innermost hooks of this thread, returns those before."""

class FunctionLink:
    """The tie between a context and its step of the tape."""

    def __init__(self) -> None: ...
    @property
    def saved_tensors(self) -> tuple[Tensor, ...]:
        """What save_for_backward was given."""

    @property
    def _node(self) -> object: ...

def apply_function(function: type, *args: Any, **kwargs: Any) -> Any:
    """
    Runs the forward of a Function and records it; gives what forward returns.
    """

__all__ = ["Node", "backward", "grad"]
