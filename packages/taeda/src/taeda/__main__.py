"""Run a PyTorch script on taeda: `python -m taeda script.py ...`, or `-m module` for a module.

In the script, and in processes it starts through `multiprocessing`, `import torch` means taeda.
"""

from __future__ import annotations

import importlib.util
import runpy
import sys
from pathlib import Path

USAGE = "usage: python -m taeda (script.py | -m module) [arguments ...]"


def check_script(path: Path) -> None:
    """End with one line if there is no such file, or a folder that cannot be run."""
    if not path.exists():
        sys.exit(f"taeda: no such script: {path}")
    if path.is_dir() and not (path / "__main__.py").exists():
        sys.exit(f"taeda: no __main__.py in the folder {path}")


def check_module(name: str) -> None:
    """End with one line if there is no such module, or a package that cannot be run."""
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(name := f"{name}.__main__")
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # of an import inside a package above it
        spec = None
    if spec is None:
        sys.exit(f"taeda: no module named {name}")


def main() -> None:
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in {"-h", "--help"}:
        print(f"{USAGE}\n\nRun a PyTorch script with taeda in the place of torch.")
        sys.exit(0 if arguments else 2)
    as_module = arguments[0] == "-m"
    if as_module:
        arguments = arguments[1:]
    if not arguments or arguments[0].startswith("-"):
        sys.exit(f"taeda: name a script or a module to run\n{USAGE}")
    target = arguments[0]
    if not as_module:
        check_script(Path(target))
    # As Python does for a script of its own, unless it was told not to.
    if not sys.flags.safe_path:
        sys.path[0] = str(Path.cwd() if as_module else Path(target).resolve().parent)
    # A folder on the path reaches processes that multiprocessing spawns; a finder would not.
    sys.path.insert(0 if sys.flags.safe_path else 1, str(Path(__file__).with_name("_torch")))
    if as_module:
        check_module(target)
    sys.argv = arguments
    if as_module:
        runpy.run_module(target, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(target, run_name="__main__")


if __name__ == "__main__":
    main()
