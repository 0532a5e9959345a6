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


# The simulated device calls an event done only when somebody has waited, or has asked a few times.
def test_memory_that_another_stream_uses_is_not_given_out_before_it_is_done() -> None:
    program = (
        "import taeda_tensor as tt\n"
        "side = tt.cuda.Stream()\n"
        "x = tt.empty(1 << 20, device='cuda')\n"
        "address = x.data_ptr()\n"
        "x.record_stream(side)\n"
        "del x\n"
        "y = tt.empty(1 << 20, device='cuda')\n"
        "assert y.data_ptr() != address\n"
        "side.synchronize()\n"
        "assert tt.empty(1 << 20, device='cuda').data_ptr() == address\n"
    )
    result = run("-c", program)
    assert result.returncode == 0, result.stderr


def test_pinned_memory_is_not_given_out_before_its_copies_are_done() -> None:
    program = (
        "import taeda_tensor as tt\n"
        "x = tt.ones(1000).pin_memory()\n"
        "assert x.is_pinned()\n"
        "address = x.data_ptr()\n"
        "there = x.to('cuda', non_blocking=True)\n"
        "del x\n"
        "y = tt.zeros(1000).pin_memory()\n"
        "assert y.data_ptr() != address\n"
        "tt.cuda.synchronize()\n"
        "assert tt.zeros(1000).pin_memory().data_ptr() == address\n"
        "assert there.sum().item() == 1000\n"
    )
    result = run("-c", program)
    assert result.returncode == 0, result.stderr


def test_streams_are_given_out_again() -> None:
    program = (
        "import taeda_tensor as tt\n"
        "handle = tt.cuda.Stream(priority=-1).cuda_stream\n"
        "assert tt.cuda.Stream().cuda_stream != handle\n"
        "assert tt.cuda.Stream(priority=-1).cuda_stream == handle\n"
    )
    result = run("-c", program)
    assert result.returncode == 0, result.stderr


NORM = """
import ctypes, os
import taeda as torch
library = ctypes.CDLL(os.environ["TAEDA_CUDA_LIBRARY"])
library.taeda_simulated_launches.restype = ctypes.c_int64
torch.manual_seed(0)
weights = [torch.nn.Parameter(torch.zeros(n)) for n in (3, 20000, 0, 5) * 8]
for w in weights:
    w.grad = torch.randn(w.shape)
there = [torch.nn.Parameter(w.detach().cuda()) for w in weights]
for w, other in zip(there, weights):
    w.grad = other.grad.cuda()
before = library.taeda_simulated_launches()
norm = torch.nn.utils.clip_grad_norm_(there, 1.0)
# The pieces of all, their sum, the copies of it and of the result, and the scaling.
assert library.taeda_simulated_launches() - before == 5
assert norm.device.type == "cuda"
expected = torch.nn.utils.clip_grad_norm_(weights, 1.0)
assert abs(norm.item() - expected.item()) < 1e-4 * expected.item()
for w, other in zip(there, weights):
    assert torch.allclose(w.grad.cpu(), other.grad)
"""


def test_the_norm_of_many_gradients_is_few_launches() -> None:
    result = run("-c", NORM)
    assert result.returncode == 0, result.stderr


COUNT = """
import ctypes, os
import taeda as torch
from taeda.nn import functional
library = ctypes.CDLL(os.environ["TAEDA_CUDA_LIBRARY"])
library.taeda_simulated_launches.restype = ctypes.c_int64
x, y = torch.rand(8, 8).to("cuda"), torch.rand(8, 8).to("cuda")
k = torch.arange(8).to("cuda")
for name, work in {
    "two tensors": lambda: x + y,
    "a number": lambda: x * 2,
    "a number in front": lambda: 1 - x,
    "a number in place": lambda: x.add_(1.5),
    "a power": lambda: x**3,
    "a comparison": lambda: x > 0.5,
    "a choice": lambda: torch.where(x > y, x, 0.0),
    "a whole number": lambda: k // 2,
    "a clamp": lambda: x.clamp(0.1, 0.9),
    "a function": lambda: x.exp(),
    "a cast": lambda: x.to(torch.bfloat16),
    "a copy": lambda: x.clone(),
    "a sum": lambda: x.sum(),
    "a mean of rows": lambda: x.mean(1),
    "a product": lambda: x @ y,
    "a layer": lambda: functional.linear(x, y, x[0]),
    "softmax": lambda: x.softmax(1),
    "a norm": lambda: functional.layer_norm(x, (8,)),
}.items():
    before = library.taeda_simulated_launches()
    work()
    launches = library.taeda_simulated_launches() - before
    expected = 2 if name == "a choice" else 1
    assert launches == expected, (name, launches)
"""


def test_a_small_operation_is_one_launch() -> None:
    result = run("-c", COUNT)
    assert result.returncode == 0, result.stderr
