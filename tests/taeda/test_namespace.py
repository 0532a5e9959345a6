"""`taeda` holds names and aliases: the same objects as in the packages behind it."""

from __future__ import annotations

import importlib
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

import taeda
import taeda_autograd
import taeda_data
import taeda_nn
import taeda_optim
import taeda_tensor

PAIRS = [
    ("taeda.nn", taeda_nn),
    ("taeda.optim", taeda_optim),
    ("taeda.autograd", taeda_autograd),
    ("taeda.utils.data", taeda_data),
    ("taeda.utils.data.dataset", taeda_data.dataset),
    ("taeda.utils.checkpoint", taeda_autograd._checkpoint),
    ("taeda.accelerator", taeda_tensor.accelerator),
    ("taeda.cpu", taeda_tensor.cpu),
    ("taeda.cuda", taeda_tensor.cuda),
    ("taeda.cuda.memory", taeda_tensor._cuda_memory),
    ("taeda.cuda.nvtx", taeda_tensor._cuda_nvtx),
    ("taeda.amp.grad_scaler", taeda_optim.grad_scaler),
    ("taeda.amp.autocast_mode", taeda_tensor.amp),
    ("taeda.linalg", taeda_tensor.linalg),
]


@pytest.mark.parametrize(("alias", "module"), PAIRS, ids=[alias for alias, _ in PAIRS])
def test_alias_is_the_module(alias: str, module: object) -> None:
    assert importlib.import_module(alias) is module
    found: object = taeda
    for name in alias.split(".")[1:]:
        found = getattr(found, name)
    assert found is module


@pytest.mark.parametrize(
    "name", ["nn.functional", "nn.init", "optim.lr_scheduler", "optim.optimizer"]
)
def test_submodule_of_an_alias_is_loaded_once(name: str) -> None:
    real = importlib.import_module(f"taeda_{name}")
    assert importlib.import_module(f"taeda.{name}") is real
    assert real.__spec__ is not None
    assert real.__spec__.name == real.__name__ == f"taeda_{name}"


def test_names_of_tensor_are_here() -> None:
    missing = [name for name in dir(taeda_tensor) if name[0] != "_" and not hasattr(taeda, name)]
    assert missing == []
    assert taeda.Tensor is taeda_tensor.Tensor
    assert taeda.random.manual_seed is taeda_tensor.manual_seed


def test_mixed_precision_has_its_old_names() -> None:
    for name in ("taeda.cuda.amp", "taeda.cpu.amp"):
        module = importlib.import_module(name)
        assert issubclass(module.autocast, taeda_tensor.autocast)
        assert issubclass(module.GradScaler, taeda_optim.grad_scaler.GradScaler)
    assert taeda.cuda.amp.autocast is importlib.import_module("taeda.cuda.amp").autocast
    assert taeda.amp.autocast is taeda.autocast
    assert taeda.amp.GradScaler is taeda.GradScaler
    with pytest.warns(FutureWarning, match=r"Please use `torch\.amp\.autocast\('cpu', args"):
        context = taeda.cpu.amp.autocast()
    x = taeda.ones(2, 2)
    with context:
        assert (x @ x).dtype is taeda.bfloat16


def test_pickle_names_the_package_behind() -> None:
    linear = pickle.loads(pickle.dumps(taeda.nn.Linear(2, 1)))
    assert type(linear) is taeda_nn.Linear


def test_missing_name_says_what_is_missing() -> None:
    with pytest.raises(AttributeError, match=r"taeda 0\.1\.0 has no 'no_such_name'"):
        _ = taeda.no_such_name
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'taeda\.nn\.no_such_module'"):
        importlib.import_module("taeda.nn.no_such_module")


def test_all_versions_agree() -> None:
    assert taeda.version.__version__ == taeda.__version__
    assert taeda.version.cuda is None
    root = Path(__file__).resolve().parents[2]
    files = [root / "kernels" / "pyproject.toml", *sorted(root.glob("packages/*/pyproject.toml"))]
    for path in files:
        text = path.read_text()
        assert f'\nversion = "{taeda.__version__}"\n' in text, path
        pins = re.findall(r'"taeda-[a-z]+==([^"]+)"', text)
        assert set(pins) <= {taeda.__version__}, path


def test_types_resolve(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import taeda as torch\n"
        "import taeda.nn.functional as F\n"
        "from taeda import nn, optim\n"
        "from taeda.optim.lr_scheduler import StepLR\n"
        "from taeda.linalg import inv\n"
        "from taeda.utils.checkpoint import checkpoint\n"
        "from taeda.utils.data import DataLoader\n"
        "layer: nn.Linear = torch.nn.Linear(2, 1)\n"
        "optimizer: optim.SGD = torch.optim.SGD(layer.parameters(), lr=0.1)\n"
        "schedule = StepLR(optimizer, 1)\n"
        "dataset = torch.utils.data.TensorDataset(torch.zeros(2))\n"
        "loader: DataLoader[tuple[torch.Tensor, ...]] = torch.utils.data.DataLoader(dataset)\n"
        "result: torch.Tensor = F.relu(torch.zeros(2))\n"
        "result = (1 - result.clamp(0, 1) @ result.T)[0] / 2\n"
        "values, indices = result.sort()\n"
        "result.sum().backward()\n"
        "name: str = result.grad_fn.name() if result.grad_fn else 'leaf'\n"
        "result.register_hook(lambda grad: grad * 2).remove()\n"
        "rows: list[torch.Tensor] = [row for row in result]\n"
        "result[0, 1:] = values.where(indices > 0, 0.0)\n"
        "count: int = result.size(0) + len(result) + result.shape.numel()\n"
        "old: bool = isinstance(torch.absolute(inv(result)), torch.FloatTensor)\n"
        "again: torch.Tensor = checkpoint(layer, result, use_reentrant=False)\n"
        "again = torch.utils.checkpoint.checkpoint(layer, again)\n"
        "there: bool = torch.cuda.is_available()\n"
        "with torch.autocast('cpu', dtype=torch.bfloat16), torch.cuda.amp.autocast(False):\n"
        "    scaler: torch.amp.GradScaler = torch.cuda.amp.GradScaler(enabled=False)\n"
        "wrong: int = torch.zeros(2)\n"
    )
    pytest.importorskip("mypy")
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(root / ".mypy_cache" / "tests")]
    result = subprocess.run(
        [*command, "--config-file", "pyproject.toml", "--no-error-summary", str(program)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    lines = [line for line in result.stdout.splitlines() if ": error:" in line]
    assert len(lines) == 1, result.stdout + result.stderr
    assert f"program.py:{len(program.read_text().splitlines())}:" in lines[0]
    assert 'variable has type "int"' in lines[0]
