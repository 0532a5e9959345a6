"""The command line: `python -m benchmarks [options]`."""

from __future__ import annotations

import argparse
import contextlib
import re
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import beside, machine, report, results
from benchmarks.case import LIBRARIES, Case, ProcessCase, load_cases
from benchmarks.peaks import Limits, Peaks, PeaksError
from benchmarks.peer import VARIABLE, PeerError, interpreter
from benchmarks.processes import WorkerError
from benchmarks.session import Session, Settings


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"not a regular expression: {text!r}: {error}") from None


def _libraries(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in LIBRARIES]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(LIBRARIES)}")
    return names


def _threads(text: str) -> tuple[int | None, ...]:
    try:
        return tuple(None if part == "all" else int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not 'all', a number, or a list") from None


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive integer")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """All options."""
    result = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = result.add_argument
    add("--only", type=_pattern, metavar="REGEX", help="cases whose group/name matches")
    add("--libraries", type=_libraries, default=list(LIBRARIES), help="taeda,torch,numpy")
    add("--threads", type=_threads, help="'all', '1' or 'all,1'; by default what a case states")
    add("--rounds", type=_positive, default=5, metavar="N", help="rounds over the libraries")
    add("--samples", type=_positive, default=3, metavar="N", help="samples in each round")
    add(
        "--torch-python",
        metavar="PATH",
        help=f"interpreter that has PyTorch; by default {VARIABLE}, or one made under .cache",
    )
    add("--output", type=Path, metavar="FILE", help="by default benchmarks/results/DATE.json")
    add("--beside", action="store_true", help="alone, and beside a process that uses one core")
    add("--list", action="store_true", help="name the cases and stop")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen cases; returns 0, 1 if a case failed in taeda, 2 for a bad request."""
    options = parser().parse_args(arguments)
    cases = [
        case
        for key, case in load_cases().items()
        if options.only is None or options.only.search(key)
    ]
    if options.list:
        print("\n".join(case.key for case in cases))
        return 0
    if not cases:
        print(f"benchmarks: no case matches {options.only.pattern!r}", file=sys.stderr)
        return 2

    pythons = dict.fromkeys(options.libraries, sys.executable)
    if "torch" in pythons:
        try:
            pythons["torch"] = options.torch_python or interpreter()
        except PeerError as error:
            print(f"benchmarks: {error}", file=sys.stderr)
            return 2
    settings = Settings(options.rounds, options.samples)
    # A time limit ends a run as the keyboard does: no process stays, what was measured is kept.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if options.beside:
            content, failed = _run_beside(cases, pythons, settings)
        else:
            asked = (options.only, options.threads, options.libraries)
            whole = asked == (None, None, list(LIBRARIES))
            content, failed = _run(cases, pythons, settings, options.threads, whole)
        output = options.output or results.FOLDER / _file_name(options.beside)
        results.write(output, content)
    except (WorkerError, ValueError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"benchmarks: cannot write {output}: {error.strerror}", file=sys.stderr)
        return 2
    return 1 if failed else 0


def _run(
    cases: list[Case | ProcessCase],
    pythons: dict[str, str],
    settings: Settings,
    threads: tuple[int | None, ...] | None,
    whole: bool,
) -> tuple[results.Document, bool]:
    """Time the cases and print the table; whether one failed in taeda."""
    description = machine.describe()
    print(f"{description['processor']}, {description['cores']} cores; medians")
    peaks: Peaks = {}
    rows = []
    with contextlib.ExitStack() as stack:
        limits = None
        if any(isinstance(case, Case) and (case.flops or case.bytes) for case in cases):
            try:
                limits = stack.enter_context(Limits(description["cores"] or 1))
                peaks = limits.measure_all()
                print("\n".join(report.limits(peaks)))
            except PeaksError as error:
                print(f"benchmarks: {error}", file=sys.stderr)
        session = stack.enter_context(Session(pythons, settings, limits))
        print(report.header(), flush=True)
        try:
            for row in session.run(cases, threads):
                rows.append(results.entry(row))
                print(report.line(rows[-1]), flush=True)
        except KeyboardInterrupt:
            print("interrupted: the results end here")
            whole = False
    print(report.summary(rows))
    content = results.document(rows, description, session.facts, peaks)
    content |= {"complete": whole, "settings": asdict(settings)}
    return content, any("taeda" in row["errors"] for row in rows)


def _run_beside(
    cases: list[Case | ProcessCase], pythons: dict[str, str], settings: Settings
) -> tuple[results.Document, bool]:
    """Time the cases alone and beside a busy process; whether one failed in taeda."""
    description = machine.describe()
    cores = description["cores"] or 1
    if cores < 2:
        raise ValueError("--beside compares with one core fewer: this machine has one only")
    print(f"{description['processor']}, {cores} cores; alone, and beside a busy process")
    print(beside.header(), flush=True)
    rows = []
    timed = [case for case in cases if isinstance(case, Case)]
    try:
        for row in beside.measure(pythons, timed, cores, settings):
            rows.append(row)
            print(beside.line(row), flush=True)
    except KeyboardInterrupt:
        print("interrupted: the results end here")
    print(beside.summary(rows))
    content = {
        "format": results.FORMAT,
        "machine": description,
        "settings": asdict(settings),
        "beside": rows,
    }
    return content, any("taeda" in row["errors"] for row in rows)


def _file_name(is_beside: bool) -> str:
    return f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}{'-beside' if is_beside else ''}.json"
