"""Stop the set-up early, with one clear line, where a C++ extension cannot be built."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

SOURCE = "#include <concepts>\nstatic_assert(__cplusplus >= 202002L && std::integral<int>);\n"


def find_fault() -> str | None:
    """What is missing here, or None."""
    header = Path(sysconfig.get_paths()["include"]) / "Python.h"
    if not header.exists():
        return f"{header} is missing; install the development headers of this Python"
    compiler = os.environ.get("CXX") or next(filter(shutil.which, ("c++", "g++", "clang++")), None)
    if compiler is None:
        return "no C++ compiler on PATH; install one that knows C++20 or set CXX"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "probe.cpp"
        source.write_text(SOURCE)
        command = [*compiler.split(), "-std=c++20", "-fsyntax-only", str(source)]
        try:
            result = subprocess.run(command, capture_output=True, check=False)
        except OSError as error:
            return f"the C++ compiler {compiler} does not run: {error.strerror}"
    if result.returncode != 0:
        return f"{compiler} does not compile C++20; install a newer one or set CXX"
    return None


if __name__ == "__main__":
    fault = find_fault()
    if fault is not None:
        sys.exit(f"taeda: {fault}")
