"""Build the native members with sanitizers into build/sanitize and run their tests there.

The environment of that build is its own, so the ordinary one stays as it is.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from members import ROOT

FOLDER = ROOT / "build" / "sanitize"
TESTS = ("tests/kernels", "tests/tensor", "tests/autograd")


def library(name: str) -> str:
    """Where the compiler keeps the run-time library of a sanitizer."""
    compiler = os.environ.get("CXX", "c++").split()
    command = [*compiler, f"-print-file-name={name}"]
    path = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    if not Path(path).is_absolute():
        sys.exit(f"taeda: {compiler[0]} has no {name}; make sanitize needs GCC's sanitizers")
    return str(Path(path).resolve())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uv", default="uv")
    parser.add_argument("pytest", nargs="*", help="what to pass to pytest instead of the folders")
    arguments = parser.parse_args()
    preload = f"{library('libasan.so')} {library('libstdc++.so')}"
    venv = FOLDER / "venv"
    python = venv / "bin" / "python"
    requirements = Path(sys.prefix) / ".taeda" / "requirements.txt"
    if not python.exists():
        make = [arguments.uv, "venv", "--quiet", "--python", sys.executable, str(venv)]
        subprocess.run(make, check=True)
    install = [arguments.uv, "pip", "install", "--quiet", "--python", str(python)]
    subprocess.run([*install, "--requirements", str(requirements)], check=True)
    # Two instruction sets are enough: the third differs in width only.
    build = dict(os.environ, TAEDA_SANITIZE="address,undefined")
    build.setdefault("TAEDA_CPU_VARIANTS", "portable,v3" if "x86" in os.uname().machine else "")
    develop = [str(python), "scripts/develop.py", "--uv", arguments.uv, "--build", str(FOLDER)]
    subprocess.run(develop, check=True, env=build, cwd=ROOT)
    # The interpreter frees little at exit, so leaks are looked for by a test of their own.
    run = dict(os.environ, LD_PRELOAD=preload)
    run["ASAN_OPTIONS"] = "detect_leaks=0:detect_stack_use_after_return=0:abort_on_error=0"
    run["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1"
    run["PYTHONMALLOC"] = "malloc"
    run["TAEDA_SANITIZED"] = "1"
    tests = arguments.pytest or [name for name in TESTS if (ROOT / name).exists()]
    command = [str(python), "-m", "pytest", "-p", "no:cacheprovider", "-m", "not slow", *tests]
    sys.exit(subprocess.run(command, env=run, cwd=ROOT, check=False).returncode)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"taeda: {' '.join(map(str, error.cmd[:2]))} failed ({error.returncode})")
