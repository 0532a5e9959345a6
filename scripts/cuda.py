"""Build the CUDA plug-in: by nvcc into the running environment, or simulated for the tests."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys

from develop import BIN, SITE, environment, run
from members import ROOT

SIMULATED = ROOT / "build" / "cuda-simulated"


def install(uv: str) -> None:
    """The plug-in as a wheel: its library is opened by path, so that nothing is editable in it."""
    if not shutil.which("nvcc"):
        sys.exit("taeda: nvcc is not on PATH; install the CUDA 13 toolkit")
    run(
        *(uv, "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--reinstall"),
        *("--config-setting", f"build-dir={ROOT / 'build' / 'cuda'}", ROOT / "kernels" / "cuda"),
    )


def simulate() -> None:
    """The kernels as loops on the CPU, in a build folder that is not installed."""
    definitions = {
        "CMAKE_PREFIX_PATH": SITE / "taeda_kernels",
        "CMAKE_MAKE_PROGRAM": BIN / "ninja",
        "TAEDA_CUDA_SIMULATED": "ON",
    }
    run(
        *(BIN / "cmake", "-G", "Ninja", "-S", ROOT / "kernels" / "cuda", "-B", SIMULATED),
        *(f"-D{name}={value}" for name, value in definitions.items()),
        quiet=True,
    )
    jobs = environment()["CMAKE_BUILD_PARALLEL_LEVEL"]
    run(BIN / "cmake", "--build", SIMULATED, "--parallel", jobs, "--", "--quiet")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("install", "simulated"))
    parser.add_argument("--uv", default="uv", help="the uv to install with")
    arguments = parser.parse_args()
    if arguments.what == "install":
        install(arguments.uv)
    else:
        simulate()


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"taeda: {' '.join(error.cmd[:4])} ... failed with exit status {error.returncode}")
