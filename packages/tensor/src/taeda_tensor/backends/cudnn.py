"""cuDNN: whether convolutions on a CUDA device may use it, and how.

It is used where it is installed, for instance by `pip install "taeda-kernels-cuda[libraries]"`.
Without it, or with `enabled = False`, the own kernels do the work: an image then has the same bits
alone and in a batch, which cuDNN does not promise.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from taeda_kernels import _kernels
from taeda_tensor.backends._settings import give_settings

enabled: bool
"""Whether cuDNN may be used: True."""
deterministic: bool
"""Only algorithms that give the same bits every time: True here, where PyTorch has False."""
benchmark: bool
"""Times the algorithms once for each shape and takes the fastest, which may be another one in the
next run and give other bits: False."""
allow_tf32: bool
"""Whether factors of float32 may be rounded to 11 significant bits for the tensor cores: True, as
PyTorch has it."""


def is_available() -> bool:
    """Whether cuDNN is installed and there is a CUDA device."""
    return version() is not None


def version() -> int | None:
    """The number of the version, such as 91200; None where cuDNN cannot be used."""
    return _kernels._cuda_library_version("cudnn")[0] or None


@contextmanager
def flags(
    enabled: bool = False,
    benchmark: bool = False,
    benchmark_limit: int = 10,
    deterministic: bool = False,
    allow_tf32: bool = True,
) -> Iterator[None]:
    """Other settings for a `with` block; the defaults are PyTorch's.

    >>> with flags(enabled=True, deterministic=True):
    ...     pass
    """
    wanted = {
        "cudnn": enabled,
        "cudnn_benchmark": benchmark,
        "cudnn_deterministic": deterministic,
        "cudnn_tf32": allow_tf32,
    }
    before = {name: _kernels._cuda_setting(name) for name in wanted}
    try:
        for name, value in wanted.items():
            _kernels._cuda_set_setting(name, value)
        yield
    finally:
        for name, value in before.items():
            _kernels._cuda_set_setting(name, value)


give_settings(
    __name__,
    enabled="cudnn",
    deterministic="cudnn_deterministic",
    benchmark="cudnn_benchmark",
    allow_tf32="cudnn_tf32",
)
