"""The four programs of PyTorch's overview print what PyTorch prints."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

import pytest

Runner = Callable[..., "subprocess.CompletedProcess[str]"]

OVERVIEW = {
    "tensors": r"tensor\(\[2\., 4\., 6\.\]\)\n",
    "numpy_bridge": r"tensor\(\[1, 2, 3\]\)\n\[1 2 3\]\n",
    "network": (
        r"Net\(\n"
        r"  \(fc1\): Linear\(in_features=10, out_features=50, bias=True\)\n"
        r"  \(relu\): ReLU\(\)\n"
        r"  \(fc2\): Linear\(in_features=50, out_features=1, bias=True\)\n"
        r"\)\n"
        r"tensor\(\[\[-?\d\.\d{4}\]\], grad_fn=<AddmmBackward0>\)\n"
    ),
    "custom_layer": (
        r"Net\(\n"
        r"  \(custom\): CustomLayer\(\)\n"
        r"  \(activation\): ReLU\(\)\n"
        r"\)\n"
        r"\['custom\.weight', 'custom\.bias'\]\n"
        r"torch\.Size\(\[3, 5\]\)\n"
        r"torch\.Size\(\[10, 5\]\)\n"
    ),
}


@pytest.mark.parametrize("name", OVERVIEW)
def test_overview_program(name: str, run_python: Runner) -> None:
    result = run_python(f"examples/overview/{name}.py")
    assert (result.returncode, result.stderr) == (0, "")
    expected = OVERVIEW[name].replace("AddmmBackward0", r"\w+").replace(r"torch\.", r"\w+\.")
    assert re.fullmatch(expected, result.stdout), result.stdout
