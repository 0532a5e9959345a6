"""What was measured as one document: the table, the JSON and the page all read this."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.case import LIBRARIES, Case
from benchmarks.peaks import Peaks
from benchmarks.session import Row, Settings

FORMAT = 2
FOLDER = Path(__file__).parent / "results"
PEERS = LIBRARIES[1:]

Entry = dict[str, Any]
Document = dict[str, Any]


def entry(row: Row) -> Entry:
    """A row of the document."""
    seconds = {library: row.seconds(library) for library in row.rounds}
    result: Entry = {
        "case": row.case.key,
        "group": row.case.group,
        "threads": row.threads,
        "median": {library: statistics.median(each) for library, each in seconds.items()},
        "best": {library: min(each) for library, each in seconds.items()},
        "samples": {library: len(each) for library, each in seconds.items()},
        "ratios": {
            library: ratio for library in PEERS if (ratio := row.ratio(library)) is not None
        },
        "rate": rate(row),
        "waited": {library: statistics.median(each) for library, each in row.waited.items()},
        "errors": row.errors,
    }
    if row.memory:
        result["memory"] = row.memory
    if row.handoffs:
        result["handoff"] = statistics.median(row.handoffs)
    return result


def rate(row: Row) -> dict[str, Any] | None:
    """What taeda achieves, and its share of the machine's limit where there is one."""
    samples, case = row.seconds("taeda"), row.case
    if not samples or not isinstance(case, Case):
        return None
    seconds = statistics.median(samples)
    limit = statistics.median(row.limits) if row.limits else None
    for amount, unit in ((case.flops, "flop/s"), (case.bytes, "B/s"), (case.items, "1/s")):
        if amount:
            value, share = amount / seconds, row.share(amount)
            return {"value": value, "unit": unit, "limit": limit, "share": share}
    return None


def geometric_means(entries: Iterable[Entry]) -> dict[str, dict[str, float]]:
    """The geometric means of the ratios by group, and of all cases as the group `all`."""
    ratios: dict[str, dict[str, list[float]]] = {}
    for each in entries:
        for library, value in each["ratios"].items():
            for group in (each["group"], "all"):
                ratios.setdefault(group, {}).setdefault(library, []).append(value)
    if "all" in ratios:
        ratios["all"] = ratios.pop("all")  # the last line
    return {
        group: {library: statistics.geometric_mean(values) for library, values in parts.items()}
        for group, parts in ratios.items()
    }


def slower(entries: Iterable[Entry], library: str = "torch") -> list[Entry]:
    """The rows in which `library` is faster than taeda, the worst first."""
    found = [each for each in entries if each["ratios"].get(library, 1.0) < 1.0]
    return sorted(found, key=lambda each: float(each["ratios"][library]))


def disturbed(entries: Iterable[Entry]) -> list[Entry]:
    """The rows in which a library's threads had to wait for a core."""
    return [
        each
        for each in entries
        if any(share > Settings.waiting for share in each.get("waited", {}).values())
    ]


def handoffs(entries: Iterable[Entry]) -> tuple[list[float], list[float]]:
    """Seconds for a line to another core and back in each row: where cores share a cache, and not.

    A host moves virtual cores about. What takes three times the shortest crosses between caches.
    """
    seconds = [each["handoff"] for each in entries if "handoff" in each]
    border = 3 * min(seconds, default=0)
    return [each for each in seconds if each < border], [each for each in seconds if each >= border]


def added_memory(each: Entry) -> dict[str, int]:
    """The most bytes by library that a case needs above what its process had before it."""
    return {
        library: max(0, memory["peak"] - memory["before"])
        for library, memory in each.get("memory", {}).items()
    }


def document(
    entries: list[Entry], machine: dict[str, Any], libraries: dict[str, Any], peaks: Peaks
) -> Document:
    """All that was measured."""
    return {
        "format": FORMAT,
        "machine": machine,
        "libraries": libraries,
        "peaks": {threads_name(threads): limits for threads, limits in peaks.items()},
        "rows": entries,
        "geometric_means": geometric_means(entries),
    }


def threads_name(threads: int | None) -> str:
    """As the table has it."""
    return "all" if threads is None else str(threads)


def write(path: Path, content: Document) -> None:
    """Write the results whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, path)
