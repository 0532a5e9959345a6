"""One run of the benchmarks: every case in each library, in turn, round after round."""

from __future__ import annotations

import contextlib
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.case import Case, ProcessCase
from benchmarks.peaks import HANDOFF, Limits, PeaksError
from benchmarks.processes import WorkerError, WorkerProcess, time_process


@dataclass
class Settings:
    """How long to measure."""

    rounds: int = 5
    samples: int = 3
    sample_seconds: float = 0.01
    warm_seconds: float = 0.05
    # A call that takes longer is sampled once a round.
    slow_seconds: float = 0.05
    # Samples are taken again, so many times, if the library's threads had no core for longer than
    # this share of the time: another process disturbed them.
    tries: int = 3
    waiting: float = 0.03
    # Seconds of a run that such repetitions may take in all: a busy machine stays busy.
    patience: float = 60.0
    # Calls until a training step has allocated all that it ever will.
    memory_calls: int = 5


@dataclass
class Row:
    """The times of one case with one number of threads."""

    case: Case | ProcessCase
    threads: int | None
    # Seconds a call by library: the samples of each round.
    rounds: dict[str, list[list[float]]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    # The share of each measurement in which threads waited for a core, by library.
    waited: dict[str, list[float]] = field(default_factory=dict)
    # Bytes that were resident `before` the case was built and at the `peak`, by library.
    memory: dict[str, dict[str, int]] = field(default_factory=dict)
    # The machine's limit for the case, as it was in each round.
    limits: list[float] = field(default_factory=list)
    # Seconds in which a line of the caches went to another core and back, in each round.
    handoffs: list[float] = field(default_factory=list)

    def seconds(self, library: str) -> list[float]:
        """All samples."""
        return [each for samples in self.rounds.get(library, []) for each in samples]

    def ratio(self, library: str) -> float | None:
        """How many times faster than `library` taeda is: the median of the rounds' ratios.

        What the machine does changes within seconds. The times of one round lie close together.
        """
        pairs = zip(self.rounds.get("taeda", []), self.rounds.get(library, []), strict=False)
        ratios = [statistics.median(other) / statistics.median(own) for own, other in pairs]
        return statistics.median(ratios) if ratios else None

    def share(self, amount: float) -> float | None:
        """The share of the machine's limit, where `amount` is what a call computes or moves."""
        pairs = zip(self.rounds.get("taeda", []), self.limits, strict=False)
        shares = [amount / statistics.median(own) / limit for own, limit in pairs]
        return statistics.median(shares) if shares else None


class Session:
    """The workers, each started when a case first needs it."""

    def __init__(
        self, pythons: dict[str, str], settings: Settings, limits: Limits | None = None
    ) -> None:
        self.pythons = pythons
        self.settings = settings
        self.limits = limits
        self.facts: dict[str, dict[str, Any]] = {}
        self._workers: dict[tuple[str, int | None], WorkerProcess] = {}
        self._repeating = 0.0

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        for worker in self._workers.values():
            worker.close()

    def run(
        self, cases: list[Case | ProcessCase], threads: tuple[int | None, ...] | None = None
    ) -> Iterator[Row]:
        """The rows one by one; `threads` restricts the numbers of threads."""
        for case in cases:
            for count in case.threads:
                if threads is not None and count not in threads:
                    continue
                row = Row(case, count)
                if isinstance(case, ProcessCase):
                    self._time_processes(case, row)
                else:
                    self._time_calls(case, row)
                yield row

    def _time_calls(self, case: Case, row: Row) -> None:
        settings = self.settings
        samples = {}
        for library in self.pythons:
            if case.builder(library) is None:
                continue
            answer = self._ask(
                row,
                library,
                "prepare",
                key=case.key,
                sample_seconds=settings.sample_seconds,
                warm_seconds=settings.warm_seconds,
            )
            if answer is not None:
                is_slow = answer["seconds"] > settings.slow_seconds
                samples[library] = 1 if is_slow else settings.samples
        for number in range(settings.rounds):
            for library in _rotated(list(samples), number):
                self._measure(row, library, samples[library])
            self._measure_limits(case, row)
        for library in samples:
            self._ask(row, library, "drop")
        if case.memory and sys.platform == "linux":
            self._measure_memory(case, row)

    def _measure(self, row: Row, library: str, samples: int) -> None:
        """Take samples, and keep those of the try that other processes disturbed least."""
        settings = self.settings
        best = self._ask(row, library, "measure", samples=samples)
        for _ in range(1, settings.tries):
            if best is None or best["waited"] <= settings.waiting:
                break
            if self._repeating > settings.patience:
                break
            start = time.perf_counter()
            answer = self._ask(row, library, "measure", samples=samples)
            self._repeating += time.perf_counter() - start
            best = answer and min(best, answer, key=lambda each: float(each["waited"]))
        if best is not None:
            row.rounds.setdefault(library, []).append(best["seconds"])
            row.waited.setdefault(library, []).append(best["waited"])

    def _measure_limits(self, case: Case, row: Row) -> None:
        wanted = [(case.limit, row.limits)] if case.limit else []
        if row.threads != 1:
            wanted.append((HANDOFF, row.handoffs))
        for name, values in wanted:
            if self.limits is None:
                return
            try:
                value = self.limits.measure(name, row.threads)
            except PeaksError as error:
                row.errors["limit"] = str(error)
                self.limits = None  # the shares of what follows are left out
            else:
                values += [value] if value else []

    def _measure_memory(self, case: Case, row: Row) -> None:
        """A process for this case alone, since another would leave its memory behind."""
        for library, python in self.pythons.items():
            if library in row.errors or case.builder(library) is None:
                continue
            try:
                with contextlib.closing(WorkerProcess(python, library, row.threads)) as worker:
                    answer = worker.ask("memory", key=case.key, calls=self.settings.memory_calls)
            except WorkerError as error:
                answer = {"error": str(error)}
            if "error" in answer:
                row.errors[library] = answer["error"]
            else:
                row.memory[library] = answer

    def _time_processes(self, case: ProcessCase, row: Row) -> None:
        libraries = [library for library in self.pythons if library in case.code]
        for number in range(self.settings.rounds + 1):
            for library in _rotated(libraries, number):
                if library in row.errors:
                    continue
                try:
                    seconds = time_process(self.pythons[library], case.code[library])
                except WorkerError as error:
                    row.errors[library] = str(error)
                    continue
                if number:  # the first round only warms the file cache
                    row.rounds.setdefault(library, []).append([seconds])

    def _ask(self, row: Row, library: str, operation: str, **arguments: Any) -> Any:
        """A worker's answer; None after an error, which goes into the row."""
        if library in row.errors:
            return None
        place = library, row.threads
        try:
            if place not in self._workers:
                worker = WorkerProcess(self.pythons[library], *place)
                self._workers[place] = worker
                self.facts.setdefault(library, worker.facts)
            answer = self._workers[place].ask(operation, **arguments)
        except WorkerError as error:
            answer = {"error": str(error)}
            if place in self._workers:
                self._workers.pop(place).close()
        if "error" in answer:
            row.errors[library] = answer["error"]
            return None
        return answer


def _rotated(libraries: list[str], number: int) -> list[str]:
    """Another library begins each round, so that none always runs on a warmed-up machine."""
    start = number % len(libraries) if libraries else 0
    return libraries[start:] + libraries[:start]
