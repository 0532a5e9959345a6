"""The results as lines for a terminal."""

from __future__ import annotations

import math
import statistics
from typing import Any

from benchmarks.case import LIBRARIES
from benchmarks.peaks import NAMES, Peaks
from benchmarks.results import (
    PEERS,
    Entry,
    added_memory,
    disturbed,
    geometric_means,
    handoffs,
    slower,
    threads_name,
)

NAME_WIDTH = 64


def duration(seconds: float | None) -> str:
    """A time with three digits and its unit.

    >>> duration(1.234e-7), duration(0.0123), duration(None)
    ('123 ns', '12.3 ms', '-')
    """
    if seconds is None:
        return "-"
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale * 0.9995:
            return f"{three_digits(seconds / scale)} {unit}"
    return f"{three_digits(seconds / 1e-9)} ns"


def three_digits(value: float) -> str:
    """A number with three digits, or all before its point.

    >>> three_digits(1.2345), three_digits(9.999), three_digits(1234.5)
    ('1.23', '10.0', '1234')
    """
    if value < 1000:
        value = float(f"{value:.2e}")  # 9.999 has two digits before its point
    places = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:.{min(places, 2)}f}"


def ratio(value: float | None) -> str:
    """How many times as fast."""
    return "-" if value is None else f"{three_digits(value)}x"


def speed(rate: dict[str, Any] | None) -> str:
    """A rate with its unit."""
    if rate is None:
        return ""
    if rate["unit"] == "1/s":
        return f"{rate['value']:,.0f}/s"
    unit = {"flop/s": "GF/s", "B/s": "GB/s"}[rate["unit"]]
    return f"{three_digits(rate['value'] / 1e9)} {unit}"


def share(rate: dict[str, Any] | None) -> str:
    """The share of what the machine can do."""
    return "" if rate is None or rate["share"] is None else f"{rate['share']:.0%}"


def header() -> str:
    """The heads of the columns."""
    times = "".join(f"{library:>10}" for library in LIBRARIES)
    ratios = "".join(f"{library + '/taeda':>13}" for library in PEERS)
    return f"{'case':<{NAME_WIDTH}}{'threads':>8}{times}{ratios}{'taeda':>14}{'of peak':>8}"


def line(each: Entry) -> str:
    """One row of the table: the median of each library, their ratios, the rate of taeda."""
    times = "".join(f"{duration(each['median'].get(library)):>10}" for library in LIBRARIES)
    ratios = "".join(f"{ratio(each['ratios'].get(library)):>13}" for library in PEERS)
    rate = f"{speed(each['rate']):>14}{share(each['rate']):>8}"
    return f"{each['case']:<{NAME_WIDTH}}{threads_name(each['threads']):>8}{times}{ratios}{rate}"


def limits(peaks: Peaks) -> list[str]:
    """The limits of the machine: a line for each, one core and all."""
    return [
        f"{NAMES[name]:<{NAME_WIDTH}}" + ", ".join(parts)
        for name in NAMES
        if (
            parts := [
                f"{three_digits(values[name] / 1e9)} {'GB/s' if name == 'copy' else 'GF/s'}"
                f" ({threads_name(threads)})"
                for threads, values in peaks.items()
                if name in values
            ]
        )
    ]


def memory_lines(entries: list[Entry]) -> list[str]:
    """The memory of each case that has it measured: MB, and its ratio."""
    lines = []
    for each in entries:
        added = added_memory(each)
        if not added:
            continue
        sizes = "".join(
            f"{added[library] / 1e6:>8.1f} MB" if library in added else f"{'-':>11}"
            for library in LIBRARIES
        )
        ratios = "".join(
            f"{ratio(added[library] / added['taeda'] if _both(added, library) else None):>13}"
            for library in PEERS
        )
        name = threads_name(each["threads"])
        lines.append(f"{each['case']:<{NAME_WIDTH}}{name:>5}{sizes}{ratios}")
    return lines


def _both(added: dict[str, int], library: str) -> bool:
    return library in added and added.get("taeda", 0) > 0


def handoff(entries: list[Entry]) -> str:
    """How far apart the cores were; empty where that was not measured."""
    near, far = handoffs(entries)
    parts = [
        f"{statistics.median(seconds) * 1e9:.0f} ns in {len(seconds)} rows"
        for seconds in (near, far)
        if seconds
    ]
    return f"a line of the caches to another core and back: {', '.join(parts)}" if parts else ""


def summary(entries: list[Entry]) -> str:
    """What follows the table: means, memory, what is slower than PyTorch, what failed."""
    lines = ["", "geometric means, times faster than the other library:"]
    for group, parts in geometric_means(entries).items():
        ratios = "".join(f"{ratio(parts.get(library)):>13}" for library in PEERS)
        lines.append(f"{group:<{NAME_WIDTH + 38}}{ratios}")
    if memory := memory_lines(entries):
        lines += ["", "most memory above that after one small step:", *memory]
    compared = [each for each in entries if "torch" in each["ratios"]]
    if compared:
        behind = slower(compared)
        names = [
            f"{each['case']} ({threads_name(each['threads'])}) {ratio(each['ratios']['torch'])}"
            for each in behind
        ]
        lines += ["", f"slower than PyTorch, {len(behind)} of {len(compared)}:", *names]
    if noisy := disturbed(entries):
        names = [f"{each['case']} ({threads_name(each['threads'])})" for each in noisy]
        lines += ["", f"disturbed by other processes, {len(noisy)} of {len(entries)}:", *names]
    if handed := handoff(entries):
        lines += ["", handed]
    errors = [
        f"{each['case']} [{library}]: {error}"
        for each in entries
        for library, error in each["errors"].items()
    ]
    if errors:
        lines += ["", "not measured:", *errors]
    return "\n".join(lines)
