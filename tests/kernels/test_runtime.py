"""The allocator and the thread pool."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import taeda_kernels
from taeda_kernels import _kernels


def stat(name: str) -> int:
    return taeda_kernels.memory_stats()[name]


def test_freed_memory_is_reused() -> None:
    x = np.ones(1 << 16, np.float32)
    taeda_kernels.neg(x)
    gc.collect()
    before = taeda_kernels.memory_stats()
    address = taeda_kernels.neg(x).__array_interface__["data"][0]
    for _ in range(5):
        assert taeda_kernels.neg(x).__array_interface__["data"][0] == address
    after = taeda_kernels.memory_stats()
    assert after["allocations"] == before["allocations"] + 6
    assert after["cache_hits"] == before["cache_hits"] + 6
    assert after["allocated_bytes"] == before["allocated_bytes"]


def test_a_cached_block_serves_for_what_is_little_smaller() -> None:
    """In a process of its own: nothing else is cached there."""
    script = """
import numpy, taeda_kernels
stats = taeda_kernels.memory_stats
place = lambda array: array.__array_interface__["data"][0]
large, smaller, small = (numpy.ones(count << 17, numpy.int8) for count in (8, 6, 4))
address, held = place(taeda_kernels.neg(large)), stats()["allocated_bytes"]
assert stats()["cached_bytes"] >= large.nbytes
result = taeda_kernels.neg(smaller)
assert place(result) == address and (result == -1).all()
assert stats()["allocated_bytes"] == held + large.nbytes, stats()
del result
assert stats()["allocated_bytes"] == held, stats()
assert place(taeda_kernels.neg(small)) != address  # half of it would be lost
assert place(taeda_kernels.neg(large)) == address
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_results_are_aligned() -> None:
    for size in (1, 3, 17, 1000, 100_000):
        address = taeda_kernels.neg(np.ones(size)).__array_interface__["data"][0]
        assert address % 64 == 0


def test_peak_memory() -> None:
    taeda_kernels.reset_peak_memory()
    base = stat("allocated_bytes")
    assert stat("peak_allocated_bytes") == base
    x = np.ones(1 << 18)
    held = [taeda_kernels.neg(x) for _ in range(3)]
    del held
    gc.collect()
    assert stat("allocated_bytes") == base
    assert stat("peak_allocated_bytes") >= base + 3 * x.nbytes
    taeda_kernels.reset_peak_memory()
    assert stat("peak_allocated_bytes") == base


def test_empty_cache() -> None:
    """In a process of its own: the threads of a pool keep the small blocks that they cache."""
    script = """
import numpy, taeda_kernels
stat = lambda: taeda_kernels.memory_stats()["cached_bytes"]
taeda_kernels.set_num_threads(1)
for size in (10, 1 << 20):
    taeda_kernels.neg(numpy.ones(size))
assert stat() >= 8 << 20, stat()
taeda_kernels.empty_cache()
assert stat() == 0, stat()
# What was cached is gone; allocation goes on.
assert (taeda_kernels.neg(numpy.ones(10)) == -1).all()
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_cache_limit() -> None:
    """In a process of its own too."""
    script = """
import gc, numpy, taeda_kernels
stat = lambda: taeda_kernels.memory_stats()["cached_bytes"]
taeda_kernels.set_cache_limit(4 << 20)
x = numpy.ones(1 << 18)
held = [taeda_kernels.neg(x) for _ in range(8)]
del held
gc.collect()
assert stat() <= (4 << 20) + (2 << 20), stat()
taeda_kernels.set_cache_limit(0)
assert stat() <= 2 << 20, stat()
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_full_cache_makes_room_for_what_is_used_now() -> None:
    script = """
import numpy, taeda_kernels
stat = lambda name: taeda_kernels.memory_stats()[name]
taeda_kernels.empty_cache()
taeda_kernels.set_cache_limit(4 << 20)
x, old = numpy.ones(1 << 15), numpy.ones(1 << 17)
held = [taeda_kernels.neg(old) for _ in range(4)]
del held
full = stat("cached_bytes")
assert full >= 3 << 20, full
for _ in range(10_000):
    taeda_kernels.neg(x)
before = stat("cache_hits"), stat("allocations")
for _ in range(100):
    taeda_kernels.neg(x)
hits, allocations = stat("cache_hits") - before[0], stat("allocations") - before[1]
assert hits == allocations >= 100, (hits, allocations)
assert stat("cached_bytes") <= full + (1 << 20)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_exhaustion_is_an_error() -> None:
    tiny = np.ones(1, np.int8)
    huge = np.broadcast_to(tiny, (1 << 50,))
    with pytest.raises(MemoryError, match=r"bytes|GiB|TiB|PiB"):
        taeda_kernels.neg(huge)
    np.testing.assert_array_equal(taeda_kernels.neg(tiny), [-1])


def test_allocation_from_many_threads() -> None:
    before = stat("allocated_bytes")
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            random = np.random.default_rng(seed)
            held: list[tuple[np.ndarray, int]] = []
            for step in range(300):
                value = seed * 1000 + step
                size = int(2 ** random.uniform(0, 16))
                held.append((taeda_kernels.add(np.zeros(size, np.int32), value), value))
                if len(held) > 12:
                    array, expected = held.pop(int(random.integers(len(held))))
                    assert (array == expected).all()
            assert all((array == expected).all() for array, expected in held)
        except BaseException as failure:
            failures.append(failure)

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failures
    gc.collect()
    assert stat("allocated_bytes") == before


def test_blocks_freed_by_another_thread() -> None:
    before = stat("allocated_bytes")
    held = [taeda_kernels.neg(np.ones(5000)) for _ in range(50)]
    worker = threading.Thread(target=held.clear)
    worker.start()
    worker.join()
    gc.collect()
    assert stat("allocated_bytes") == before


@pytest.mark.parametrize("is_short", [False, True])
@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("blocks", [0, 1, 2, 3, 100, 5000])
def test_every_block_runs_once(threads: int, blocks: int, is_short: bool) -> None:
    taeda_kernels.set_num_threads(threads)
    assert taeda_kernels.num_threads() == threads
    ran, nested = _kernels._exercise_pool(blocks, 3, is_short=is_short)
    assert ran == 3 * blocks
    assert nested or threads == 1


@pytest.mark.parametrize("is_short", [False, True])
@pytest.mark.parametrize("threads", [1, 3])
def test_an_exception_reaches_the_caller(threads: int, is_short: bool) -> None:
    taeda_kernels.set_num_threads(threads)
    for failing in (0, 17, 99):
        with pytest.raises(ValueError, match=f"block {failing} fails"):
            _kernels._exercise_pool(100, 1, failing, is_short)
        assert _kernels._exercise_pool(100, 1, is_short=is_short) == (100, threads > 1)


def test_short_loops_do_without_workers_that_sleep() -> None:
    """In a process of its own, whose pool has no worker yet; many in a row then start them."""
    script = """
import os, taeda_kernels
from taeda_kernels import _kernels
count = lambda: len(os.listdir("/proc/self/task"))
taeda_kernels.set_num_threads(3)
alone = count()
assert _kernels._exercise_pool(50, 1, is_short=True) == (50, True)
assert count() == alone
for _ in range(100):
    assert _kernels._exercise_pool(50, 1, is_short=True) == (50, True)
assert count() == alone + 2, (count(), alone)
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_loops_from_many_python_threads() -> None:
    taeda_kernels.set_num_threads(2)
    x = np.random.default_rng(0).normal(size=200_000)
    wanted = taeda_kernels.exp(x)
    results: list[bool] = []

    def work() -> None:
        results.extend(bool((taeda_kernels.exp(x) == wanted).all()) for _ in range(20))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert results == [True] * 80


def test_workers_that_were_woken_may_run_on_every_core() -> None:
    """A worker that sleeps is kept from its waker's core, but only until it runs."""
    x = np.ones(1 << 18, np.float32)
    taeda_kernels.set_num_threads(3)
    for _ in range(20):
        taeda_kernels.exp(x)
        taeda_kernels.exp(x)
        time.sleep(0.005)  # longer than a worker waits for more
    time.sleep(0.1)
    tasks = [int(name) for name in os.listdir("/proc/self/task")]
    assert {frozenset(os.sched_getaffinity(task)) for task in tasks} == {
        frozenset(os.sched_getaffinity(0))
    }


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_runs_parallel_loops() -> None:
    """In a process of its own, which has no other threads that fork could warn about."""
    script = """
import os, warnings
import numpy, taeda_kernels
from taeda_kernels import _kernels
taeda_kernels.set_num_threads(2)
x = numpy.linspace(-3, 3, 300_000)
wanted = taeda_kernels.exp(x)
warnings.simplefilter("ignore")
child = os.fork()
if child == 0:
    same = (taeda_kernels.exp(x) == wanted).all() and _kernels._exercise_pool(50, 2) == (100, True)
    grandchild = os.fork()
    if grandchild == 0:
        os._exit(0 if (taeda_kernels.exp(x) == wanted).all() else 1)
    _, status = os.waitpid(grandchild, 0)
    os._exit(0 if same and status == 0 else 1)
_, status = os.waitpid(child, 0)
assert status == 0, status
assert (taeda_kernels.exp(x) == wanted).all()
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_backend_name() -> None:
    name = taeda_kernels.backend_name()
    assert name in ("cpu/portable", "cpu/v3", "cpu/v4")
    script = "import taeda_kernels; taeda_kernels.backend_name()"
    environment = dict(os.environ, TAEDA_ISA="nonsense")
    run = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert "TAEDA_ISA=nonsense is not usable on this machine; choose one of:" in run.stderr


def test_a_library_of_another_table_is_refused() -> None:
    with pytest.raises(
        RuntimeError,
        match=r"old\.so: built for version 0 of the table of kernels \(8 bytes\), "
        r"but taeda-kernels has version \d+ \(\d+ bytes\)",
    ):
        _kernels._check_kernel_table("old.so", 0, 8)
