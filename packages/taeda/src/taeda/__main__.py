"""Run a PyTorch script on taeda: `python -m taeda script.py ...`, or `-m module` for a module.

In the script, and in processes it starts through `multiprocessing`, `import torch` means taeda.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

USAGE = "usage: python -m taeda (script.py | -m module) [arguments ...]"


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
    if not as_module and not Path(target).exists():
        sys.exit(f"taeda: no such script: {target}")
    # A folder on the path reaches processes that multiprocessing spawns; a finder would not.
    sys.path[0] = str(Path.cwd() if as_module else Path(target).resolve().parent)
    sys.path.insert(1, str(Path(__file__).with_name("_torch")))
    sys.argv = arguments
    if as_module:
        runpy.run_module(target, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(target, run_name="__main__")


if __name__ == "__main__":
    main()
