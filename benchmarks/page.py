"""`python -m benchmarks.page` writes the page of the documentation from the newest whole run."""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import beside, report
from benchmarks.case import LIBRARIES
from benchmarks.peaks import NAMES
from benchmarks.plot import ratios_svg
from benchmarks.processes import ROOT
from benchmarks.results import (
    FOLDER,
    FORMAT,
    PEERS,
    Document,
    Entry,
    added_memory,
    slower,
    threads_name,
)

PAGE = ROOT / "docs" / "benchmarks.md"

METHOD = Path(__file__).with_name("method.md")


class PageError(Exception):
    """There is nothing to write a page from."""


def newest(folder: Path) -> tuple[str, Document]:
    """The newest whole run of a folder, and the name of its file."""
    for path in sorted(folder.glob("*.json"), reverse=True):
        content = _load(path)
        if content.get("format") == FORMAT and content.get("complete"):
            return path.name, content
    raise PageError(f"no whole run in {folder.name}/: make bench writes one")


def newest_beside(folder: Path) -> Document | None:
    """The newest run beside a busy process, None if there is none."""
    for path in sorted(folder.glob("*.json"), reverse=True):
        content = _load(path)
        if content.get("format") == FORMAT and "beside" in content:
            return content
    return None


def _load(path: Path) -> Document:
    content: Document = json.loads(path.read_text(encoding="utf-8"))
    return content


def render(name: str, content: Document, fairness: Document | None, picture: str) -> str:
    """The page as Markdown; `picture` is the file of the plot beside it."""
    rows: list[Entry] = content["rows"]
    parts = [
        "# Benchmarks",
        f"Written by `make bench-page` from `benchmarks/results/{name}`; edit nothing here.",
        _machine(content),
        "## How it was measured",
        METHOD.read_text(encoding="utf-8").strip(),
        "## Means",
        _means(content["geometric_means"]),
        _behind(rows),
        f"![time of PyTorch / time of taeda, for every case]({picture})",
        "## Limits of the machine",
        _limits(content["peaks"]),
        *([f"{handed[0].upper()}{handed[1:]}."] if (handed := report.handoff(rows)) else []),
        "## Cases",
    ]
    for group, members in itertools.groupby(rows, key=lambda each: str(each["group"])):
        parts += [f"### {group}", _cases(list(members))]
    if memory := [each for each in rows if each.get("memory")]:
        parts += [
            "## Memory",
            "The most memory of a process of its own, above what it has after one small step.",
            _memory(memory),
        ]
    if fairness is not None:
        parts += ["## Beside a busy process", _beside(fairness)]
    if failed := [each for each in rows if each["errors"]]:
        parts += ["## Not measured", _errors(failed)]
    return "\n\n".join(parts) + "\n"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] + ["---:"] * (len(heads) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Text that Markdown takes for nothing else."""
    return "".join(f"\\{letter}" if letter in "|*_<[]`" else letter for letter in text)


def _name(each: Entry) -> str:
    return _plain(str(each["case"]).partition("/")[2])


def _machine(content: Document) -> str:
    machine, settings = content["machine"], content["settings"]
    libraries = ", ".join(
        f"{library} {facts['version']}" for library, facts in content["libraries"].items()
    )
    return (
        f"{machine['date'][:10]}: {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory']}, {machine['system']}; {libraries}; commit {machine['commit']}; "
        f"{settings['rounds']} rounds of {settings['samples']} samples."
    )


def _means(means: dict[str, dict[str, float]]) -> str:
    heads = ["geometric mean", *(f"{library} / taeda" for library in PEERS)]
    return _table(
        heads,
        [
            [
                f"**{group}**" if group == "all" else group,
                *(report.ratio(values.get(library)) for library in PEERS),
            ]
            for group, values in means.items()
        ],
    )


def _behind(rows: list[Entry]) -> str:
    compared = [each for each in rows if "torch" in each["ratios"]]
    behind = slower(compared)
    text = f"PyTorch is faster in {len(behind)} of {len(compared)} rows"
    names = [f"{_plain(each['case'])} ({each['ratios']['torch']:.2f})" for each in behind]
    return f"{text}: {'; '.join(names)}." if names else f"{text}."


def _limits(peaks: dict[str, dict[str, float]]) -> str:
    return _table(
        ["", *(f"{threads} core" if threads == "1" else f"{threads} cores" for threads in peaks)],
        [
            [
                text,
                *(
                    f"{report.three_digits(values[key] / 1e9)} "
                    f"{'GB/s' if key == 'copy' else 'GF/s'}"
                    for values in peaks.values()
                ),
            ]
            for key, text in NAMES.items()
            if all(key in values for values in peaks.values()) and peaks
        ],
    )


def _cases(rows: list[Entry]) -> str:
    heads = ["case", "threads", *LIBRARIES, *(f"{peer} / taeda" for peer in PEERS)]
    return _table(
        [*heads, "taeda", "of peak"],
        [
            [
                _name(each),
                threads_name(each["threads"]),
                *(report.duration(each["median"].get(library)) for library in LIBRARIES),
                *(report.ratio(each["ratios"].get(peer)) for peer in PEERS),
                report.speed(each["rate"]),
                report.share(each["rate"]),
            ]
            for each in rows
        ],
    )


def _memory(rows: list[Entry]) -> str:
    def sizes(each: Entry) -> list[str]:
        added = added_memory(each)
        return [
            f"{added[library] / 1e6:.1f} MB" if library in added else "-"
            for library in ("taeda", "torch")
        ]

    return _table(
        ["case", "threads", "taeda", "torch"],
        [[_name(each), threads_name(each["threads"]), *sizes(each)] for each in rows],
    )


def _beside(fairness: Document) -> str:
    cores = fairness["machine"]["cores"]
    text = (
        f"How many times slower a case gets while another process uses one of the {cores} cores, "
        f"and how many times it is slower on {cores - 1} thread alone: its fair share."
    )
    rows = []
    for each in fairness["beside"]:
        cells = [_plain(str(each["case"]))]
        for library in beside.LIBRARIES:
            values = each["libraries"].get(library)
            cells += (
                [report.three_digits(values["slowdown"]), report.three_digits(values["fair"])]
                if values
                else ["-", "-"]
            )
        rows.append(cells)
    heads = [head for library in beside.LIBRARIES for head in (library, "fair")]
    return f"{text}\n\n{_table(['case', *heads], rows)}"


def _errors(rows: list[Entry]) -> str:
    return "\n".join(
        f"- {_plain(each['case'])}, {library}: {_plain(error)}"
        for each in rows
        for library, error in each["errors"].items()
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page and its plot; returns 0, or 2 where there is no run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--results", type=Path, default=FOLDER, metavar="FOLDER")
    parser.add_argument("--output", type=Path, default=PAGE, metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        name, content = newest(options.results)
    except PageError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    picture = options.output.with_suffix(".svg")
    text = render(name, content, newest_beside(options.results), picture.name)
    options.output.write_text(text, encoding="utf-8")
    picture.write_text(ratios_svg(content["rows"]), encoding="utf-8")
    print(f"{options.output.name} and {picture.name} from {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
