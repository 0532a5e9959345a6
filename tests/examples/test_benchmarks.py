"""The benchmark program runs, reports, and says what is wrong; nothing here looks at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import beside, peaks, plot
from benchmarks.case import Case, load_cases
from benchmarks.page import main as write_page
from benchmarks.report import duration, header, limits, line, summary
from benchmarks.results import Document, document, entry, geometric_means, slower, write
from benchmarks.session import Row, Session, Settings

Runner = Callable[..., "subprocess.CompletedProcess[str]"]
QUICK = ["--rounds", "1", "--samples", "1", "--libraries", "taeda,numpy"]


def test_a_short_run_writes_its_results(tmp_path: Path, run_python: Runner) -> None:
    output = tmp_path / "results.json"
    only = r"^overhead/(a \+ b|Linear\(8, 8\), no)|^import/import$"
    result = run_python("-m", "benchmarks", *QUICK, "--only", only, "--output", output)
    assert result.returncode == 0, result.stdout + result.stderr
    document = json.loads(output.read_text())
    rows = {row["case"]: row for row in document["rows"]}
    assert sorted(rows) == [
        "import/import",
        "overhead/Linear(8, 8), no grad, 8x8",
        "overhead/a + b, 8x8",
    ]
    both = rows["overhead/a + b, 8x8"]
    assert set(both["best"]) == {"taeda", "numpy"}
    assert both["ratios"]["numpy"] == both["median"]["numpy"] / both["median"]["taeda"]
    assert document["complete"] is False
    assert set(rows["overhead/Linear(8, 8), no grad, 8x8"]["best"]) == {"taeda"}
    assert set(document["libraries"]) == {"taeda", "numpy"}
    assert {"processor", "cores", "date", "commit"} <= set(document["machine"])
    assert all(not row["errors"] for row in document["rows"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--only", "("], "not a regular expression: '('"),
        (["--only", "nothing like it"], "no case matches 'nothing like it'"),
        (["--libraries", "jax"], "'jax' is none of taeda, torch, numpy"),
        (["--rounds", "0"], "'0' is not a positive integer"),
    ],
)
def test_bad_requests(options: list[str], message: str, run_python: Runner) -> None:
    result = run_python("-m", "benchmarks", *options)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_peer_that_does_not_start_is_a_gap(tmp_path: Path, run_python: Runner) -> None:
    result = run_python(
        *("-m", "benchmarks", "--rounds", "1", "--samples", "1", "--only", r"a \+ b, 8x8"),
        *("--torch-python", tmp_path / "absent", "--output", tmp_path / "results.json"),
    )
    assert result.returncode == 0, result.stderr
    assert "not measured:" in result.stdout
    assert "No such file or directory" in result.stdout


def test_a_run_beside_a_busy_process(tmp_path: Path, run_python: Runner) -> None:
    output = tmp_path / "results.json"
    only = ["--only", r"^overhead/a \+ b", "--beside", "--output", output]
    result = run_python("-m", "benchmarks", *QUICK, *only)
    assert result.returncode == 0, result.stdout + result.stderr
    (row,) = json.loads(output.read_text())["beside"]
    values = row["libraries"]["taeda"]
    assert values["slowdown"] == values["beside"] / values["alone"]
    assert values["fair"] >= 1


def test_memory_of_a_training_step(tmp_path: Path, run_python: Runner) -> None:
    if sys.platform != "linux":
        pytest.skip("the system tells no peak of memory")
    output = tmp_path / "results.json"
    only = ["--only", "^training/MLP", "--output", output]
    result = run_python("-m", "benchmarks", *QUICK, *only)
    assert result.returncode == 0, result.stdout + result.stderr
    (row,) = json.loads(output.read_text())["rows"]
    memory = row["memory"]["taeda"]
    assert 0 < memory["before"] <= memory["peak"]


def test_limits_need_a_compiler_but_the_table_does_not(tmp_path: Path, run_python: Runner) -> None:
    result = run_python(
        *("-m", "benchmarks", *QUICK, "--only", "^elementwise/sqrt"),
        *("--output", tmp_path / "results.json"),
        env={**os.environ, "CXX": "no-such-compiler"},
    )
    assert result.returncode == 0, result.stderr
    assert "cannot run no-such-compiler: No such file or directory" in result.stderr
    assert "GB/s" in result.stdout


def test_cases_are_declared_for_all_groups() -> None:
    cases = load_cases()
    assert len(cases) >= 80
    assert {case.group for case in cases.values()} == {
        "attention",
        "convolution",
        "dtypes",
        "elementwise",
        "functions",
        "import",
        "indexing",
        "layouts",
        "loader",
        "matmul",
        "movement",
        "normalization",
        "optimizer",
        "order",
        "overhead",
        "pooling",
        "random",
        "reductions",
        "training",
    }


PEAKS = {1: {"f32": 2e9, "copy": 3e9}, None: {"f32": 4e9, "copy": 3e9}}


def make_row(name: str, torch_seconds: float, **facts: object) -> Row:
    """A row of one round in which taeda takes a quarter of a second, in the median."""
    case = Case("group", name, lambda torch: lambda: None, **facts)  # type: ignore[arg-type]
    rounds = {"taeda": [[0.125, 0.25, 9.0]], "torch": [[torch_seconds]]}
    limits = [PEAKS[None][case.limit]] if case.limit else []
    return Row(case, None, rounds, limits=limits)


def test_rounds_are_compared_one_by_one() -> None:
    row = make_row("slower and slower", 1.0, flops=8e8)
    # Rounds in which the machine is slow, which the medians of all samples would mix.
    row.rounds = {
        "taeda": [[1.0, 1.0], [2.0, 2.0], [4.0, 4.0], [4.0, 4.0]],
        "torch": [[2.0], [4.0], [4.0], [8.0]],
    }
    row.limits = [4e9, 2e9, 1e9, 1e9]
    found = entry(row)
    assert found["median"] == {"taeda": 3.0, "torch": 4.0}
    assert found["ratios"] == {"torch": 2.0}
    assert found["rate"]["share"] == pytest.approx(0.2)


def make_document() -> Document:
    """Two rows: one is faster than PyTorch, one slower and short of memory."""
    slow = make_row("slow * case", 0.125, items=10)
    slow.memory = {
        "taeda": {"before": 5_000_000, "peak": 6_000_000},
        "torch": {"before": 9_000_000, "peak": 12_000_000},
    }
    slow.errors = {"numpy": "ValueError: no"}
    slow.waited = {"taeda": [0.0, 0.5, 0.75]}
    rows = [entry(make_row("fast", 2.0, flops=5e8)), entry(slow)]
    machine = {
        "date": "2001-02-03T04:05:06+00:00",
        "processor": "a processor",
        "cores": 2,
        "memory": "1 kB",
        "system": "a system",
        "commit": "abc",
    }
    libraries = {"taeda": {"version": "1"}, "torch": {"version": "2"}}
    settings = {"rounds": 5, "samples": 3}
    content = document(rows, machine, libraries, PEAKS)
    return {**content, "settings": settings, "complete": True}


def test_results_are_of_the_medians() -> None:
    content = make_document()
    fast, slow = content["rows"]
    assert fast["ratios"] == {"torch": 8}
    assert fast["best"] == {"taeda": 0.125, "torch": 2.0}
    assert fast["rate"] == {"value": 2e9, "unit": "flop/s", "limit": 4e9, "share": 0.5}
    assert slow["rate"] == {"value": 40, "unit": "1/s", "limit": None, "share": None}
    expected = {"torch": pytest.approx(2)}
    assert content["geometric_means"] == {"group": expected, "all": expected}
    assert geometric_means([]) == {}
    assert slower(content["rows"]) == [slow]
    assert content["peaks"] == {"1": PEAKS[1], "all": PEAKS[None]}


def test_only_what_leaves_the_caches_has_a_share_of_the_copy() -> None:
    assert entry(make_row("small", 1.0, bytes=1e6))["rate"]["share"] is None
    large = entry(make_row("large", 1.0, bytes=3e8))["rate"]
    assert large == {"value": 1.2e9, "unit": "B/s", "limit": 3e9, "share": pytest.approx(0.4)}


def test_report_shows_times_ratios_and_rates() -> None:
    content = make_document()
    text = line(content["rows"][0])
    columns = ["group/fast", "all", "250", "ms", "2.00", "s", "-", "8.00x", "-"]
    assert text.split() == [*columns, "2.00", "GF/s", "50%"]
    assert len(header()) == len(text)
    assert [duration(value) for value in (1.5, 2e-3, 3.14159e-6, 12e-9)] == [
        "1.50 s",
        "2.00 ms",
        "3.14 us",
        "12.0 ns",
    ]
    end = summary(content["rows"])
    assert "slower than PyTorch, 1 of 2:\ngroup/slow * case (all) 0.50x" in end
    assert "disturbed by other processes, 1 of 2:\ngroup/slow * case (all)" in end
    assert "group/slow * case [numpy]: ValueError: no" in end
    (memory,) = [text for text in end.splitlines() if "MB" in text]
    assert memory.split()[-8:] == ["all", "1.0", "MB", "3.0", "MB", "-", "3.00x", "-"]
    assert [text.split()[-6:] for text in limits(PEAKS)] == [
        ["2.00", "GF/s", "(1),", "4.00", "GF/s", "(all)"],
        ["3.00", "GB/s", "(1),", "3.00", "GB/s", "(all)"],
    ]


def test_a_fair_share_is_that_of_one_thread_fewer() -> None:
    fair = beside.shares({"alone": [1.0, 2.0, 1.0], "fewer": [1.9], "beside": [2.0]})
    assert fair["slowdown"] == 2
    assert fair["fair"] == 1.9
    assert not beside.is_unfair(fair)
    unfair = beside.shares({"alone": [1.0], "fewer": [0.9], "beside": [1.5]})
    assert unfair["fair"] == 1
    assert beside.is_unfair(unfair)
    row = {"case": "group/name", "libraries": {"taeda": fair, "torch": unfair}, "errors": {}}
    assert len(beside.line(row)) == len(beside.header())
    assert "torch, slower than its fair share: 1 of 1\ngroup/name" in beside.summary([row])


def test_the_page_comes_from_the_newest_whole_run(tmp_path: Path) -> None:
    results, page = tmp_path / "results", tmp_path / "page.md"
    arguments = ["--results", str(results), "--output", str(page)]
    assert write_page(arguments) == 2
    content = make_document()
    shares = beside.shares({"alone": [1.0], "fewer": [2.0], "beside": [1.5]})
    busy = {"case": "group/busy", "group": "group", "libraries": {"taeda": shares}}
    others = {"format": content["format"], "machine": content["machine"], "beside": [busy]}
    write(results / "2001.json", content)
    write(results / "2002.json", {**content, "complete": False})
    write(results / "2003-beside.json", others)
    assert write_page(arguments) == 0
    text = page.read_text()
    assert "from `benchmarks/results/2001.json`" in text
    assert "| fast | all | 250 ms | 2.00 s | - | 8.00x | - | 2.00 GF/s | 50% |" in text
    assert "| slow \\* case | all | 1.0 MB | 3.0 MB |" in text
    assert "PyTorch is faster in 1 of 2 rows: group/slow \\* case (0.50)." in text
    assert "| group/busy | 1.50 | 2.00 | - | - |" in text
    assert "](page.svg)" in text
    picture = ElementTree.parse(page.with_suffix(".svg")).getroot()
    bars = [each for each in picture.iter() if each.get("fill") in (plot.FASTER, plot.SLOWER)]
    assert [bar.get("fill") for bar in bars] == [plot.FASTER, plot.SLOWER]


def test_limits_that_end_leave_the_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "limits"
    program.write_text("#!/bin/sh\nread name && echo 5e9\n")
    program.chmod(0o755)
    monkeypatch.setattr(peaks, "_program", lambda: program)
    case = load_cases()["matmul/384"]
    settings = Settings(rounds=3, samples=1)
    with (
        peaks.Limits(1) as machine,
        Session({"taeda": sys.executable}, settings, machine) as session,
    ):
        (row,) = session.run([case])
    assert row.limits == [5e9]
    assert row.errors == {"limit": "limits ended with status 0"}
    assert len(row.seconds("taeda")) == 3
