"""What the machine can do at most: measured in the same run, as the limit of every rate.

`peaks.cpp` is compiled with the compiler that the project is built with, once under `.cache`.
"""

from __future__ import annotations

import hashlib
import json
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

# By the number of threads of a row (None is all cores), then by name: flop/s and byte/s.
Peaks = dict[int | None, dict[str, float]]


class PeaksError(Exception):
    """The limits cannot be measured here."""


def measure(cores: int) -> Peaks:
    """The limits of one core and of all; PeaksError without a compiler."""
    program = _program()
    return {1: _run(program, 1), None: _run(program, cores)}


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


def _run(program: Path, threads: int) -> dict[str, float]:
    # The best of several, since a limit that another process lowered is none.
    runs = [json.loads(_output([str(program), str(threads)])) for _ in range(3)]
    return {name: max(float(run[name]) for run in runs) for name in runs[0]}


def _output(command: list[str]) -> str:
    try:
        result = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise PeaksError(f"cannot run {command[0]}: {error.strerror}") from error
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no message"])[0]
        raise PeaksError(f"{command[0]} failed: {reason}")
    return result.stdout
