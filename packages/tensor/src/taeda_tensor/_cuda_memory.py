"""Memory of CUDA devices: what tensors hold, what is kept for reuse, what the device has."""

from __future__ import annotations

from typing import Any

from taeda_kernels import _kernels
from taeda_tensor import _tensor
from taeda_tensor._cuda_devices import (
    get_device_properties,
    index_of,
    init,
    is_available,
)
from taeda_tensor._cuda_pools import (
    CUDAPluggableAllocator as CUDAPluggableAllocator,
    MemPool as MemPool,
    caching_allocator_enable as caching_allocator_enable,
    change_current_allocator as change_current_allocator,
    memory_snapshot as memory_snapshot,
    use_mem_pool as use_mem_pool,
)
from taeda_tensor._cuda_streams import Stream, stream as _stream

OutOfMemoryError = MemoryError
"""Raised where a device has no memory left; the message says what holds it."""


def _stats(device: Any) -> dict[str, int]:
    if not is_available():
        return dict.fromkeys(
            (
                "allocated_bytes",
                "peak_allocated_bytes",
                "cached_bytes",
                "allocations",
                "cache_hits",
            ),
            0,
        )
    return _kernels._cuda_memory_stats(index_of(device))


def memory_allocated(device: Any = None) -> int:
    """The bytes that tensors of the device hold; 0 without a device."""
    return _stats(device)["allocated_bytes"]


def max_memory_allocated(device: Any = None) -> int:
    """The most that tensors ever held since the last `reset_peak_memory_stats`."""
    return _stats(device)["peak_allocated_bytes"]


def memory_reserved(device: Any = None) -> int:
    """The bytes that were taken from the device: in tensors, or kept for reuse."""
    stats = _stats(device)
    return stats["allocated_bytes"] + stats["cached_bytes"]


def max_memory_reserved(device: Any = None) -> int:
    """At least what tensors held at most, or what is reserved now."""
    return max(memory_reserved(device), max_memory_allocated(device))


def memory_stats(device: Any = None) -> dict[str, int]:
    """The counters of the allocator, under PyTorch's names; empty without a device."""
    if not is_available():
        return {}
    stats = _stats(device)
    blocks = _kernels._cuda_memory_blocks(index_of(device))
    used = sum(is_used for *_, is_used in blocks)
    allocated, peak = stats["allocated_bytes"], stats["peak_allocated_bytes"]
    return {
        "allocated_bytes.all.current": allocated,
        "allocated_bytes.all.peak": peak,
        "active_bytes.all.current": allocated,
        "active_bytes.all.peak": peak,
        "allocation.all.current": used,
        "allocation.all.allocated": stats["allocations"],
        "allocation.all.freed": stats["allocations"] - used,
        "reserved_bytes.all.current": allocated + stats["cached_bytes"],
        "reserved_bytes.all.peak": max_memory_reserved(device),
        "segment.all.current": len(blocks),
        # Blocks are not split: what is kept for reuse is kept whole.
        "inactive_split_bytes.all.current": 0,
    }


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """The counters of the allocator as text, and unless `abbreviated` the largest blocks."""
    stats = _stats(device)
    lines = [f"{name:<22}{value:>18,}" for name, value in stats.items()]
    if not abbreviated and is_available():
        blocks = sorted(_kernels._cuda_memory_blocks(index_of(device)), key=lambda b: -b[1])
        for address, size, pool, _, used in blocks[:10]:
            owner = "in use" if used else "kept for reuse"
            of_graph = f", of pool {pool}" if pool else ""
            lines.append(f"{address:#022x}{size:>18,}  {owner}{of_graph}")
    return "\n".join(lines)


_taken: dict[int, Any] = {}


def caching_allocator_alloc(size: int, device: Any = None, stream: Any = None) -> int:
    """The address of that many bytes of a device, until `caching_allocator_delete`."""
    index = index_of(device)
    place = "cuda" if index < 0 else f"cuda:{index}"
    with _stream(stream if stream is None or isinstance(stream, Stream) else None):
        block = _tensor.empty(size, dtype=_tensor.uint8, device=place)
    address = block.data_ptr()
    _taken[address] = block
    return address


def caching_allocator_delete(mem_ptr: int) -> None:
    """Give back what `caching_allocator_alloc` gave."""
    del _taken[mem_ptr]


def reset_peak_memory_stats(device: Any = None) -> None:
    """Let the peak start again from what is allocated now."""
    if is_available():
        _kernels._cuda_reset_peak_memory(index_of(device))


def empty_cache() -> None:
    """Give the memory that is kept for reuse back: of the devices, and pinned memory."""
    if is_available():
        _kernels._cuda_empty_cache()


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """The free and the total bytes of a device, all processes together."""
    init()
    return _kernels._cuda_memory(index_of(device))


def set_per_process_memory_fraction(fraction: float, device: Any = None) -> None:
    """Bound what this process takes of a device's memory, as a fraction of it.

    Raises ValueError outside of [0, 1].
    """
    init()
    if not 0 <= fraction <= 1:
        raise ValueError(
            f"set_per_process_memory_fraction: fraction must lie in [0, 1], got {fraction}"
        )
    total = get_device_properties(device).total_memory
    # No limit is 0, so that nothing at all is one byte.
    bound = 0 if fraction == 1 else max(1, int(total * fraction))
    _kernels._cuda_set_memory_limit(index_of(device), bound)


def ipc_collect() -> None:
    """Memory is not shared between processes, so there is nothing to collect."""
