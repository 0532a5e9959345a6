"""The benchmark program runs, reports, and says what is wrong; nothing here looks at a time."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.case import Case, load_cases
from benchmarks.report import duration, geometric_means, header, line
from benchmarks.session import Row

Runner = Callable[..., "subprocess.CompletedProcess[str]"]
QUICK = ["--rounds", "1", "--samples", "1", "--libraries", "taeda,numpy"]


def test_a_short_run_writes_its_results(tmp_path: Path, run_python: Runner) -> None:
    output = tmp_path / "results.json"
    only = r"^overhead/(a \+ b|Linear\(8, 8\) on 8x8, no)|^import/import$"
    result = run_python("-m", "benchmarks", *QUICK, "--only", only, "--output", output)
    assert result.returncode == 0, result.stdout + result.stderr
    document = json.loads(output.read_text())
    rows = {row["case"]: row for row in document["rows"]}
    assert sorted(rows) == [
        "import/import",
        "overhead/Linear(8, 8) on 8x8, no grad",
        "overhead/a + b, 8x8",
    ]
    both = rows["overhead/a + b, 8x8"]
    assert set(both["best"]) == {"taeda", "numpy"}
    assert both["ratios"]["numpy"] == both["best"]["numpy"] / both["best"]["taeda"]
    assert set(rows["overhead/Linear(8, 8) on 8x8, no grad"]["best"]) == {"taeda"}
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


def test_cases_are_declared_for_all_groups() -> None:
    groups = {case.group for case in load_cases().values()}
    assert groups == {
        "data",
        "elementwise",
        "import",
        "matmul",
        "neural",
        "overhead",
        "training",
    }


def test_report_computes_ratios_of_the_shortest_times() -> None:
    rows = []
    for number, factor in enumerate((2.0, 8.0)):
        case = Case("group", f"case {number}", lambda torch: lambda: None, flops=1e9)
        row = Row(case, None)
        row.seconds = {"taeda": [0.5, 0.25], "torch": [0.25 * factor, 9.0]}
        rows.append(row)
    assert rows[0].ratio("torch") == 2
    assert rows[0].ratio("numpy") is None
    assert geometric_means(rows) == {"group": {"torch": pytest.approx(4)}}
    columns = line(rows[0]).split()
    assert columns == [
        "group/case",
        "0",
        "all",
        "250",
        "ms",
        "500",
        "ms",
        "-",
        "2.00x",
        "-",
        "4.00",
        "GF/s",
    ]
    assert len(header()) == len(line(rows[0]))
    assert [duration(value) for value in (1.5, 2e-3, 3.14159e-6, 12e-9)] == [
        "1.50 s",
        "2.00 ms",
        "3.14 us",
        "12.0 ns",
    ]
