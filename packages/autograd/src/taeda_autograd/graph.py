"""Tools around the tape: hooks on what is saved for backward."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from taeda_autograd import _autograd
from taeda_autograd._autograd import Node as Node
from taeda_tensor import Tensor

__all__ = ["Node", "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks"]


class saved_tensors_hooks:
    """Within the `with` block, `pack_hook(tensor)` is kept instead of a tensor saved for backward.

    Backward gets `unpack_hook(packed)` instead. Only the innermost pair is used.

    >>> import taeda_tensor as torch
    >>> x = torch.tensor([3.0], requires_grad=True)
    >>> with saved_tensors_hooks(lambda tensor: tensor.tolist(), torch.tensor):
    ...     y = x * x
    >>> y.backward(torch.tensor([1.0]))
    >>> x.grad
    tensor([6.])
    """

    def __init__(
        self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]
    ) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook
        self._before: list[Any] = []

    def __enter__(self) -> None:
        self._before.append(_autograd.set_saved_tensor_hooks((self.pack_hook, self.unpack_hook)))

    def __exit__(self, *_: object) -> None:
        _autograd.set_saved_tensor_hooks(self._before.pop())


class save_on_cpu(saved_tensors_hooks):
    """Within the `with` block, tensors saved for backward are kept in the memory of the CPU.

    >>> with save_on_cpu():
    ...     pass
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        if pin_memory:
            raise NotImplementedError("save_on_cpu: pin_memory needs a CUDA build")

        def pack(tensor: Tensor) -> tuple[Any, Tensor]:
            return tensor.device, tensor.to("cpu")

        def unpack(packed: tuple[Any, Tensor]) -> Tensor:
            device, tensor = packed
            return tensor.to(device)

        super().__init__(pack, unpack)


class _Gathered:
    """The gradients of one backward; the engine holds it until that ends, also by an error."""

    def __init__(self, count: int, function: Callable[..., Any] | None) -> None:
        self.gradients: list[Tensor | None] = [None] * count
        self.function = function

    def end(self) -> None:
        if self.function is not None:
            self.function(self.gradients)


class _Handles:
    """Removes several hooks at once."""

    def __init__(self, handles: Sequence[Any]) -> None:
        self.handles = tuple(handles)

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()

    def __enter__(self) -> _Handles:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[..., Any], *, mode: str = "all"
) -> _Handles:
    """Registers a function of the gradients of several tensors.

    In mode "all" `fn(gradients)` is called at the end of a backward that reached at least one of
    them, with None for those that it did not reach; in mode "any" `fn(gradient)` is called with the
    first gradient of each backward. ValueError for another mode.

    >>> import taeda_tensor as torch
    >>> x, y, z = (torch.ones(1, requires_grad=True) for _ in range(3))
    >>> handle = register_multi_grad_hook([x, y, z], print)
    >>> (x * 2 + y).backward(torch.ones(1))
    [tensor([2.]), tensor([1.]), None]
    >>> handle.remove()
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    running = threading.local()

    def hook_of(position: int) -> Callable[[Tensor], None]:
        def hook(gradient: Tensor) -> None:
            known = getattr(running, "known", None)
            gathered = None if known is None else known()
            if gathered is None:
                gathered = _Gathered(len(tensors), fn if mode == "all" else None)
                running.known = weakref.ref(gathered)
                _autograd.queue_callback(gathered.end)
                if mode == "any":
                    fn(gradient)
            gathered.gradients[position] = gradient

        return hook

    return _Handles([tensor.register_hook(hook_of(i)) for i, tensor in enumerate(tensors)])
