"""Tools around the tape: hooks on what is saved for backward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from taeda_autograd import _autograd
from taeda_autograd._autograd import Node as Node
from taeda_tensor import Tensor

__all__ = ["Node", "save_on_cpu", "saved_tensors_hooks"]


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
