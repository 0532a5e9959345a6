"""Build the wheel of every distribution into dist/, reusing what the editable build compiled."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from develop import environment
from members import MEMBERS, ROOT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uv", default="uv")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    arguments = parser.parse_args()
    for old in arguments.output.glob("taeda*.whl"):
        old.unlink()
    for member in MEMBERS:
        command = [arguments.uv, "build", "--quiet", "--wheel", "--no-build-isolation"]
        command += ["--python", sys.executable, "--out-dir", str(arguments.output.resolve())]
        if member.native:
            command += ["--config-setting", f"build-dir={arguments.build.resolve() / member.name}"]
        subprocess.run([*command, str(member.path)], check=True, env=environment(), cwd=ROOT)
    for wheel in sorted(arguments.output.glob("taeda*.whl")):
        print(f"{wheel.stat().st_size / 1024:9.0f} KiB  {wheel.name}")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"taeda: {' '.join(map(str, error.cmd[:2]))} failed on {error.cmd[-1]}")
