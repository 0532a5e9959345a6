"""An environment made for one test."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Environment:
    """An environment that holds some of our wheels and what they declare, nothing else."""

    python: Path
    distributions: frozenset[str]

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run its interpreter, isolated from this process and with warnings as errors."""
        command = [str(self.python), "-I", "-W", "error", *map(str, arguments)]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=300,
            cwd=self.python.parent,
            check=False,
        )
