"""What needs a CUDA device: skipped, with the reason, where there is none.

The same tests run on a simulated device: see tests/cuda/test_simulated.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import taeda_tensor as tt
from taeda_kernels import _kernels

HERE = Path(__file__).parent
WITHOUT_DEVICE = (
    "test_without_device.py",
    "test_simulated.py",
    "test_allocators.py",
    "test_libraries.py",
    "test_monitor.py",
    "test_racecheck.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if tt.cuda.is_available():
        return
    reason = f"no CUDA device: {_kernels._cuda_problem()}"
    for item in items:
        if item.path.parent == HERE and item.path.name not in WITHOUT_DEVICE:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def exact_convolutions() -> Iterator[None]:
    """Results are compared with the CPU's: factors of float32 are not to be rounded."""
    before = tt.backends.cudnn.allow_tf32
    tt.backends.cudnn.allow_tf32 = False
    yield
    tt.backends.cudnn.allow_tf32 = before
