"""An environment of PyTorch's own: the peer is never installed beside taeda.

`python -m benchmarks.peer` prints the path of its interpreter and makes it first if need be.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from benchmarks.processes import ROOT

TORCH = "torch==2.13.0"
VARIABLE = "TAEDA_BENCH_TORCH_PYTHON"
FOLDER = ROOT / ".cache" / "bench-torch"


class PeerError(Exception):
    """PyTorch's environment could not be made."""


def interpreter() -> str:
    """The Python that has PyTorch: the variable's, or one made (once) under `.cache`."""
    given = os.environ.get(VARIABLE)
    if given:
        return given
    python = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    # Written last: an installation that was interrupted is made anew.
    complete = FOLDER / "complete"
    if not complete.is_file() or complete.read_text() != TORCH:
        shutil.rmtree(FOLDER, ignore_errors=True)
        print(f"installing {TORCH} into {FOLDER.relative_to(ROOT)}", file=sys.stderr)
        _run([sys.executable, "-m", "venv", str(FOLDER)])
        _run([str(python), "-m", "pip", "install", "--quiet", TORCH, "numpy>=2"])
        complete.write_text(TORCH)
    return str(python)


def _run(command: list[str]) -> None:
    # pip's output is not the report.
    if subprocess.run(command, stdout=sys.stderr.fileno()).returncode:
        raise PeerError(
            f"cannot install {TORCH}: name an interpreter that has it with --torch-python, "
            "or leave PyTorch out with --libraries taeda,numpy"
        )


if __name__ == "__main__":
    try:
        print(interpreter())
    except PeerError as failure:
        sys.exit(f"benchmarks: {failure}")
