"""CUDA devices: how many, which one is current, what they are."""

from __future__ import annotations

from types import TracebackType
from typing import Any, NamedTuple

from taeda_kernels import _kernels
from taeda_tensor._tensor import device as _device


class DeviceProperties(NamedTuple):
    """What a device is made of."""

    name: str
    major: int
    minor: int
    multi_processor_count: int
    total_memory: int


def index_of(device: Any) -> int:
    """The index of a device given as PyTorch takes it: None stands for the current one, -1 here."""
    if device is None:
        return -1
    if isinstance(device, int):
        return device
    chosen = _device(device) if isinstance(device, str) else device
    if chosen.type != "cuda":
        raise ValueError(f"cuda: expected a cuda device, got {chosen}")
    return chosen.index if isinstance(chosen.index, int) else -1


def is_available() -> bool:
    """Whether there is a CUDA device, its driver and taeda's kernels for it.

    >>> import taeda_tensor as torch
    >>> device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    """
    return device_count() > 0


def device_count() -> int:
    """The number of CUDA devices; 0 where anything is missing that they need."""
    return _kernels._cuda_device_count()


def init() -> None:
    """Says what is missing where no device can be used; there is nothing else to do.

    Raises RuntimeError without a device.
    """
    if device_count() == 0:
        raise RuntimeError(f"cuda: {_kernels._cuda_problem()}")


def is_initialized() -> bool:
    """Whether devices can be used."""
    return is_available()


def current_device() -> int:
    """The index of the device that "cuda" stands for in this thread."""
    init()
    return _kernels._cuda_current_device()


def set_device(device: Any) -> None:
    """Make a device the current one of this thread."""
    init()
    index = index_of(device)
    if index >= 0:
        _kernels._cuda_set_device(index)


def synchronize(device: Any = None) -> None:
    """Wait until the device has done all its work.

    Raises what kernels found wrong meanwhile, such as an IndexError of an index.
    """
    init()
    _kernels._cuda_synchronize(index_of(device))


def get_device_properties(device: Any = None) -> DeviceProperties:
    """The name, compute capability, number of multiprocessors and memory of a device."""
    init()
    return DeviceProperties(*_kernels._cuda_facts(index_of(device)))


def get_device_name(device: Any = None) -> str:
    """The name of a device."""
    return get_device_properties(device).name


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """The compute capability of a device: major and minor version."""
    facts = get_device_properties(device)
    return facts.major, facts.minor


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether bfloat16 can be used: on every device."""
    return is_available() and (including_emulation or get_device_capability()[0] >= 8)


def get_arch_list() -> list[str]:
    """The architectures that the kernels are compiled for."""
    return ["sm_80", "sm_90", "compute_90"] if is_available() else []


class device:
    """Another current device for a `with` block."""

    def __init__(self, device: Any) -> None:
        self.idx = index_of(device)
        self.prev_idx = -1

    def __enter__(self) -> None:
        if self.idx >= 0:
            self.prev_idx = current_device()
            set_device(self.idx)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.prev_idx >= 0:
            set_device(self.prev_idx)


class device_of(device):
    """The device of a tensor as the current one; nothing where the tensor is on the CPU."""

    def __init__(self, obj: Any) -> None:
        super().__init__(obj.device if obj.is_cuda else None)
