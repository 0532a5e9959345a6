"""What the machine can do at most: measured in turn with the cases, as the limit of their rates.

`peaks.cpp` is compiled with the compiler that the project is built with, once under `.cache`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from benchmarks.processes import ROOT

SOURCE = Path(__file__).with_suffix(".cpp")
FOLDER = ROOT / ".cache" / "bench-peaks"
# ISO mode would switch the contraction off, and with it the fused multiply-add.
OPTIONS = ["-std=c++20", "-O3", "-march=native", "-ffp-contract=fast", "-pthread"]
NAMES = {
    "f32": "fused multiply-adds, float32",
    "f64": "fused multiply-adds, float64",
    "bf16": "dot products, bfloat16",
    "copy": "copy, read and written",
}

# Seconds in which a line of the caches goes to another core and back. No limit of a rate, but where
# a virtual machine's cores share no cache it takes several times as long, and so does all that
# threads hand to each other.
HANDOFF = "handoff"

# By the number of threads of a row (None is all cores), then by name: flop/s and byte/s.
Peaks = dict[int | None, dict[str, float]]


class PeaksError(Exception):
    """The limits cannot be measured here."""


class Limits:
    """The program that measures limits: a process for each number of threads."""

    def __init__(self, cores: int) -> None:
        self.cores = cores
        self._program = _program()
        self._processes: dict[int | None, subprocess.Popen[str]] = {}

    def __enter__(self) -> Limits:
        return self

    def __exit__(self, *exception: object) -> None:
        for process in self._processes.values():
            process.communicate()

    def measure(self, name: str, threads: int | None) -> float | None:
        """A limit of `NAMES`, or HANDOFF, as it is now; None if the machine has no such thing."""
        if threads not in self._processes:
            self._processes[threads] = subprocess.Popen(
                [str(self._program), str(threads or self.cores)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        process = self._processes[threads]
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(OSError):  # the missing answer tells
            process.stdin.write(name + "\n")
            process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise PeaksError(f"{self._program.name} ended with status {process.wait()}")
        return float(answer) or None

    def measure_all(self) -> Peaks:
        """Every limit, of one core and of all."""
        return {
            threads: {
                # The best of several, since a limit that another process lowered is none.
                name: max(values)
                for name in NAMES
                if (values := [v for _ in range(3) if (v := self.measure(name, threads))])
            }
            for threads in (1, None)
        }


def _program() -> Path:
    """The compiled program, made if need be; another machine or compiler gets one of its own."""
    compiler = os.environ.get("CXX") or next(filter(shutil.which, ("c++", "g++", "clang++")), None)
    if compiler is None:
        raise PeaksError("no C++ compiler: the shares of the peaks are left out")
    command = [*compiler.split(), *OPTIONS]
    target = _output([*command, "-E", "-dM", "-x", "c++", os.devnull])
    name = hashlib.sha256(f"{command}{target}".encode() + SOURCE.read_bytes()).hexdigest()[:16]
    program = FOLDER / name
    if not program.is_file():
        FOLDER.mkdir(parents=True, exist_ok=True)
        unfinished = program.with_suffix(".tmp")
        _output([*command, str(SOURCE), "-o", str(unfinished)])
        os.replace(unfinished, program)
    return program


def _output(command: list[str]) -> str:
    try:
        result = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise PeaksError(f"cannot run {command[0]}: {error.strerror}") from error
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no message"])[0]
        raise PeaksError(f"{command[0]} failed: {reason}")
    return result.stdout
