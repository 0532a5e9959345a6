"""Write the type stubs, or check that they are up to date.

Extension modules have stubs made by nanobind. The aliases of the umbrella, such as `taeda.nn`, have
stubs that name the module behind them.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

from extension_stubs import extension_stub
from members import MEMBERS, NATIVE

UMBRELLA = MEMBERS[-1]
ALIASES = {
    "taeda_autograd": "autograd",
    "taeda_nn": "nn",
    "taeda_optim": "optim",
    "taeda_data": "utils/data",
    "taeda_tensor.accelerator": "accelerator",
    "taeda_tensor.backends": "backends",
    "taeda_tensor.cpu": "cpu",
    "taeda_tensor.cuda": "cuda",
    "taeda_tensor.linalg": "linalg",
    "taeda_tensor.special": "special",
    "taeda_tensor.testing": "testing",
    "taeda_autograd._checkpoint": "utils/checkpoint",
}
# What stands within an alias that is one file: the modules behind.
WITHIN = {
    "cpu": {"amp": "taeda._device_amp.cpu"},
    "cuda": {
        "amp": "taeda._device_amp.cuda",
        "memory": "taeda_tensor._cuda_memory",
        "nvtx": "taeda_tensor._cuda_nvtx",
        "profiler": "taeda_tensor._cuda_profiler",
    },
}
# What a higher layer adds to them when it is imported.
ADDED = {"cuda": ("taeda_autograd._cuda_graphs",)}
NAMESPACE = """\
# mypy: disable-error-code="no-redef"
# At run time most of these are the very modules they stand for. What comes first counts.
from . import (
    accelerator as accelerator,
    amp as amp,
    autograd as autograd,
    backends as backends,
    cpu as cpu,
    cuda as cuda,
    linalg as linalg,
    nn as nn,
    optim as optim,
    random as random,
    special as special,
    testing as testing,
    utils as utils,
    version as version,
)
from .amp import GradScaler as GradScaler
from taeda_tensor import *

__version__: str
"""


def public(folder: Path) -> list[Path]:
    """The public modules and packages right below a package."""
    names = (path for path in sorted(folder.iterdir()) if not path.name.startswith("_"))
    return [path for path in names if path.suffix == ".py" or (path / "__init__.py").exists()]


def alias_stubs(source: Path, module: str, target: Path) -> dict[Path, str]:
    """Stubs that re-export a module, and those of all public modules below it."""
    star = f"from {module} import *\n"
    if source.suffix == ".py":
        return {target.with_suffix(".pyi"): star}
    children = public(source)
    names = ", ".join(f"{child.stem} as {child.stem}" for child in children)
    if names:
        # The star may bring the same modules, under the names of the package behind.
        star = f'# mypy: disable-error-code="no-redef"\n{star}\nfrom . import {names}\n'
    stubs = {target / "__init__.pyi": star}
    for child in children:
        stubs |= alias_stubs(child, f"{module}.{child.stem}", target / child.stem)
    return stubs


def all_stubs() -> dict[Path, str]:
    # From the lowest layer up: the extension of the next one imports the package below it.
    stubs = {
        member.package / f"{member.extension.rpartition('.')[2]}.pyi": extension_stub(member)
        for member in NATIVE
    }
    stubs[UMBRELLA.package / "__init__.pyi"] = NAMESPACE
    stubs[UMBRELLA.package / "utils" / "__init__.pyi"] = (
        "from . import checkpoint as checkpoint, data as data, dlpack as dlpack, hooks as hooks\n"
    )
    packages = {member.name: member.package for member in MEMBERS}
    for module, alias in ALIASES.items():
        package, _, name = module.partition(".")
        source = packages[package] / name
        if not source.is_dir():
            source = source.with_suffix(".py")
        stubs |= alias_stubs(source, module, UMBRELLA.package / alias)
    for alias, modules in WITHIN.items():
        folder = UMBRELLA.package / alias
        names = ", ".join(f"{name} as {name}" for name in modules)
        star = stubs.pop(folder.with_suffix(".pyi"))
        star += "".join(f"from {module} import *\n" for module in ADDED.get(alias, ()))
        disable = '# mypy: disable-error-code="no-redef"\n'
        stubs[folder / "__init__.pyi"] = f"{disable}from . import {names}\n{star}"
        for name, module in modules.items():
            stubs[folder / f"{name}.pyi"] = f"from {module} import *\n"
    return stubs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    stubs = all_stubs()
    stale = set(UMBRELLA.package.rglob("*.pyi")) - set(stubs)
    if not arguments.check:
        for path in stale:
            path.unlink()
        for path, text in stubs.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return
    for path, text in stubs.items():
        present = path.read_text() if path.exists() else ""
        difference = difflib.unified_diff(
            present.splitlines(), text.splitlines(), str(path), "generated", lineterm="", n=1
        )
        lines = list(difference)
        if lines:
            stale.add(path)
            print(*lines[:40], sep="\n")
    if stale:
        names = ", ".join(sorted(path.name for path in stale))
        sys.exit(f"taeda: stubs are out of date: {names}; run make stubs")


if __name__ == "__main__":
    main()
