"""PyTorch's other names for what CUDA devices do: old ones, and those for all devices at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from taeda_tensor import _tensor
from taeda_tensor._cuda_devices import device_count, get_arch_list, index_of, init
from taeda_tensor._cuda_memory import (
    max_memory_reserved,
    memory_reserved,
    reset_peak_memory_stats,
)
from taeda_tensor._tensor import initial_seed, seed

__all__ = [
    "can_device_access_peer",
    "get_gencode_flags",
    "get_rng_state",
    "get_rng_state_all",
    "initial_seed",
    "manual_seed",
    "manual_seed_all",
    "max_memory_cached",
    "memory_cached",
    "reset_max_memory_allocated",
    "reset_max_memory_cached",
    "seed",
    "seed_all",
    "set_rng_state",
    "set_rng_state_all",
]


def manual_seed(seed: int) -> None:
    """Seed the random numbers: one generator serves the CPU and every device alike."""
    _tensor.manual_seed(seed)


def manual_seed_all(seed: int) -> None:
    """The same as `manual_seed`, since all devices draw from one generator."""
    _tensor.manual_seed(seed)


def seed_all() -> None:
    """Seed the random numbers by chance."""
    seed()


def get_rng_state(device: Any = "cuda") -> Any:
    """The state of the generator that all devices share."""
    return _tensor.get_rng_state()


def set_rng_state(new_state: Any, device: Any = "cuda") -> None:
    """Put the generator that all devices share into a state of `get_rng_state`."""
    _tensor.set_rng_state(new_state)


def get_rng_state_all() -> list[Any]:
    """The state of the generator, once for each device."""
    return [_tensor.get_rng_state() for _ in range(device_count())]


def set_rng_state_all(new_states: Iterable[Any]) -> None:
    """Put the generator that all devices share into the states of `get_rng_state_all`."""
    for state in new_states:
        _tensor.set_rng_state(state)


def can_device_access_peer(device: Any, peer_device: Any) -> bool:
    """Whether a device reads the memory of another itself: never, copies go through the runtime."""
    init()
    for index in (index_of(device), index_of(peer_device)):
        if index >= device_count():
            raise AssertionError(f"Invalid device id {index}: there are {device_count()} devices")
    return False


def get_gencode_flags() -> str:
    """What nvcc was told of architectures; empty without a device."""
    flags = []
    for architecture in get_arch_list():
        kind, _, number = architecture.partition("_")
        flags.append(f"-gencode compute=compute_{number},code={kind}_{number}")
    return " ".join(flags)


memory_cached = memory_reserved
max_memory_cached = max_memory_reserved
reset_max_memory_allocated = reset_peak_memory_stats
reset_max_memory_cached = reset_peak_memory_stats
