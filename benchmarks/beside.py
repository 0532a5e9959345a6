"""Fairness: the same cases alone, and beside a process that keeps one core busy.

Beside it, a library has the other cores to itself. It gets its fair share if it is no slower than
it is alone with one thread fewer; a pool whose threads wait for one another is much slower.
"""

from __future__ import annotations

import contextlib
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks.case import Case
from benchmarks.processes import WorkerError, WorkerProcess
from benchmarks.report import NAME_WIDTH, duration, three_digits
from benchmarks.session import Settings

# Times of shared machines vary by this much.
TOLERANCE = 1.15
LIBRARIES = ("taeda", "torch")

Entry = dict[str, Any]


class BusyProcess:
    """A process that uses one core, but only inside of `running`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        self._signal(signal.SIGSTOP)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Let it run for a while."""
        self._signal(signal.SIGCONT)
        try:
            yield
        finally:
            self._signal(signal.SIGSTOP)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()

    def _signal(self, number: int) -> None:
        os.kill(self._process.pid, number)


class Pair:
    """A library's two processes, with all threads and with one fewer."""

    def __init__(self, python: str, library: str, cores: int, settings: Settings) -> None:
        self.settings = settings
        self._workers = [WorkerProcess(python, library, threads) for threads in (None, cores - 1)]

    def measure(self, case: Case, busy: BusyProcess) -> dict[str, float]:
        """The shares of a case; the processes take turns."""
        settings = self.settings
        every, fewer = self._workers
        for worker in self._workers:
            _checked(
                worker.ask(
                    "prepare",
                    key=case.key,
                    sample_seconds=settings.sample_seconds,
                    warm_seconds=settings.warm_seconds,
                )
            )
        times: dict[str, list[float]] = {"alone": [], "fewer": [], "beside": []}

        def measure(worker: WorkerProcess, name: str) -> None:
            times[name] += _checked(worker.ask("measure", samples=settings.samples))["seconds"]

        for _ in range(settings.rounds):
            measure(every, "alone")
            measure(fewer, "fewer")
            with busy.running():
                measure(every, "beside")
        for worker in self._workers:
            worker.ask("drop")
        return shares(times)

    def close(self) -> None:
        """End both."""
        for worker in self._workers:
            worker.close()


def measure(
    pythons: dict[str, str], cases: list[Case], cores: int, settings: Settings
) -> Iterator[Entry]:
    """A row for each case: seconds alone, alone with a thread fewer, and beside, by library."""
    with contextlib.ExitStack() as stack:
        busy = stack.enter_context(contextlib.closing(BusyProcess()))
        pairs = {}
        for library in LIBRARIES:
            if library in pythons:
                pair = Pair(pythons[library], library, cores, settings)
                pairs[library] = stack.enter_context(contextlib.closing(pair))
        for case in cases:
            result: Entry = {"case": case.key, "group": case.group, "libraries": {}, "errors": {}}
            for library, pair in pairs.items():
                try:
                    result["libraries"][library] = pair.measure(case, busy)
                except WorkerError as error:
                    result["errors"][library] = str(error)
            yield result


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    if "error" in answer:
        raise WorkerError(answer["error"])
    return answer


def shares(times: dict[str, list[float]]) -> dict[str, float]:
    """The medians, how many times slower it gets beside, and how many times would be fair."""
    medians = {name: statistics.median(values) for name, values in times.items()}
    return {
        **medians,
        "slowdown": medians["beside"] / medians["alone"],
        "fair": max(1.0, medians["fewer"] / medians["alone"]),
    }


def is_unfair(values: dict[str, float]) -> bool:
    """Whether a library got less than its share."""
    return values["slowdown"] > TOLERANCE * values["fair"]


def header() -> str:
    """The heads of the columns."""
    columns = "".join(
        f"{library:>10}{'beside':>10}{'slower':>8}{'fair':>7}" for library in LIBRARIES
    )
    return f"{'case':<{NAME_WIDTH}}{columns}"


def line(each: Entry) -> str:
    """One row of the table."""
    columns = ""
    for library in LIBRARIES:
        values = each["libraries"].get(library)
        if values is None:
            columns += f"{'-':>10}{'-':>10}{'-':>8}{'-':>7}"
            continue
        columns += f"{duration(values['alone']):>10}{duration(values['beside']):>10}"
        columns += f"{three_digits(values['slowdown']):>8}{three_digits(values['fair']):>7}"
    return f"{each['case']:<{NAME_WIDTH}}{columns}"


def summary(entries: list[Entry]) -> str:
    """Which cases got less than their share, by library, and what failed."""
    lines = []
    for library in LIBRARIES:
        rows = [each for each in entries if library in each["libraries"]]
        if rows:
            names = [each["case"] for each in rows if is_unfair(each["libraries"][library])]
            lines += ["", f"{library}, slower than its fair share: {len(names)} of {len(rows)}"]
            lines += names
    errors = [
        f"{each['case']} [{library}]: {error}"
        for each in entries
        for library, error in each["errors"].items()
    ]
    if errors:
        lines += ["", "not measured:", *errors]
    return "\n".join(lines)
