"""The detector of races in kernels: what it has to report, and what not."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CUDA = HERE.parents[1] / "kernels" / "cuda"
INCLUDE = CUDA.parent / "include"
COMPILER = shutil.which(os.environ.get("CXX", "c++"))
RACES = 66

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C++ compiler")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("race")
    options = ["-std=c++20", "-O1", "-g", "-fPIE", f"-I{CUDA}", f"-I{INCLUDE}"]
    watched, switching, program = folder / "race.o", folder / "threads.o", folder / "race"
    commands = (
        ["-fsanitize=thread", "-c", HERE / "fakes" / "race.cpp", "-o", watched],
        ["-DTAEDA_RACECHECK", "-c", CUDA / "simulated" / "threads.cpp", "-o", switching],
        ["-fsanitize=thread", "-pie", watched, switching, "-o", program],
    )
    for command in commands:
        ended = subprocess.run(
            [str(COMPILER), *options, *command], capture_output=True, text=True, check=False
        )
        if "cannot find" in ended.stderr and "tsan" in ended.stderr:
            pytest.skip("the compiler has no sanitizer of threads")
        assert ended.returncode == 0, ended.stderr
    return program


def ends_of(program: Path, what: str) -> tuple[int, str]:
    steady = ["setarch", platform.machine(), "-R"] if shutil.which("setarch") else []
    ended = subprocess.run(
        [*steady, program, what],
        env=os.environ | {"TSAN_OPTIONS": f"exitcode={RACES}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stderr


@pytest.mark.parametrize("what", ["step", "blocks", "items"])
def test_a_race_is_reported(program: Path, what: str) -> None:
    status, text = ends_of(program, what)
    assert status == RACES, text
    assert "data race" in text


def test_threads_that_meet_race_not(program: Path) -> None:
    assert ends_of(program, "none") == (0, "")
