"""Write the type stubs of the extension modules, or check that they are up to date."""

from __future__ import annotations

import argparse
import difflib
import subprocess
import sys
import tempfile
from pathlib import Path

from members import NATIVE, Member


def generate(member: Member, folder: Path) -> str:
    """Generate and format the stub of a native member."""
    output = folder / f"{member.name}.pyi"
    command = [sys.executable, "-m", "nanobind.stubgen", "-q", "-m", member.extension, "-o", output]
    pattern = member.path / "bindings" / "stubs.pat"
    if pattern.exists():
        command += ["-p", pattern]
    subprocess.run([str(part) for part in command], check=True)
    format_stub = [sys.executable, "-m", "ruff", "format", "--quiet", "--no-cache", "--isolated"]
    subprocess.run([*format_stub, "--line-length", "100", str(output)], check=True)
    return output.read_text()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    stale = False
    with tempfile.TemporaryDirectory() as folder:
        for member in NATIVE:
            fresh = generate(member, Path(folder))
            path = member.package / f"{member.extension.rpartition('.')[2]}.pyi"
            if not arguments.check:
                path.write_text(fresh)
                continue
            present = path.read_text() if path.exists() else ""
            difference = difflib.unified_diff(
                present.splitlines(), fresh.splitlines(), path.name, "generated", lineterm="", n=1
            )
            lines = list(difference)
            if lines:
                stale = True
                print(*lines[:40], sep="\n")
    if stale:
        sys.exit("taeda: the stubs differ from the extension modules; run make stubs")


if __name__ == "__main__":
    main()
