"""Prove that imports and includes follow the arrows of docs/design.md.

A Python module may import, of ours, its own package and those that `members.py` names. A C++ file
may include headers of its own layer and of those below. The kernels know no Python outside of
`bindings/`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from members import MEMBERS, NATIVE, ROOT, Member

OURS = {member.name for member in MEMBERS}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)
PYTHON_HEADER = re.compile(r"^(Python\.h|nanobind/|pybind11/|numpy/)")
CPP_SUFFIXES = {".h", ".cpp", ".cu", ".cuh"}
LAYERS = {"kernels": 0, "tensor": 1, "autograd": 2}


def imported_modules(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every absolute import, including those inside functions and by constant name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).rpartition(".")[2] in {"import_module", "__import__"}
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.lineno, str(node.args[0].value)


def check_python(member: Member) -> Iterator[str]:
    allowed = {member.name, *member.imports}
    for path in sorted([*member.package.rglob("*.py"), *member.package.rglob("*.pyi")]):
        tree = ast.parse(path.read_text(), filename=str(path))
        for line, module in imported_modules(tree):
            top = module.partition(".")[0]
            if top in OURS - allowed:
                yield f"{path.relative_to(ROOT)}:{line}: {member.name} must not import {top}"


def cpp_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in CPP_SUFFIXES and "build" not in path.relative_to(folder).parts:
            yield path


def check_cpp(member: Member) -> Iterator[str]:
    layer = member.name.removeprefix("taeda_")
    for path in cpp_files(member.path):
        is_binding = "bindings" in path.relative_to(member.path).parts
        text = path.read_text()
        for match in INCLUDE.finditer(text):
            header = match[1]
            line = text.count("\n", 0, match.start(1)) + 1
            where = f"{path.relative_to(ROOT)}:{line}"
            if layer == "kernels" and not is_binding and PYTHON_HEADER.match(header):
                yield f"{where}: only bindings/ may include {header}"
            parts = header.split("/")
            if parts[0] == "taeda" and len(parts) > 2:
                target = parts[1]
                if target not in LAYERS:
                    yield f"{where}: {header} belongs to no known layer"
                elif LAYERS[target] > LAYERS[layer]:
                    yield f"{where}: {layer} must not include {header}, which lies above it"


def main() -> None:
    faults = [fault for member in MEMBERS for fault in check_python(member)]
    faults += [fault for member in NATIVE for fault in check_cpp(member)]
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
