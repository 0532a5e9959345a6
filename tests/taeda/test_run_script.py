"""`python -m taeda` answers a script's `import torch` with taeda."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "taeda", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, cwd=cwd, check=False
    )


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(
        "import sys\n"
        "import torch\n"
        "import torch.nn.functional as F\n"
        "import torch.utils.data.sampler as sampler\n"
        "from torch.utils.data import DataLoader\n"
        "from torch.utils.data.dataloader import DataLoader as Same\n"
        "from torch.utils.data.dataset import Dataset\n"
        "from torch.utils.data.sampler import SubsetRandomSampler\n"
        "from torch.optim.optimizer import Optimizer\n"
        "assert Same is DataLoader and Optimizer is torch.optim.Optimizer\n"
        "assert sampler.SubsetRandomSampler is SubsetRandomSampler\n"
        "import helper\n"
        "import taeda, taeda_nn\n"
        "assert torch is taeda and torch.nn is taeda_nn and F is taeda_nn.functional\n"
        "print(__name__, helper.value, *sys.argv[1:])\n"
    )
    (tmp_path / "helper.py").write_text("import torch\nvalue = torch.tensor([1.0]).sum().item()\n")
    return path


def test_script_gets_its_arguments(script: Path, tmp_path: Path) -> None:
    result = run(script, "--size", 3, cwd=tmp_path.parent)
    assert result.stderr == ""
    assert result.stdout == "__main__ 1.0 --size 3\n"


def test_module_is_found_in_the_working_folder(script: Path) -> None:
    result = run("-m", "script", "--size", 3, cwd=script.parent)
    assert result.stderr == ""
    assert result.stdout == "__main__ 1.0 --size 3\n"


def test_package_and_folder_run_their_main(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "__main__.py").write_text("import sys, torch\nprint(torch.ones(1), sys.argv[1:])\n")
    for target in (["-m", "package"], ["package"]):
        result = run(*target, "--size", 3, cwd=tmp_path)
        assert result.stderr == ""
        assert result.stdout == "tensor([1.]) ['--size', '3']\n"


def test_a_safe_path_stays_without_the_folder_of_the_script(script: Path, tmp_path: Path) -> None:
    script.write_text("import sys, torch\nprint(torch.__name__, sys.path[1:])\n")
    command = [sys.executable, "-P", "-m", "taeda", str(script)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.stdout.startswith("taeda [")
    assert str(tmp_path) not in result.stdout


def test_models_are_saved_and_loaded_as_in_pytorch(tmp_path: Path) -> None:
    path = tmp_path / "saves.py"
    path.write_text(
        "import torch\n"
        "from torch import nn, optim\n"
        "model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))\n"
        "optimizer = optim.Adam(model.parameters())\n"
        "model(torch.randn(4, 2)).sum().backward()\n"
        "optimizer.step()\n"
        "torch.save(model.state_dict(), 'model.pt')\n"
        "torch.save({'model': model.state_dict(), 'optimizer': optimizer.state_dict()}, 'all.pt')\n"
        "torch.save(model, 'whole.pt')\n"
        "state = torch.load('model.pt', map_location='cpu', weights_only=True)\n"
        "assert state._metadata['1'] == {'version': 2}\n"
        "print(model.load_state_dict(state))\n"
        "everything = torch.load('all.pt')\n"
        "print(model.load_state_dict(everything['model']))\n"
        "optimizer.load_state_dict(everything['optimizer'])\n"
        "whole = torch.load('whole.pt', weights_only=False)\n"
        "assert whole[0].weight.equal(model[0].weight)\n"
    )
    result = run(path, cwd=tmp_path)
    assert result.stderr == ""
    assert result.stdout == "<All keys matched successfully>\n" * 2


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_child_processes_see_the_same_torch(method: str, tmp_path: Path) -> None:
    path = tmp_path / "parent.py"
    path.write_text(
        "import multiprocessing, torch\n"
        "def name():\n"
        "    import torch.nn\n"
        "    return torch.__name__, torch.nn.__name__\n"
        "if __name__ == '__main__':\n"
        f"    with multiprocessing.get_context('{method}').Pool(1) as pool:\n"
        "        print(pool.apply(name))\n"
    )
    result = run(path, cwd=tmp_path)
    assert result.stderr == ""
    assert result.stdout == "('taeda', 'taeda_nn')\n"


def test_exit_status_and_traceback_are_the_script_s(tmp_path: Path) -> None:
    path = tmp_path / "fails.py"
    path.write_text("import sys\nsys.exit(7)\n")
    assert run(path, cwd=tmp_path).returncode == 7
    path.write_text("import torch.no_such_module\n")
    result = run(path, cwd=tmp_path)
    assert result.returncode == 1
    assert "No module named 'torch.no_such_module'" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.py"], "taeda: no such script: missing.py"),
        (["."], "taeda: no __main__.py in the folder ."),
        (["-m"], "taeda: name a script or a module to run"),
        (["-m", "missing"], "taeda: no module named missing"),
        (["-m", "missing.module"], "taeda: no module named missing.module"),
        (["-m", "json"], "taeda: no module named json.__main__"),
        (["--option"], "taeda: name a script or a module to run"),
        ([], "usage: python -m taeda"),
    ],
)
def test_bad_command_lines(arguments: list[str], message: str, tmp_path: Path) -> None:
    result = run(*arguments, cwd=tmp_path)
    assert result.returncode != 0
    assert message in result.stderr + result.stdout
    assert "Traceback" not in result.stderr
