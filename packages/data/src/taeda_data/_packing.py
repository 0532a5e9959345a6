"""A batch as bytes and arrays: tensors and arrays are taken out, the rest is pickled."""

from __future__ import annotations

import io
import pickle
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import taeda_tensor
from taeda_tensor import Tensor

Array = npt.NDArray[Any]


class Place(NamedTuple):
    """Where an array lies in a block and how to read it there."""

    offset: int
    shape: tuple[int, ...]
    dtype: str
    is_tensor: bool
    requires_grad: bool
    is_bfloat16: bool


class Packer(pickle.Pickler):
    """Pickles a batch and sets its tensors and arrays aside."""

    def __init__(self) -> None:
        self._stream = io.BytesIO()
        super().__init__(self._stream, protocol=5)
        self.arrays: list[Array] = []
        self.traits: list[tuple[bool, bool, bool]] = []
        self._known: dict[int, int] = {}
        self._alive: list[Any] = []

    def pack(self, batch: Any) -> bytes:
        """The pickled rest of the batch; `arrays` then holds what was set aside."""
        self.dump(batch)
        return self._stream.getvalue()

    def persistent_id(self, item: Any) -> int | None:
        """The number of an array that is set aside; None for all else."""
        kind = type(item)
        if kind is Tensor:
            if item.device.type != "cpu":
                return None
            return self._add_tensor(item)
        if kind is np.ndarray and not item.dtype.hasobject and item.dtype.names is None:
            return self._add(item, item, (False, False, False))
        return None

    def _add_tensor(self, item: Any) -> int:
        if item.requires_grad and not item.is_leaf:
            raise RuntimeError(
                "DataLoader: a worker cannot send a non-leaf tensor that requires grad, "
                "for its history stays behind; detach() it"
            )
        plain = item.detach()
        is_bfloat16 = plain.dtype == taeda_tensor.bfloat16
        if is_bfloat16:  # NumPy has no such type
            plain = plain.contiguous().view(taeda_tensor.int16)
        return self._add(item, plain.numpy(), (True, bool(item.requires_grad), is_bfloat16))

    def _add(self, item: Any, array: Array, traits: tuple[bool, bool, bool]) -> int:
        number = self._known.get(id(item))
        if number is None:
            number = self._known[id(item)] = len(self.arrays)
            self.arrays.append(array)
            self.traits.append(traits)
            self._alive.append(item)  # an id is unique only as long as its object lives
        return number


class Unpacker(pickle.Unpickler):
    """Rebuilds a batch around arrays that lie in shared memory."""

    def __init__(self, body: Any, items: list[Any]) -> None:
        super().__init__(io.BytesIO(body))
        self._items = items

    def persistent_load(self, number: int) -> Any:
        """The tensor or array of that number."""
        return self._items[number]


def rebuild(root: Array, place: Place) -> Any:
    """The tensor or array at a place of a block, sharing its memory."""
    array = np.ndarray(place.shape, place.dtype, buffer=root, offset=place.offset)
    if not place.is_tensor:
        return array
    tensor = taeda_tensor.from_numpy(array)
    if place.is_bfloat16:
        tensor = tensor.view(taeda_tensor.bfloat16)
    if place.requires_grad:
        tensor.requires_grad_()
    return tensor
