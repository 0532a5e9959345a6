"""Wheels of every distribution, and empty environments to install them into."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.packaging.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = {".py", ".pyi", ".h", ".cpp", ".cmake", ".toml", ".txt"}


@pytest.fixture(scope="session")
def uv() -> str:
    """The uv that make uses."""
    note = ROOT / ".tools" / "uv-path"
    named = os.environ.get("UV") or (note.read_text().strip() if note.exists() else "uv")
    found = shutil.which(named)
    assert found, "no uv: run these tests with make test-packaging"
    return found


@pytest.fixture(scope="session")
def wheels(uv: str) -> dict[str, Path]:
    """The wheel of each distribution by name, built again if a source is newer."""
    folder = ROOT / "dist"

    def find() -> dict[str, Path]:
        names = ((path.name.partition("-")[0], path) for path in folder.glob("taeda*.whl"))
        return {name.replace("_", "-"): path for name, path in names}

    sources = (
        path
        for top in (ROOT / "kernels", ROOT / "packages")
        for path in top.rglob("*")
        if path.suffix in SUFFIXES and "build" not in path.relative_to(ROOT).parts
    )
    newest = max(path.stat().st_mtime for path in sources)
    found = find()
    if len(found) < 7 or min(path.stat().st_mtime for path in found.values()) < newest:
        subprocess.run([sys.executable, "scripts/wheels.py", "--uv", uv], cwd=ROOT, check=True)
        found = find()
    return found


@pytest.fixture(scope="session")
def install(
    uv: str, wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Environment]:
    """Make an environment with the wheels of the named distributions and their requirements."""
    # Without this a package of the same name on an index could stand in for one of ours.
    overrides = tmp_path_factory.mktemp("overrides") / "overrides.txt"
    overrides.write_text("".join(f"{name} @ {path.as_uri()}\n" for name, path in wheels.items()))

    def install(names: Sequence[str], guests: Sequence[str] = ()) -> Environment:
        folder = tmp_path_factory.mktemp("environment")
        python = folder / "bin" / "python"
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(folder)], check=True)
        pip = [uv, "pip", "install", "-q", "--python", str(python), "--override", str(overrides)]
        subprocess.run(
            [*pip, *(str(wheels[name]) for name in names), *guests], check=True, cwd=folder
        )
        freeze = [uv, "pip", "freeze", "--python", str(python)]
        listing = subprocess.run(freeze, check=True, capture_output=True, text=True).stdout
        found = (line.partition(" @ ")[0].partition("==")[0] for line in listing.splitlines())
        return Environment(python, frozenset(found))

    return install
