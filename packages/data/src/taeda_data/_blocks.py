"""Shared memory that has no name and so cannot be left behind.

A worker makes a block as an anonymous file, maps it and sends the descriptor over a socket; both
sides close the descriptor at once. Only the two mappings keep the memory, and the kernel drops
those when the processes end, however they end.

The arrays of a batch lie in one block. The parent reads them in place: a block goes back to its
worker when the last tensor made from it has died. Who keeps many batches gets the further ones
copied into ordinary memory, for each mapping holds a descriptor and those are few.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import weakref
from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt

from taeda_data._packing import Array, Place

Root = npt.NDArray[np.uint8]
_ALIGNMENT = 64
_PAGE = mmap.PAGESIZE
MAX_LEASES = 8


def _open_anonymous(size: int) -> int:
    """A descriptor of nameless memory of that size."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("taeda-data", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    try:
        os.ftruncate(descriptor, size)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


class BlockWriter:
    """The worker's side: makes blocks, fills them, takes them back."""

    def __init__(self) -> None:
        self._maps: dict[int, mmap.mmap] = {}
        self._free: list[int] = []
        self._made = 0
        self._size = _PAGE
        # Filled by the thread that listens to the parent.
        self.returned: deque[int] = deque()

    def _take_back(self) -> None:
        while self.returned:
            self._free.append(self.returned.popleft())

    def take(self, size: int) -> tuple[int, int | None, list[int]]:
        """A block of at least that size: number, descriptor if it is new, blocks given up for it.

        The caller sends the descriptor and then closes it.
        """
        self._take_back()
        for position in range(len(self._free) - 1, -1, -1):  # the one used last is in the cache
            if len(self._maps[self._free[position]]) >= size:
                return self._free.pop(position), None, []
        given_up = self._free
        self._free = []
        for number in given_up:
            self._maps.pop(number).close()
        # Batches that vary in size settle on blocks of the largest; untouched pages cost nothing.
        self._size = max(self._size, -(-size // _PAGE) * _PAGE)
        descriptor = _open_anonymous(self._size)
        try:
            self._maps[self._made] = mmap.mmap(descriptor, self._size)
        except (OSError, ValueError):
            os.close(descriptor)
            raise
        self._made += 1
        return self._made - 1, descriptor, given_up

    def put_back(self, number: int) -> None:
        """Take back a block whose batch was not sent."""
        self._free.append(number)

    def fill(self, number: int, arrays: list[Array], places: list[Place]) -> None:
        """Copy arrays to their places in a block."""
        for array, place in zip(arrays, places, strict=True):
            target: Array = np.ndarray(
                place.shape, place.dtype, buffer=self._maps[number], offset=place.offset
            )
            np.copyto(target, array)

    def fill_bytes(self, number: int, offset: int, body: bytes) -> None:
        """Copy bytes into a block."""
        self._maps[number][offset : offset + len(body)] = body


def lay_out(arrays: list[Array], traits: list[tuple[bool, bool, bool]]) -> tuple[list[Place], int]:
    """Places for arrays one after the other, each aligned to a cache line, and the end of all."""
    places = []
    end = 0
    for array, (is_tensor, requires_grad, is_bfloat16) in zip(arrays, traits, strict=True):
        places.append(
            Place(end, array.shape, array.dtype.str, is_tensor, requires_grad, is_bfloat16)
        )
        end += -(-array.nbytes // _ALIGNMENT) * _ALIGNMENT
    return places, end


class BlockReader:
    """The parent's side for one worker: maps its blocks and notices when they are free again."""

    def __init__(self) -> None:
        self._maps: dict[int, mmap.mmap] = {}
        self._leases: dict[int, weakref.ref[Root]] = {}
        self._died: deque[int] = deque()

    def add(self, number: int, descriptor: int, size: int, given_up: list[int]) -> None:
        """Map a new block and unmap those that the worker gave up; closes the descriptor."""
        try:
            self._maps[number] = mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)
        for old in given_up:
            del self._maps[old]

    def lease(self, number: int, size: int) -> Root:
        """The first bytes of a block, which is free again when all views of them are dead.

        A copy of them, and the block free at once, if many blocks are out already.
        """
        root: Root = np.frombuffer(self._maps[number], dtype=np.uint8)
        if self._alive() >= MAX_LEASES:
            self.discard(number)
            return root[:size].copy()
        died = self._died  # the callback may run in any thread: it only appends
        self._leases[number] = weakref.ref(root, lambda _: died.append(number))
        return root

    def discard(self, number: int) -> None:
        """Mark a block as free whose batch nobody wants."""
        self._died.append(number)

    def collect(self) -> list[int]:
        """Blocks that became free since the last call."""
        freed = []
        while self._died:
            number = self._died.popleft()
            self._leases.pop(number, None)
            freed.append(number)
        return freed

    def release(self) -> None:
        """Unmap all blocks but those that live tensors lie in."""
        self._maps.clear()

    @property
    def counts(self) -> dict[str, Any]:
        """Blocks mapped, and blocks whose tensors are alive."""
        return {"mapped": len(self._maps), "leased": self._alive()}

    def _alive(self) -> int:
        return sum(lease() is not None for lease in self._leases.values())
