"""Allocators of the user's, on the simulated device: in a library that stands in for such a one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SIMULATED = ROOT / "build" / "cuda-simulated" / "libtaeda_cuda.so"
COMPILER = shutil.which(os.environ.get("CC", "cc"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SIMULATED.exists(), reason="make cuda-simulated has not run"),
    pytest.mark.skipif("TAEDA_CUDA_LIBRARY" in os.environ, reason="runs on a chosen library"),
    pytest.mark.skipif(COMPILER is None, reason="no C compiler"),
]

START = """
import ctypes, os
import taeda as torch
path = os.environ["ALLOCATOR"]
allocator = torch.cuda.CUDAPluggableAllocator(path, "take", "give_back")
counts = (ctypes.c_long * 4).in_dll(ctypes.CDLL(path), "counts")
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("allocator") / "liballocator.so"
    options = ("-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
    source = HERE / "fakes" / "allocator.c"
    subprocess.run([str(COMPILER), *options, "-o", made, source], check=True)
    return made


def run(library: Path, program: str) -> None:
    environment = os.environ | {"TAEDA_CUDA_LIBRARY": str(SIMULATED), "ALLOCATOR": str(library)}
    ended = subprocess.run(
        [sys.executable, "-c", START + program],
        env=environment,
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def test_all_memory_comes_from_it_and_goes_back_at_once(library: Path) -> None:
    run(
        library,
        """
torch.cuda.change_current_allocator(allocator)
x = torch.ones(1000, device="cuda:1")
taken = counts[0]
assert taken >= 1 and counts[3] == 1 and counts[2] >= 4000
assert (x * 2).sum().item() == 2000
del x
assert counts[0] > taken and counts[0] == counts[1] and counts[2] == 0
assert torch.cuda.memory_reserved(1) == 0
side = torch.cuda.Stream()
x = torch.ones(1000, device="cuda")
x.record_stream(side)
del x
assert counts[2] == 0
try:
    torch.empty(1 << 27, dtype=torch.uint8, device="cuda")
except torch.OutOfMemoryError as error:
    assert "128 MiB are wanted" in str(error), error
else:
    raise AssertionError
""",
    )


def test_it_cannot_change_once_memory_has_been_taken(library: Path) -> None:
    run(
        library,
        """
torch.ones(1, device="cuda")
try:
    torch.cuda.change_current_allocator(allocator)
except RuntimeError as error:
    assert "memory has been taken already" in str(error)
else:
    raise AssertionError
""",
    )


def test_a_pool_takes_from_it_and_keeps_what_it_has(library: Path) -> None:
    run(
        library,
        """
pool = torch.cuda.MemPool(allocator.allocator())
assert pool.allocator is allocator.allocator()
with torch.cuda.use_mem_pool(pool):
    x = torch.ones(1 << 20, device="cuda")
    del x
    assert list(counts)[:2] == [1, 0]
    x, y = torch.ones(1 << 20, device="cuda"), torch.ones(1 << 20, device="cuda")
assert list(counts)[:2] == [2, 0]
torch.ones(1 << 20, device="cuda")
assert list(counts)[:2] == [2, 0]
del x, pool
assert list(counts)[:2] == [2, 1]
assert y.sum().item() == 1 << 20
del y
assert list(counts)[:3] == [2, 2, 0]
""",
    )


def test_what_a_library_lacks_is_told(library: Path) -> None:
    run(
        library,
        """
for names in ((path + ".none", "take", "give_back"), (path, "take", "none")):
    try:
        torch.cuda.CUDAPluggableAllocator(*names)
    except (OSError, AttributeError):
        continue
    raise AssertionError(names)
""",
    )
