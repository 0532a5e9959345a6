"""The ratios to PyTorch as an SVG: a bar for each case, on a logarithmic axis."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from html import escape

from benchmarks.results import Entry, threads_name

ROW, HEADING = 14, 24
TOP, BOTTOM = 40, 12
LABELS, AXIS, RIGHT = 430, 470, 60
FASTER, SLOWER, INK, GRID = "#2a7f62", "#c0392b", "#222222", "#cccccc"
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def ratios_svg(entries: list[Entry]) -> str:
    """A picture of all rows that have a ratio, in groups."""
    rows = [each for each in entries if "torch" in each["ratios"]]
    values = [each["ratios"]["torch"] for each in rows] or [1.0]
    # The axis ends at the ticks around all values and shows both sides of 1.
    low = max((tick for tick in TICKS if tick <= min(*values, 0.5)), default=TICKS[0])
    high = min((tick for tick in TICKS if tick >= max(*values, 2.0)), default=TICKS[-1])

    def place(value: float) -> float:
        clipped = min(max(value, low), high)
        return LABELS + AXIS * math.log(clipped / low) / math.log(high / low)

    body: list[str] = []
    y = TOP
    for group, members in itertools.groupby(rows, key=lambda each: str(each["group"])):
        y += HEADING
        body.append(_text(8, y - 7, group, "start", "bold"))
        for each in members:
            body += _bar(each, y, place)
            y += ROW
    height, width = y + BOTTOM, LABELS + AXIS + RIGHT
    axis = [
        part
        for tick in TICKS
        if low <= tick <= high
        for part in (
            f'<line x1="{place(tick):.1f}" y1="{TOP - 8}" x2="{place(tick):.1f}" y2="{y}" '
            f'stroke="{INK if tick == 1 else GRID}"/>',
            _text(place(tick), TOP - 14, f"{tick:g}", "middle"),
        )
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="10" fill="{INK}">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        _text(8, 14, "time of PyTorch / time of taeda", "start", "bold"),
    )
    return "\n".join((*head, *axis, *body, "</svg>")) + "\n"


def _bar(each: Entry, y: int, place: Callable[[float], float]) -> list[str]:
    value = each["ratios"]["torch"]
    start, end = sorted((place(1.0), place(value)))
    name = str(each["case"]).partition("/")[2]
    if each["threads"] is not None:
        name += f", {threads_name(each['threads'])} thread"
    return [
        _text(LABELS - 6, y + 10, name, "end"),
        f'<rect x="{start:.1f}" y="{y + 2}" width="{max(end - start, 1):.1f}" '
        f'height="{ROW - 4}" fill="{FASTER if value >= 1 else SLOWER}"/>',
        _text(end + 4, y + 10, f"{value:.3g}", "start"),
    ]


def _text(x: float, y: float, text: str, anchor: str, weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )
