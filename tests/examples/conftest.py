"""Run the examples as a user does: `python -m ...` from the root of the repository."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Runner = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_python() -> Runner:
    """Run this interpreter with arguments in the root and return what it printed."""

    def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *map(str, arguments)]
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            command, cwd=ROOT, text=True, capture_output=True, timeout=300, **options
        )

    return run
