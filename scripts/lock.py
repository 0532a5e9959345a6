"""Write uv.lock with exact versions and no index, or check that it is up to date.

uv writes the addresses of the files it found. They differ from mirror to mirror, so they are taken
out; uv finds them again by name and version.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from members import MEMBERS, ROOT


def strip(lock: str) -> str:
    """Take addresses, hashes and requirement tables out of the text of a lock."""
    lock = re.sub(r'registry = "[^"]*"', 'registry = "index"', lock)
    lock = re.sub(r"^sdist = .*\n", "", lock, flags=re.M)
    lock = re.sub(r"^wheels = \[\n(?:.*\n)*?\]\n", "", lock, flags=re.M)
    lock = re.sub(r"^\[package\.metadata[^\n]*\]\n(?:(?!\[).*\n)*", "", lock, flags=re.M)
    return re.sub(r"\n{3,}", "\n\n", lock).rstrip("\n") + "\n"


def resolve(uv: str, *options: str) -> str:
    """Resolve in a copy of the workspace's metadata, from the pins of the present lock."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("pyproject.toml", "uv.lock"):
            if (ROOT / name).exists():
                shutil.copy(ROOT / name, copy / name)
        for member in MEMBERS:
            (copy / member.folder).mkdir(parents=True)
            shutil.copy(member.path / "pyproject.toml", copy / member.folder)
        subprocess.run([uv, "lock", "--quiet", *options], check=True, cwd=copy)
        return strip((copy / "uv.lock").read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uv", default="uv")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    arguments = parser.parse_args()
    fresh = resolve(arguments.uv, *(["--upgrade"] if arguments.upgrade else []))
    path = ROOT / "uv.lock"
    if not arguments.check:
        path.write_text(fresh)
    elif not path.exists() or path.read_text() != fresh:
        sys.exit("taeda: uv.lock is not what the pyproject files ask for; run make lock")


if __name__ == "__main__":
    main()
