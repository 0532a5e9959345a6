"""Where memory of CUDA devices comes from: pools, and allocators of the user's."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from taeda_kernels import _kernels
from taeda_tensor._cuda_devices import device_count, index_of, init, is_available


def memory_snapshot(mempool_id: Any = None, include_traces: bool = True) -> list[dict[str, Any]]:
    """The blocks that this process has taken of all devices' memory, as PyTorch lists segments.

    A block is a segment of its own here, so that each holds one. `mempool_id` chooses a pool.
    There are no traces, whether they are asked for or not.
    """
    wanted = None if mempool_id is None else tuple(mempool_id)
    segments = []
    for device in range(device_count()):
        for address, size, pool, stream, used in _kernels._cuda_memory_blocks(device):
            if wanted not in (None, (0, pool)):
                continue
            taken = size if used else 0
            state = "active_allocated" if used else "inactive"
            segments.append(
                {
                    "device": device,
                    "address": address,
                    "total_size": size,
                    "allocated_size": taken,
                    "active_size": taken,
                    "stream": stream,
                    "segment_type": "large" if size > 1 << 20 else "small",
                    "segment_pool_id": (0, pool),
                    "is_expandable": False,
                    "blocks": [{"address": address, "size": size, "state": state}],
                }
            )
    return sorted(segments, key=lambda segment: (segment["device"], segment["address"]))


class _Source(NamedTuple):
    """The addresses of two functions; `library` keeps them loaded."""

    take: int
    give_back: int
    library: Any


class CUDAPluggableAllocator:
    """An allocator in a library: two C functions, by their names.

    `void* alloc(ssize_t size, int device, cudaStream_t stream)` gives null where there is no more
    memory, `void free(void* block, ssize_t size, int device, cudaStream_t stream)` gets a block
    back while the stream may still have work that uses it. For `change_current_allocator`, or for
    the pool of `MemPool(allocator.allocator())`.

    Raises OSError where there is no such library, AttributeError where it lacks a function.
    """

    def __init__(
        self, path_to_so_file: str | os.PathLike[str], alloc_fn_name: str, free_fn_name: str
    ) -> None:
        library = ctypes.CDLL(os.fspath(path_to_so_file))
        addresses = [
            ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0
            for name in (alloc_fn_name, free_fn_name)
        ]
        self._allocator = _Source(addresses[0], addresses[1], library)

    def allocator(self) -> Any:
        """What `MemPool` takes."""
        return self._allocator


def change_current_allocator(allocator: CUDAPluggableAllocator) -> None:
    """Take all memory from this allocator from here on, and keep none of it for reuse.

    Raises RuntimeError where memory has been taken already.
    """
    init()
    source = allocator.allocator()
    _kernels._cuda_set_memory_source(source.take, source.give_back)
    _kept.append(source)


_kept: list[_Source] = []


def caching_allocator_enable(value: bool = True) -> None:
    """Whether memory that is given up is kept for reuse, as it is unless this says otherwise.

    Without it every tensor that goes waits for the device.
    """
    if is_available():
        _kernels._cuda_keep_memory(value)


class MemPool:
    """A pool of memory: what `use_mem_pool` takes from it, it alone gives out again.

    It takes memory from `allocator`, if that is given, and gives it back when the pool goes; what
    is still in use then follows later. With `use_on_oom` the memory that it keeps serves all where
    a device has no more. Blocks are never split, so that `no_split` changes nothing.

    >>> import taeda_tensor as torch
    >>> if torch.cuda.is_available():
    ...     pool = torch.cuda.MemPool()
    ...     with torch.cuda.use_mem_pool(pool):
    ...         x = torch.zeros(3, device="cuda")
    """

    def __init__(
        self, allocator: Any = None, use_on_oom: bool = False, no_split: bool = False
    ) -> None:
        init()
        self._source: _Source | None = allocator
        take, give_back = allocator[:2] if allocator else (0, 0)
        self._number = _kernels._cuda_new_pool(take, give_back, use_on_oom)
        _kernels._cuda_hold_pool(self._number)
        if allocator:
            _kept.append(allocator)  # tensors may outlive the pool

    @property
    def id(self) -> tuple[int, int]:
        """Its name, as `memory_snapshot` and `graph(pool=...)` take it."""
        return (0, self._number)

    @property
    def allocator(self) -> Any:
        """What it takes memory from; None: the device itself."""
        return self._source

    def use_count(self) -> int:
        """How many hold the pool: this object, blocks of `use_mem_pool`, and graphs."""
        return _kernels._cuda_holders_of_pool(self._number)

    def snapshot(self, include_traces: bool = True) -> list[dict[str, Any]]:
        """The pool's part of `memory_snapshot`."""
        return memory_snapshot(self.id, include_traces)

    def __del__(self) -> None:
        if number := getattr(self, "_number", 0):
            self._number = 0
            _kernels._cuda_leave_pool(number)


@contextmanager
def use_mem_pool(pool: MemPool, device: Any = None) -> Iterator[None]:
    """Let what this thread takes of the device's memory come from the pool."""
    index = index_of(device)
    if index < 0:
        index = _kernels._cuda_current_device()
    number = pool.id[1]
    _kernels._cuda_hold_pool(number)
    before = _kernels._cuda_use_pool(index, number)
    try:
        yield
    finally:
        _kernels._cuda_use_pool(index, before)
        _kernels._cuda_leave_pool(number)
