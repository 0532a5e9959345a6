"""A process that has one library loaded and times cases on request: JSON lines in, JSON lines out.

Runs as `python -m benchmarks.worker LIBRARY THREADS`, under an interpreter that may have nothing
but that library: this module and the cases import only the standard library besides.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import itertools
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.builders import train_step
from benchmarks.case import Case, Work, load_cases

SUBMODULES = ("nn", "nn.functional", "optim", "utils.data")


class Worker:
    """The library, and the case that is being timed."""

    def __init__(self, library: str, threads: int | None) -> None:
        self.library = library
        self.module = importlib.import_module(library)
        if library != "numpy":
            for name in SUBMODULES:
                importlib.import_module(f"{library}.{name}")
            if threads is not None:
                self.module.set_num_threads(threads)
        self.cases = load_cases()
        self.work: Work | None = None
        self.calls = 1

    def hello(self) -> dict[str, Any]:
        """What this process runs."""
        threads = None if self.library == "numpy" else self.module.get_num_threads()
        return {
            "version": str(self.module.__version__),
            "python": sys.version.split()[0],
            "threads": threads,
        }

    def prepare(self, key: str, sample_seconds: float, warm_seconds: float) -> dict[str, Any]:
        """Build a case, warm it up, and choose how many calls make one sample."""
        self.drop()
        self.work = self._build(key)
        self.calls = 1
        deadline = time.perf_counter() + warm_seconds
        while True:
            elapsed = self._sample()
            # A sample of nearly the right length needs no other number of calls.
            if elapsed < 0.7 * sample_seconds:
                growth = sample_seconds / max(elapsed, 1e-7)
                self.calls = max(self.calls + 1, int(self.calls * min(growth, 10)))
            elif time.perf_counter() >= deadline:
                break
        return {"calls": self.calls, "seconds": elapsed}

    def measure(self, samples: int) -> dict[str, Any]:
        """Seconds a call, once for each sample, and the share of the time spent without a core."""
        waited, start = _waited(), time.perf_counter()
        seconds = [self._sample() / self.calls for _ in range(samples)]
        elapsed = time.perf_counter() - start
        return {"seconds": seconds, "waited": (_waited() - waited) / elapsed}

    def memory(self, key: str, calls: int) -> dict[str, Any]:
        """Bytes resident before a case is built, and at most until it was called some times."""
        # What a library loads with its first step is not the case's.
        nn = self.module.nn
        layer = nn.Linear(4, 4)
        optimizer = self.module.optim.SGD(layer.parameters(), lr=0.1)
        inputs, targets = self.module.randn(8, 4), self.module.randn(8, 4)
        train_step(layer, nn.MSELoss(), optimizer, inputs, targets)()
        before = _resident("VmRSS")
        # Forgets what importing the library took for a moment.
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        work = self._build(key)
        for _ in range(calls):
            work()
        return {"before": before, "peak": _resident("VmHWM")}

    def drop(self) -> dict[str, Any]:
        """Free the case's memory."""
        self.work = None
        gc.collect()
        return {}

    def _build(self, key: str) -> Work:
        case = self.cases[key]
        build = case.builder(self.library) if isinstance(case, Case) else None
        if build is None:
            raise LookupError(f"{key} is not for {self.library}")
        if self.library != "numpy":
            self.module.manual_seed(0)
        return build(self.module)

    def _sample(self) -> float:
        work = self.work
        assert work is not None
        repeat = itertools.repeat(None, self.calls)
        gc.disable()
        try:
            start = time.perf_counter()
            for _ in repeat:
                work()
            return time.perf_counter() - start
        finally:
            gc.enable()


def _waited() -> float:
    """Seconds that the threads were ready to run and had no core; 0 where no system tells."""
    nanoseconds = 0
    for path in Path("/proc/self/task").glob("*/schedstat"):
        # A thread may have ended meanwhile.
        with contextlib.suppress(OSError):
            nanoseconds += int(path.read_text(encoding="ascii").split()[1])
    return nanoseconds / 1e9


def _settle() -> None:
    """Wait until threads that spin for more work, as those of OpenBLAS do for 0.1 s, are asleep."""
    # Linux brings their times up to date only a hundred times a second.
    deadline, quiet = time.perf_counter() + 1, 0
    while quiet < 3 and time.perf_counter() < deadline:
        time.sleep(0.001)
        quiet = 0 if _others_run() else quiet + 1


def _others_run() -> bool:
    """Whether another thread of this process has or waits for a core."""
    tasks = Path("/proc/self/task")
    if not tasks.is_dir():
        used = time.process_time()
        time.sleep(0.002)
        return time.process_time() - used >= 0.0005
    for path in tasks.glob("*/stat"):
        with contextlib.suppress(OSError):
            # The state follows the name in brackets, which may hold brackets itself.
            state = path.read_text(encoding="ascii").rpartition(")")[2].split()[0]
            if state == "R" and path.parent.name != str(threading.get_native_id()):
                return True
    return False


def _resident(name: str) -> int:
    """A line of this process's status in bytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    for line in status.splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return 1024 * int(value.split()[0])
    raise LookupError(f"the system does not tell {name}")


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    # What a library prints must not get into the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    library, threads = sys.argv[1], sys.argv[2]
    worker = Worker(library, None if threads == "default" else int(threads))
    answers.write(json.dumps(worker.hello()) + "\n")
    for line in sys.stdin:
        request = json.loads(line)
        operation = getattr(worker, request.pop("operation"))
        try:
            answer = operation(**request)
        except Exception as error:  # a case that a library cannot run is a gap in the table
            reason = (str(error).splitlines() or ["no message"])[0]
            answer = {"error": f"{type(error).__name__}: {reason}"}
        _settle()
        answers.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
