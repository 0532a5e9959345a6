"""The table on the terminal and the results as JSON."""

from __future__ import annotations

import json
import math
import os
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.case import LIBRARIES, Case
from benchmarks.session import Row

FORMAT = 1
PEERS = LIBRARIES[1:]
NAME_WIDTH = 52


def duration(seconds: float | None) -> str:
    """A time with three digits and its unit.

    >>> duration(1.234e-7), duration(0.0123), duration(None)
    ('123 ns', '12.3 ms', '-')
    """
    if seconds is None:
        return "-"
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale * 0.9995:
            return f"{_three_digits(seconds / scale)} {unit}"
    return f"{_three_digits(seconds / 1e-9)} ns"


def rate(row: Row, library: str = "taeda") -> str:
    """What a library achieves: GF/s, GB/s or items a second; empty if the case states none."""
    seconds, case = row.best(library), row.case
    if not seconds or not isinstance(case, Case):
        return ""
    if case.flops:
        return f"{_three_digits(case.flops / seconds / 1e9)} GF/s"
    if case.bytes:
        return f"{_three_digits(case.bytes / seconds / 1e9)} GB/s"
    if case.items:
        return f"{case.items / seconds:,.0f}/s"
    return ""


def header() -> str:
    """The heads of the columns."""
    times = "".join(f"{library:>10}" for library in LIBRARIES)
    ratios = "".join(f"{library + '/taeda':>13}" for library in PEERS)
    return f"{'case':<{NAME_WIDTH}}{'threads':>8}{times}{ratios}{'taeda':>14}"


def line(row: Row) -> str:
    """One row of the table: the shortest time of each library, and the ratios of these."""
    threads = "all" if row.threads is None else str(row.threads)
    times = "".join(f"{duration(row.best(library)):>10}" for library in LIBRARIES)
    ratios = "".join(f"{_ratio(row.ratio(library)):>13}" for library in PEERS)
    return f"{row.case.key:<{NAME_WIDTH}}{threads:>8}{times}{ratios}{rate(row):>14}"


def geometric_means(rows: Iterable[Row]) -> dict[str, dict[str, float]]:
    """The geometric mean of the ratios, by group and then by library."""
    ratios: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        for library in PEERS:
            value = row.ratio(library)
            if value is not None:
                group = ratios.setdefault(row.case.group, {})
                group.setdefault(library, []).append(value)
    return {
        group: {library: statistics.geometric_mean(values) for library, values in parts.items()}
        for group, parts in ratios.items()
    }


def summary(rows: list[Row]) -> str:
    """The means as lines, and the errors below them."""
    lines = ["", "geometric means, times faster than the other library:"]
    for group, parts in geometric_means(rows).items():
        ratios = "".join(f"{_ratio(parts.get(library)):>13}" for library in PEERS)
        lines.append(f"{group:<{NAME_WIDTH + 38}}{ratios}")
    errors = [
        f"{row.case.key} [{library}]: {error}"
        for row in rows
        for library, error in row.errors.items()
    ]
    if errors:
        lines += ["", "not measured:", *errors]
    return "\n".join(lines)


def as_json(rows: list[Row], machine: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """All that was measured."""
    return {
        "format": FORMAT,
        "machine": machine,
        "libraries": facts,
        "rows": [
            {
                "case": row.case.key,
                "group": row.case.group,
                "threads": row.threads,
                "best": {library: row.best(library) for library in row.seconds},
                "median": {library: row.median(library) for library in row.seconds},
                "samples": {library: len(times) for library, times in row.seconds.items()},
                "ratios": {library: row.ratio(library) for library in PEERS if row.ratio(library)},
                "errors": row.errors,
            }
            for row in rows
        ],
        "geometric_means": geometric_means(rows),
    }


def write(path: Path, document: dict[str, Any]) -> None:
    """Write the results whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, path)


def _three_digits(value: float) -> str:
    places = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:.{min(places, 2)}f}"


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{_three_digits(value)}x"
