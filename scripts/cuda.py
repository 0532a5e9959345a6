"""Build the CUDA plug-in: by nvcc into the running environment, or simulated for the tests.

The race check is the simulated plug-in under the sanitizer of threads, which sees the threads of a
kernel as its own: what two of them do to one place between two barriers is reported.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from develop import BIN, SITE, environment, run
from members import ROOT

SIMULATED = ROOT / "build" / "cuda-simulated"
RACECHECK = ROOT / "build" / "cuda-racecheck"
RACES = 66  # the sanitizer's exit status where it has reported any


def install(uv: str) -> None:
    """The plug-in as a wheel: its library is opened by path, so that nothing is editable in it."""
    if not shutil.which("nvcc"):
        sys.exit("taeda: nvcc is not on PATH; install the CUDA 13 toolkit")
    run(
        *(uv, "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--reinstall"),
        *("--config-setting", f"build-dir={ROOT / 'build' / 'cuda'}", ROOT / "kernels" / "cuda"),
    )


def simulate(folder: Path = SIMULATED, **more: str) -> None:
    """The kernels as loops on the CPU, in a build folder that is not installed."""
    definitions = {
        "CMAKE_PREFIX_PATH": SITE / "taeda_kernels",
        "CMAKE_MAKE_PROGRAM": BIN / "ninja",
        "TAEDA_CUDA_SIMULATED": "ON",
        **more,
    }
    run(
        *(BIN / "cmake", "-G", "Ninja", "-S", ROOT / "kernels" / "cuda", "-B", folder),
        *(f"-D{name}={value}" for name, value in definitions.items()),
        quiet=True,
    )
    jobs = environment()["CMAKE_BUILD_PARALLEL_LEVEL"]
    run(BIN / "cmake", "--build", folder, "--parallel", jobs, "--", "--quiet")


def racecheck(tests: list[str]) -> None:
    simulate(RACECHECK, TAEDA_CUDA_RACECHECK="ON")
    compiler = os.environ.get("CXX", "c++")
    runtime = subprocess.run(
        [compiler, "-print-file-name=libtsan.so"], capture_output=True, text=True, check=True
    )
    reports = RACECHECK / "races"
    for old in RACECHECK.glob("races.*"):
        old.unlink()
    variables = {
        "LD_PRELOAD": str(Path(runtime.stdout.strip()).resolve()),
        "TAEDA_CUDA_LIBRARY": str(RACECHECK / "libtaeda_cuda.so"),
        # Nothing but the kernels is compiled for it.
        "TSAN_OPTIONS": f"ignore_noninstrumented_modules=1 exitcode={RACES} log_path={reports}",
    }
    # It wants its own places in memory, which random addresses may take.
    steady = ("setarch", platform.machine(), "-R") if shutil.which("setarch") else ()
    command = [*steady, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    ended = subprocess.run(command, cwd=ROOT, env=environment() | variables, check=False)
    found_races = sorted(RACECHECK.glob("races.*"))
    for report in found_races:
        print(report.read_text()[:20000])
    if ended.returncode != 0 or found_races:
        sys.exit(f"taeda: race check: {'races were found' if found_races else 'the tests failed'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("install", "simulated", "racecheck"))
    parser.add_argument("--uv", default="uv", help="the uv to install with")
    parser.add_argument("--tests", nargs="*", default=["tests/cuda"], help="of the race check")
    arguments = parser.parse_args()
    if arguments.what == "install":
        install(arguments.uv)
    elif arguments.what == "racecheck":
        racecheck(arguments.tests)
    else:
        simulate()


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"taeda: {' '.join(error.cmd[:4])} ... failed with exit status {error.returncode}")
