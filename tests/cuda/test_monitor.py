"""What the driver's monitor says, from a library that stands in for it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SIMULATED = ROOT / "build" / "cuda-simulated" / "libtaeda_cuda.so"
COMPILER = shutil.which(os.environ.get("CC", "cc"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SIMULATED.exists(), reason="make cuda-simulated has not run"),
    pytest.mark.skipif("TAEDA_CUDA_LIBRARY" in os.environ, reason="runs on a chosen library"),
    pytest.mark.skipif(COMPILER is None, reason="no C compiler"),
]

PROGRAM = """
import json
from taeda_tensor import cuda
names = ("utilization", "memory_usage", "device_memory_used", "temperature", "power_draw",
         "clock_rate", "list_gpu_processes")
try:
    print(json.dumps({name: [getattr(cuda, name)(), getattr(cuda, name)(1)] for name in names}))
except RuntimeError as error:
    print(json.dumps(str(error)))
"""


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("monitor")
    options = ("-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
    library = folder / "libnvidia-ml.so.1"
    subprocess.run([str(COMPILER), *options, "-o", library, HERE / "fakes" / "nvml.c"], check=True)
    return folder


def answers(folder: Path, **variables: str) -> Any:
    environment = os.environ | {"TAEDA_CUDA_LIBRARY": str(SIMULATED)} | variables
    environment["LD_LIBRARY_PATH"] = str(folder)
    command = [sys.executable, "-c", PROGRAM]
    ended = subprocess.run(
        command, env=environment, cwd=ROOT, text=True, capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_the_monitor_is_asked(monitor: Path) -> None:
    assert answers(monitor, CUDA_VISIBLE_DEVICES="") == {
        "utilization": [40, 41],
        "memory_usage": [20, 20],
        "device_memory_used": [100, 101],
        "temperature": [55, 56],
        "power_draw": [70000, 70001],
        "clock_rate": [1500, 1501],
        "list_gpu_processes": [
            "GPU:0\nprocess         11 uses        3.000 MB GPU memory\n"
            "process         12 uses an unknown amount of GPU memory",
            "GPU:1\nno processes are running",
        ],
    }


def test_only_visible_devices_are_counted(monitor: Path) -> None:
    assert answers(monitor, CUDA_VISIBLE_DEVICES="GPU-second,0")["temperature"] == [56, 55]


def test_a_machine_without_a_monitor(tmp_path: Path) -> None:
    (tmp_path / "libnvidia-ml.so.1").write_text("no library")
    assert "the monitor of the driver cannot be opened" in answers(tmp_path)


def test_what_the_monitor_refuses(monitor: Path) -> None:
    refused = answers(monitor, CUDA_VISIBLE_DEVICES="7,8")
    assert refused == "cuda: nvmlDeviceGetHandleByIndex_v2: Not Found (6)"
