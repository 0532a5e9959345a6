"""The parent's side: worker processes, and processes whose whole life is timed."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# Set in some shells; they halve NumPy's matrix product.
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


class WorkerError(Exception):
    """A worker could not start, or died."""


def environment(threads: int | None = None) -> dict[str, str]:
    """The environment of a measured process."""
    result = {name: value for name, value in os.environ.items() if name not in UNSET}
    if threads is not None:
        # NumPy has no call for this; taeda and PyTorch are told by set_num_threads.
        result["OPENBLAS_NUM_THREADS"] = str(threads)
    return result


class WorkerProcess:
    """A running `benchmarks.worker`."""

    def __init__(self, python: str, library: str, threads: int | None) -> None:
        self.library = library
        name = "default" if threads is None else str(threads)
        try:
            self._process = subprocess.Popen(
                [python, "-m", "benchmarks.worker", library, name],
                cwd=ROOT,
                env=environment(threads),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        except OSError as error:
            raise WorkerError(f"cannot start {python} for {library}: {error.strerror}") from error
        self.facts = self._answer()

    def ask(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Send a request and wait for the answer; WorkerError if the worker dies."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"operation": operation, **arguments}) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise WorkerError(f"the {self.library} worker has died") from error
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            status = self._process.wait()
            raise WorkerError(f"the {self.library} worker ended with status {status}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """Let the worker end, by force if it does not."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):  # it may be dead already
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def time_process(python: str, code: str) -> float:
    """The wall time in seconds of `python -c code`; WorkerError if it fails."""
    start = time.perf_counter()
    result = subprocess.run(
        [python, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True
    )
    seconds = time.perf_counter() - start
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no message"])[-1]
        raise WorkerError(f"{code!r} failed: {reason}")
    return seconds
