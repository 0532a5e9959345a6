"""The tests of this folder on a simulated device: the same kernels as loops on the CPU.

The library is built by `make cuda-simulated`, which then runs this file.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "build" / "cuda-simulated" / "libtaeda_cuda.so"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not LIBRARY.exists(), reason="make cuda-simulated has not run"),
    pytest.mark.skipif("TAEDA_CUDA_LIBRARY" in os.environ, reason="runs on a chosen library"),
]


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"TAEDA_CUDA_LIBRARY": str(LIBRARY)} | variables
    return subprocess.run(
        [sys.executable, *command],
        env=environment,
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )


def test_on_the_simulated_device() -> None:
    result = run("-m", "pytest", "-q", "-x", "tests/cuda")
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-1000:]


def test_a_machine_without_a_driver() -> None:
    program = (
        "import taeda_tensor as tt\n"
        "assert not tt.cuda.is_available()\n"
        "try:\n"
        "    tt.zeros(1, device='cuda')\n"
        "except RuntimeError as error:\n"
        "    print(error)\n"
    )
    result = run("-c", program, TAEDA_SIMULATED_DEVICES="0")
    assert result.returncode == 0, result.stderr
    assert "no NVIDIA driver is installed on this machine" in result.stdout


def test_the_cpu_cannot_read_memory_of_the_device() -> None:
    program = (
        "import ctypes, taeda_tensor as tt\n"
        "ctypes.string_at(tt.zeros(4, device='cuda').data_ptr(), 1)\n"
    )
    assert run("-c", program).returncode < 0


def test_a_missing_kernel_names_the_operation_and_the_device() -> None:
    program = (
        "import taeda_tensor as tt\n"
        "x = tt.empty(3, device='cuda')\n"
        "for use in (lambda: x + x, lambda: x.sort(), lambda: x.to(tt.int32)):\n"
        "    try:\n"
        "        use()\n"
        "    except NotImplementedError as error:\n"
        "        print(error)\n"
    )
    bare = LIBRARY.with_name("libtaeda_cuda_bare.so")
    result = run("-c", program, TAEDA_CUDA_LIBRARY=str(bare))
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].startswith("add: not implemented on cuda:0")
    assert lines[1].startswith("sort: not implemented on cuda:0")
    assert lines[2].startswith("to: not implemented on cuda:0")
