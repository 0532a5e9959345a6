"""Build the native members with sanitizers into build/sanitize and run their tests there.

CMake is called directly: a build backend would import the member below, which only a process that
has the sanitizer loaded first can do. The ordinary environment stays as it is.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from develop import BIN, environment
from members import MEMBERS, ROOT, Member

FOLDER = ROOT / "build" / "sanitize"
VENV = FOLDER / "venv"
PYTHON = VENV / "bin" / "python"
TESTS = ("tests/kernels", "tests/tensor", "tests/autograd")
# A build of the third, which has code of its own too, takes as long again: TAEDA_CPU_VARIANTS=v4.
DEFAULT_VARIANTS = "portable,v3" if platform.machine() in {"x86_64", "AMD64"} else ""
VARIANTS = os.environ.get("TAEDA_CPU_VARIANTS", DEFAULT_VARIANTS)


def output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def runtime(name: str) -> str:
    """Where the compiler keeps a library that must be loaded before the interpreter."""
    compiler = os.environ.get("CXX", "c++").split()
    path = Path(output(*compiler, f"-print-file-name={name}"))
    if not path.is_absolute():
        sys.exit(f"taeda: {compiler[0]} has no {name}; make sanitize needs GCC's sanitizers")
    return str(path.resolve())


def build(member: Member, site: Path, env: dict[str, str]) -> None:
    """Configure, compile and install one native member."""
    folder = FOLDER / member.name
    cmake = BIN / "cmake"
    configure: list[str | Path] = [
        cmake,
        "--log-level=WARNING",
        "-G",
        "Ninja",
        "-S",
        member.path,
        "-B",
        folder,
    ]
    configure += [f"-DPython_EXECUTABLE={PYTHON}", f"-DCMAKE_PREFIX_PATH={site}"]
    nanobind = output(sys.executable, "-m", "nanobind", "--cmake_dir")
    configure += [f"-Dnanobind_DIR={nanobind}", "-DCMAKE_BUILD_TYPE=Release"]
    configure += ["-DTAEDA_SANITIZE=address,undefined", f"-DTAEDA_CPU_VARIANTS={VARIANTS}"]
    subprocess.run(configure, check=True, env=env)
    subprocess.run([cmake, "--build", folder, "--", "--quiet"], check=True, env=env)
    install: list[str | Path] = [cmake, "--install", folder, "--prefix", site]
    subprocess.run(install, check=True, env=env, stdout=subprocess.DEVNULL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uv", default="uv")
    parser.add_argument("pytest", nargs="*", help="what to pass to pytest instead of the folders")
    arguments = parser.parse_args()
    preload = f"{runtime('libasan.so')} {runtime('libstdc++.so')}"
    if not PYTHON.exists():
        make = [arguments.uv, "venv", "--quiet", "--python", sys.executable, VENV]
        subprocess.run(make, check=True)
    requirements = Path(sys.prefix) / ".taeda" / "requirements.txt"
    install = [arguments.uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", PYTHON]
    subprocess.run([*install, "--requirements", requirements], check=True)
    where = "import sysconfig; print(sysconfig.get_paths()['platlib'])"
    site = Path(output(PYTHON, "-c", where))
    for member in MEMBERS:
        if member.native:
            build(member, site, environment())
        shutil.copytree(member.package, site / member.name, dirs_exist_ok=True)
    # The interpreter frees little at exit, so leaks are looked for by tests of their own.
    run = dict(
        os.environ,
        LD_PRELOAD=preload,
        ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1",
        UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1",
        PYTHONMALLOC="malloc",
        TAEDA_SANITIZED="1",
    )
    tests = arguments.pytest or [name for name in TESTS if (ROOT / name).exists()]
    command = [PYTHON, "-m", "pytest", "-p", "no:cacheprovider", "-m", "not slow", *tests]
    sys.exit(subprocess.run(command, env=run, cwd=ROOT, check=False).returncode)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        command = " ".join(map(str, error.cmd[:3]))
        sys.exit(f"taeda: {command} failed with exit status {error.returncode}")
