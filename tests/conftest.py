"""What all tests share: the state of the process is the same before each of them."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator

import pytest

# A shell starts what runs in its background with interrupts ignored, and so would be the programs
# that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def same_number_of_threads() -> Iterator[None]:
    """A test may set the number of threads: the next one finds what was before."""
    kernels = sys.modules.get("taeda_kernels")
    if kernels is None:
        yield
        return
    before = kernels.num_threads()
    yield
    kernels.set_num_threads(before)


@pytest.fixture(autouse=True)
def fixed_seeds() -> Iterator[None]:
    """Random streams start anew for each test, and the grad mode is as a test found it."""
    tensor = sys.modules.get("taeda_tensor")
    if tensor is None:
        yield
        return
    tensor.manual_seed(0)
    grad_mode = tensor.is_grad_enabled()
    yield
    left = tensor.is_grad_enabled()
    tensor.set_grad_enabled(grad_mode)
    assert left == grad_mode, "the test left the grad mode changed"
