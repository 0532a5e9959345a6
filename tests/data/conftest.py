"""What all tests of loaders share: nothing of a loader is left behind."""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
from collections.abc import Iterator

import pytest

WAIT_SECONDS = 30


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No process, no descriptor, no shared memory."""
    shared = set(os.listdir("/dev/shm"))
    descriptors = set(os.listdir("/proc/self/fd"))
    yield
    gc.collect()
    assert multiprocessing.active_children() == []
    assert len(set(os.listdir("/proc/self/fd"))) <= len(descriptors)
    # Other programs come and go there too; what they leave for a moment is not ours.
    deadline = time.monotonic() + WAIT_SECONDS
    while not (left := set(os.listdir("/dev/shm"))) <= shared:
        assert time.monotonic() < deadline, left - shared
        time.sleep(0.02)
