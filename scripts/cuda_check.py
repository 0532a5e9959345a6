"""Check the CUDA plug-in on a machine with a GPU, without a network.

Needs Python 3.11 or newer with scikit-build-core, nanobind, cmake, ninja, NumPy and pytest; PyTorch
for the times beside ours; nvcc 13 and a C++20 compiler. Builds every member into an environment of
its own under build/cuda-check, runs tests/cuda on the GPU, trains a small network there, and times
a few operations beside PyTorch's on the same GPU. A step that fails does not stop the next. Writes
all to build/cuda-check/results.json.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import Any

from members import MEMBERS, ROOT

BUILD = ROOT / "build" / "cuda-check"
PYTHON = BUILD / "environment" / "bin" / "python"
FOLDERS = [member.path for member in MEMBERS] + [ROOT / "kernels" / "cuda"]
MODULES = ("scikit_build_core", "nanobind", "numpy", "pytest")


def environment() -> dict[str, str]:
    jobs = str(os.cpu_count() or 1)
    return dict(os.environ, CMAKE_BUILD_PARALLEL_LEVEL=jobs, PIP_DISABLE_PIP_VERSION_CHECK="1")


def step(name: str, command: list[str], results: dict[str, Any]) -> bool:
    """Runs a command, shows what it prints, and keeps how it ended."""
    print(f"==> {name}", flush=True)
    start = time.monotonic()
    ended = subprocess.run(command, cwd=ROOT, env=environment(), check=False)
    seconds = round(time.monotonic() - start, 1)
    results["steps"][name] = {"passed": ended.returncode == 0, "seconds": seconds}
    print(
        f"<== {name}: {'passed' if ended.returncode == 0 else 'failed'} in {seconds} s", flush=True
    )
    return ended.returncode == 0


def missing() -> list[str]:
    import importlib.util

    tools = [tool for tool in ("nvcc", "cmake", "ninja") if not shutil.which(tool)]
    return tools + [name for name in MODULES if importlib.util.find_spec(name) is None]


def pip_install(folder: Path) -> list[str]:
    # Pure members are built by hatchling, which need not be there: their sources are enough.
    return [
        *(str(PYTHON), "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"),
        *("--no-build-isolation", "--force-reinstall", str(folder)),
    ]


def add_pure(folders: list[Path]) -> None:
    """Pure members are importable from where they lie."""
    found = subprocess.run(
        [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        check=True,
        capture_output=True,
        text=True,
    )
    lines = "".join(f"{folder / 'src'}\n" for folder in folders)
    (Path(found.stdout.strip()) / "taeda_members.pth").write_text(lines)


def build(results: dict[str, Any]) -> bool:
    venv.create(PYTHON.parent.parent, system_site_packages=True, with_pip=True)
    native = [member.path for member in MEMBERS if member.native] + [ROOT / "kernels" / "cuda"]
    add_pure([folder for folder in FOLDERS if folder not in native])
    return all(step(f"build {folder.name}", pip_install(folder), results) for folder in native)


def main() -> None:
    absent = missing()
    if absent:
        sys.exit(f"cuda-check: not found: {', '.join(absent)}")
    BUILD.mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = {"steps": {}}
    if build(results):
        step("tests", [str(PYTHON), "-m", "pytest", "-q", "tests/cuda"], results)
        output = BUILD / "benchmark.json"
        output.unlink(missing_ok=True)
        step("benchmark", [str(PYTHON), "scripts/cuda_benchmark.py", str(output)], results)
        if output.exists():
            results["benchmark"] = json.loads(output.read_text())
    (BUILD / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    print(f"results: {BUILD / 'results.json'}")
    if not all(kept["passed"] for kept in results["steps"].values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
