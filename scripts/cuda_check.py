"""Check the CUDA plug-in on a machine with a GPU, without a network, within eight minutes.

Needs Python 3.11 or newer with scikit-build-core, nanobind, NumPy and pytest; cmake, ninja, nvcc 13
and a C++20 compiler; PyTorch for the times beside ours. Neither pip nor a virtual environment is
needed: what is built lies in build/cuda-check/site.

Builds every member, runs tests/cuda on the GPU with the maker's libraries and without them, and
times operations and training steps beside PyTorch's. Everything is kept in
build/cuda-check/results.json as soon as it is known, so that a step that fails, crashes or runs out
of time loses nothing of the others. What is missing is skipped with a reason.

python scripts/cuda_check.py [--seconds 480] [--only build,tests,own,benchmark,memcheck,racecheck]
"""

from __future__ import annotations

import argparse
import concurrent.futures
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
import traceback
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from cuda_steps import BUILD, SITE, Results, log_of, run
from members import NATIVE, ROOT

T = TypeVar("T")

RESULTS = BUILD / "results.json"
MODULES = ("scikit_build_core", "nanobind", "numpy", "pytest")
TOOLS = ("nvcc", "cmake", "ninja")
STEPS = ("build", "tests", "own", "benchmark", "memcheck", "racecheck")
# Without what tests/ takes for granted on a developer's machine: versions, warnings as errors.
PYTEST_INI = """\
[pytest]
addopts = -q -p no:cacheprovider -p cuda_report --import-mode=importlib -m "not slow"
filterwarnings = default
markers = slow: runs longer than a few seconds
"""
BUILD_WHEEL = """\
import sys
from scikit_build_core.build import build_wheel
print(build_wheel(sys.argv[1], {"build-dir": sys.argv[2]}))
"""

DEVICE = """\
import json
import taeda as torch
from taeda_kernels import _kernels
facts = {"problem": _kernels._cuda_problem()}
if not facts["problem"]:
    facts["device"] = torch.cuda.get_device_name()
    facts["sum"] = torch.ones(3, device="cuda").sum().item()
    for name in ("cublas", "cudnn"):
        facts[name] = _kernels._cuda_library_version(name)
print(json.dumps(facts))
"""


def words_of(*command: str) -> str:
    """What a command prints; empty where there is none or it fails."""
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout.strip() if ended.returncode == 0 else ""


def gather_facts(results: Results) -> str:
    """Keeps what the machine is made of; gives the GPU's architecture, empty where unknown."""
    gpu = words_of(
        "nvidia-smi", "--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader"
    )
    facts = {
        "gpu": gpu or "nvidia-smi says nothing",
        "nvcc": words_of("nvcc", "--version").rpartition("\n")[2],
        "compiler": words_of(os.environ.get("CXX", "c++"), "--version").partition("\n")[0],
        "python": sys.version.partition(" ")[0],
        "cores": os.cpu_count(),
        "commit": words_of("git", "-C", str(ROOT), "rev-parse", "HEAD"),
        "started": time.strftime("%Y-%m-%d %H:%M:%S"),
    }
    for name, value in facts.items():
        results.put("facts", name, value)
    capability = gpu.partition("\n")[0].rpartition(",")[2].strip().replace(".", "")
    return capability if capability.isdecimal() else ""


def problem_of_device(results: Results) -> str:
    """Why no device can be used; empty where one can. Keeps which libraries were found."""
    step = run(results, "device", [sys.executable, "-c", DEVICE], 120)
    if not step["passed"]:
        return "the first use of the device failed"
    facts = json.loads(log_of("device").read_text().strip().rpartition("\n")[2])
    results.put("facts", "taeda", facts)
    return str(facts["problem"])


def missing() -> list[str]:
    absent = [tool for tool in TOOLS if not shutil.which(tool)]
    return absent + [name for name in MODULES if importlib.util.find_spec(name) is None]


def widest_cpu_variant() -> str:
    """One instruction set is enough here and builds three times as fast."""
    try:
        flags = Path("/proc/cpuinfo").read_text().partition("flags")[2].partition("\n")[0].split()
    except OSError:
        return ""
    if {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"} <= set(flags):
        return "v4"
    return "v3" if {"avx2", "bmi2", "fma"} <= set(flags) else "portable"


def build_member(results: Results, name: str, folder: Path, **more: str) -> bool:
    wheels = BUILD / "wheels" / name
    shutil.rmtree(wheels, ignore_errors=True)
    wheels.mkdir(parents=True)
    command = [sys.executable, "-c", BUILD_WHEEL, str(wheels), str(BUILD / name)]
    if not run(results, f"build {name}", command, 360, folder, **more)["passed"]:
        return False
    for wheel in wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(SITE)
    return True


def build(results: Results, architecture: str) -> bool:
    """The kernels, then the plug-in beside the members above them."""
    shutil.rmtree(SITE, ignore_errors=True)
    kernels, *above = NATIVE
    variants = {"TAEDA_CPU_VARIANTS": os.environ.get("TAEDA_CPU_VARIANTS") or widest_cpu_variant()}
    # Only for the GPU that is there; `make cuda` compiles for all.
    chosen = {"CUDAARCHS": f"{architecture}-real"} if architecture else {}
    if not build_member(results, kernels.name, kernels.path, **variants):
        return False
    with concurrent.futures.ThreadPoolExecutor() as pool:
        plug_in = pool.submit(
            build_member, results, "taeda_kernels_cuda", ROOT / "kernels" / "cuda", **chosen
        )
        others = pool.submit(
            lambda: all(build_member(results, member.name, member.path) for member in above)
        )
        return others.result() and plug_in.result()


def test(results: Results, name: str, folder: str, limit: float, **more: str) -> None:
    """Runs tests; where a crash or a lost device ends the process, the rest in a new one."""
    report = BUILD / f"{name}.jsonl"
    report.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        str(BUILD / "pytest.ini"),
        f"--rootdir={ROOT}",
        folder,
    ]
    end = time.monotonic() + limit
    for attempt in range(8):
        step = run(results, name, command, end - time.monotonic(), TAEDA_REPORT=str(report), **more)
        outcomes = summary_of(report)
        passed = False if outcomes["failures"] else step["passed"]
        results.put("steps", name, {**step, "passed": passed, "attempts": attempt + 1, **outcomes})
        # Below 6 pytest came to an end of its own; no status: no time was left.
        if step.get("ended", 0) in range(6) or time.monotonic() > end:
            break


def summary_of(report: Path) -> dict[str, Any]:
    lines = report.read_text().splitlines() if report.exists() else []
    tests: dict[str, dict[str, Any]] = {}
    for line in lines:
        record = json.loads(line)
        tests[record["test"]] = record
    counts: dict[str, int] = {}
    for record in tests.values():
        counts[record["outcome"]] = counts.get(record["outcome"], 0) + 1
    bad = [r for r in tests.values() if r["outcome"] in ("failed", "crashed", "started")]
    return {"counts": counts, "failures": bad[:100]}


def benchmark(results: Results) -> None:
    """Each library in processes of its own, until all cases are done: a case that crashed is left
    out by the next process."""
    output = BUILD / "benchmark.json"
    output.unlink(missing_ok=True)
    for library in ("taeda", "torch"):
        if library == "torch" and importlib.util.find_spec("torch") is None:
            results.skip("benchmark torch", "PyTorch is not installed")
            continue
        command = [sys.executable, "scripts/cuda_benchmark.py", library, str(output)]
        for _ in range(4):
            step = run(results, f"benchmark {library}", command, 100)
            if output.exists():
                results.put("facts", "benchmark", json.loads(output.read_text()))
            if step["passed"] or step.get("ended") == 1 or results.left() < 5:
                break


def sanitize(results: Results, tool: str) -> None:
    """Tests under a tool of compute-sanitizer: memcheck or racecheck."""
    if not shutil.which("compute-sanitizer"):
        results.skip(tool, "compute-sanitizer is not on PATH")
        return
    sanitizer = ["compute-sanitizer", "--tool", tool, "--error-exitcode", "9"]
    pytest = [sys.executable, "-m", "pytest", "-c", str(BUILD / "pytest.ini"), f"--rootdir={ROOT}"]
    report = BUILD / f"{tool}.jsonl"
    report.unlink(missing_ok=True)
    tests = ["tests/cuda/test_training.py", "tests/cuda/test_tiles.py"]
    step = run(results, tool, [*sanitizer, *pytest, *tests], 120, TAEDA_REPORT=str(report))
    if isinstance(step.get("ended"), str):
        step["passed"] = None  # it ran out of time, which says nothing
    results.put("steps", tool, {**step, **summary_of(report)})


def attempt(results: Results, name: str, work: Callable[[], T]) -> T | None:
    """A mistake of this script in one step leaves the others."""
    try:
        return work()
    except Exception:
        tail = traceback.format_exc()
        print(tail, flush=True)
        results.put(
            "steps", name, {"passed": False, "ended": "an error of cuda_check", "tail": tail}
        )
        return None


def find_tools() -> None:
    """nvcc and compute-sanitizer in their usual place, where PATH does not name it."""
    folders = [
        os.environ.get("CUDA_HOME", "/usr/local/cuda") + "/bin",
        sysconfig.get_path("scripts"),
    ]
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), *folders])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=480, help="for everything")
    parser.add_argument("--only", default=",".join(STEPS), help="steps, separated by commas")
    arguments = parser.parse_args()
    wanted = set(arguments.only.split(","))
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / "pytest.ini").write_text(PYTEST_INI)
    results = Results(RESULTS, arguments.seconds)
    find_tools()
    architecture = gather_facts(results)
    absent = missing()
    if absent and "build" in wanted:
        results.put("steps", "build", {"passed": False, "ended": f"not found: {absent}"})
        sys.exit(f"cuda-check: not found: {', '.join(absent)}")
    own = {"TAEDA_CUBLASLT_LIBRARY": "", "TAEDA_CUDNN_LIBRARY": ""}
    works: dict[str, Callable[[], object]] = {
        "tests": lambda: test(results, "tests", "tests/cuda", 150),
        "own": lambda: test(results, "own kernels", "tests/cuda", 120, **own),
        "benchmark": lambda: benchmark(results),
        "memcheck": lambda: sanitize(results, "memcheck"),
        "racecheck": lambda: sanitize(results, "racecheck"),
    }
    built = "build" not in wanted or attempt(results, "build", lambda: build(results, architecture))
    reason = "the build failed"
    if built:
        reason = attempt(results, "device", lambda: problem_of_device(results))
        reason = "looking for the device failed" if reason is None else reason
    for name, work in works.items():
        if reason:
            results.skip(name, str(reason))
        elif name in wanted:
            attempt(results, name, work)
    print(f"results: {RESULTS}")
    if failed := results.failed():
        sys.exit(f"cuda-check: failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
