"""The memory of tensors as an object; deep copies and pickles that keep what views share."""

from __future__ import annotations

import pickle
from typing import Any

from taeda_tensor import _tensor
from taeda_tensor._registry import method
from taeda_tensor._tensor import Tensor

__all__ = ["UntypedStorage"]


class UntypedStorage:
    """The bytes that a tensor and its views share."""

    def __init__(self, bytes: Tensor) -> None:
        self._bytes = bytes

    def nbytes(self) -> int:
        """The number of bytes."""
        return self._bytes.numel()

    __len__ = size = nbytes

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return self._bytes.data_ptr()

    @property
    def device(self) -> Any:
        """Where the memory lives."""
        return self._bytes.device

    def tolist(self) -> list[int]:
        """The bytes as numbers."""
        return self._bytes.tolist()  # type: ignore[no-any-return]

    def __getitem__(self, index: int) -> int:
        return int(self._bytes[index].item())

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, UntypedStorage)
            and self._bytes._storage_address() == other._bytes._storage_address()
        )

    def __hash__(self) -> int:
        return hash(self._bytes._storage_address())

    def __repr__(self) -> str:
        return f"UntypedStorage of {self.nbytes()} bytes on {self.device}"


@method
def untyped_storage(self: Tensor) -> UntypedStorage:
    """The memory that the tensor shares with its views."""
    return UntypedStorage(_tensor._storage_bytes(self))


@method
def storage(self: Tensor) -> UntypedStorage:
    """Same as untyped_storage."""
    return untyped_storage(self)


def _layout(tensor: Tensor) -> tuple[Any, tuple[int, ...], tuple[int, ...], int]:
    return tensor.dtype, tuple(tensor.shape), tensor.stride(), tensor.storage_offset()


def _check_leaf(tensor: Tensor, what: str) -> None:
    if not tensor.is_leaf:
        raise RuntimeError(
            f"{what}: Only Tensors created explicitly by the user (graph leaves) support the "
            f"{what} protocol at the moment; use detach()"
        )


def _deepcopy(self: Tensor, memo: dict[Any, Any]) -> Tensor:
    known = memo.get(id(self))
    if known is not None:
        return known  # type: ignore[no-any-return]
    _check_leaf(self, "deepcopy")
    key = ("storage", self._storage_address())
    memory = memo.get(key)
    if memory is None:
        # The original is kept in the memo too: its address must not be given to another meanwhile.
        original = _tensor._storage_bytes(self)
        memory = memo[key] = original.clone()
        memo[(*key, "kept")] = original
    copy: Tensor = _tensor._on_storage(memory, *_layout(self))
    if type(self) is not Tensor:
        copy = Tensor._make_subclass(type(self), copy, self.requires_grad)
    memo[id(self)] = copy
    copy.requires_grad = self.requires_grad
    _restore(copy, _deep_state(self, memo))
    return copy


def _deep_state(tensor: Tensor, memo: dict[Any, Any]) -> dict[str, Any]:
    import copy

    state = {name: copy.deepcopy(value, memo) for name, value in tensor.__dict__.items()}
    if tensor.grad is not None:
        state["grad"] = copy.deepcopy(tensor.grad, memo)
    return state


def _restore(tensor: Tensor, state: dict[str, Any]) -> None:
    for name, value in state.items():
        setattr(tensor, name, value)


def rebuild(
    cls: type[Tensor],
    data: Any,
    dtype: Any,
    shape: tuple[int, ...],
    requires_grad: bool,
    state: dict[str, Any] | None = None,
    device: str = "cpu",
) -> Tensor:
    """The tensor of a pickle: its elements in row-major order as bytes."""
    if not isinstance(data, (bytes, bytearray)):
        data = bytearray(data)
    memory = _tensor._from_buffer(data if isinstance(data, bytearray) else bytearray(data))
    strides = _tensor.empty(shape, dtype=_tensor.bool).stride()
    tensor: Tensor = _tensor._on_storage(memory, dtype, shape, strides, 0).to(device)
    if cls is not Tensor:
        tensor = Tensor._make_subclass(cls, tensor, requires_grad)
    tensor.requires_grad = requires_grad
    _restore(tensor, state or {})
    return tensor


def element_bytes(tensor: Tensor) -> Tensor:
    """The elements in row-major order, as a tensor of bytes."""
    packed = tensor.detach().cpu().contiguous()
    length = packed.numel() * packed.element_size()
    start = packed.storage_offset() * packed.element_size()
    return _tensor._storage_bytes(packed).narrow(0, start, length)


def _reduce(self: Tensor, protocol: Any) -> Any:
    _check_leaf(self, "pickle")
    content = memoryview(element_bytes(self))  # type: ignore[arg-type]
    data = pickle.PickleBuffer(content) if int(protocol) >= 5 else content.tobytes()
    state = dict(self.__dict__) or None
    arguments = (type(self), data, self.dtype, tuple(self.shape), self.requires_grad, state)
    if self.device.type != "cpu":
        return rebuild, (*arguments, str(self.device))
    return rebuild, arguments


def _copy(self: Tensor) -> Tensor:
    copied: Tensor = Tensor._make_subclass(type(self), self, self.requires_grad)
    _restore(copied, self.__dict__)
    return copied


setattr(Tensor, "__deepcopy__", _deepcopy)  # noqa: B010
setattr(Tensor, "__reduce_ex__", _reduce)  # noqa: B010
setattr(Tensor, "__copy__", _copy)  # noqa: B010


@method
def share_memory_(self: Tensor) -> Tensor:
    """Moves the elements into memory that processes made by fork share with this one.

    >>> from taeda_tensor import ones
    >>> ones(2).share_memory_().is_shared()
    True
    """
    if is_shared(self):
        return self
    import mmap

    content = element_bytes(self)
    region = mmap.mmap(-1, max(content.numel(), 1))
    memory = _tensor._from_buffer(region)
    memory.narrow(0, 0, content.numel()).copy_(content)
    strides = _tensor.empty(tuple(self.shape), dtype=_tensor.bool).stride()
    self.data = _tensor._on_storage(memory, self.dtype, tuple(self.shape), strides, 0)
    _shared[self._storage_address()] = memory
    return self


# Memory that was shared once stays so to the end of the process: others may still read it.
_shared: dict[int, Tensor] = {}


@method
def is_shared(self: Tensor) -> bool:
    """Whether the memory is shared with other processes."""
    return self.device.type == "cuda" or self._storage_address() in _shared
