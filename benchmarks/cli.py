"""The command line: `python -m benchmarks [options]`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine, report
from benchmarks.case import LIBRARIES, load_cases
from benchmarks.peer import VARIABLE, PeerError, interpreter
from benchmarks.session import Session, Settings

RESULTS = Path(__file__).parent / "results"


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
    description = machine.describe()
    print(f"{description['processor']}, {description['cores']} cores; the shortest times")
    print(report.header(), flush=True)
    rows = []
    with Session(pythons, Settings(options.rounds, options.samples)) as session:
        for row in session.run(cases, options.threads):
            rows.append(row)
            print(report.line(row), flush=True)
    print(report.summary(rows))
    output = options.output or RESULTS / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}.json"
    try:
        report.write(output, report.as_json(rows, description, session.facts))
    except OSError as error:
        print(f"benchmarks: cannot write {output}: {error.strerror}", file=sys.stderr)
        return 2
    return 1 if any("taeda" in row.errors for row in rows) else 0
