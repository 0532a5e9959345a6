"""The stubs of extension modules: what nanobind knows, and what Python adds to their classes.

nanobind describes an extension module as C++ wrote it, so the module is loaded here without the
Python of its package. The package is imported after that; what it has attached to the classes is
added from signatures and docstrings.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import copy
import importlib
import importlib.util
import inspect
import subprocess
import sys
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from members import Member
from nanobind.stubgen import StubGen, load_pattern_file

RUFF = (sys.executable, "-m", "ruff")
FORMAT = ("format", "--quiet", "--no-cache", "--isolated", "--line-length", "100")
SORT = ("check", "--quiet", "--no-cache", "--isolated", "--select", "I,F401", "--fix")
# Overloads and operators follow PyTorch, where mypy would have them otherwise.
HEADER = '# mypy: disable-error-code="override, overload-overlap, overload-cannot-match, misc"\n'
# Attributes that say nothing about types.
UNTYPED = {"__array_priority__"}


@contextlib.contextmanager
def bare_package(member: Member) -> Iterator[None]:
    """A package of which only the modules can be imported, its own Python left out."""
    spec = importlib.util.find_spec(member.name)
    assert spec is not None
    package = types.ModuleType(member.name)
    package.__path__ = list(spec.submodule_search_locations or ())
    sys.modules[member.name] = package
    try:
        yield
    finally:
        del sys.modules[member.name]


def native_stub(member: Member, module: types.ModuleType) -> str:
    pattern = member.path / "bindings" / "stubs.pat"
    patterns = load_pattern_file(str(pattern)) if pattern.exists() else []
    generator = StubGen(module, include_private=True, patterns=patterns)
    generator.put(module)
    return str(generator.get())


def attributes(module: types.ModuleType) -> dict[str, dict[str, Any]]:
    """The attributes of each class that a module defines."""
    return {
        name: dict(vars(value))
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
    }


class TypeWriter:
    """Writes types as annotations, and remembers what they need imported."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.imports: set[tuple[str, str]] = set()

    def name(self, module: str, name: str) -> str:
        if module not in (self.module, "builtins"):
            self.imports.add((module, name))
        return name

    def write(self, annotation: Any) -> str:
        if annotation in (None, types.NoneType):
            return "None"
        if annotation is Ellipsis:
            return "..."
        if isinstance(annotation, list):
            return f"[{', '.join(map(self.write, annotation))}]"
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin in (types.UnionType, typing.Union):
            return " | ".join(map(self.write, arguments))
        if origin is typing.Literal:
            return f"{self.name('typing', 'Literal')}[{', '.join(map(repr, arguments))}]"
        if origin is not None:
            return f"{self.write(origin)}[{', '.join(map(self.write, arguments))}]"
        return self.name(annotation.__module__, annotation.__qualname__)

    def default(self, value: Any) -> ast.expr:
        plain = (bool, int, float, str, tuple, types.NoneType)
        return ast.parse(repr(value) if isinstance(value, plain) else "...", mode="eval").body

    def function(self, name: str, function: Callable[..., Any]) -> ast.FunctionDef:
        """A method: a function whose first parameter is the object."""
        hints = typing.get_type_hints(function)
        parameters = list(inspect.signature(function).parameters.values())
        unset = inspect.Parameter.empty
        parameters[0] = parameters[0].replace(name="self", annotation=unset)
        plain = [p.replace(annotation=unset, default=unset) for p in parameters]
        tree = ast.parse(f"def {name}{inspect.Signature(plain)}: ...").body[0]
        assert isinstance(tree, ast.FunctionDef)
        places = tree.args
        every = [*places.posonlyargs, *places.args, *places.kwonlyargs]
        every += [place for place in (places.vararg, places.kwarg) if place is not None]
        known = {parameter.name: parameter for parameter in parameters}
        for place in every:
            if place.arg in hints and place.arg != "self":
                place.annotation = ast.parse(self.write(hints[place.arg]), mode="eval").body
        positional = [known[place.arg].default for place in (*places.posonlyargs, *places.args)]
        places.defaults = [self.default(value) for value in positional if value is not unset]
        keywords = [known[place.arg].default for place in places.kwonlyargs]
        places.kw_defaults = [None if v is unset else self.default(v) for v in keywords]
        tree.returns = ast.parse(self.write(hints["return"]), mode="eval").body
        if function.__doc__:
            tree.body = [ast.Expr(ast.Constant(inspect.cleandoc(function.__doc__)))]
        return tree


def attached(writer: TypeWriter, body: list[ast.stmt], name: str, value: Any) -> list[ast.stmt]:
    """The stub of an attribute that Python has attached to a class with this native body."""
    if isinstance(value, property):
        getter = writer.function(name, typing.cast(Callable[..., Any], value.fget))
        getter.decorator_list = [ast.Name("property")]
        if value.__doc__:
            getter.body = [ast.Expr(ast.Constant(value.__doc__))]
        return [getter]
    if isinstance(value, types.FunctionType):
        return [writer.function(name, value)]
    # A native method under a second name.
    twins = copy.deepcopy([stub for stub in body if stub_name(stub) == value.__name__])
    for twin in twins:
        typing.cast(ast.FunctionDef, twin).name = name
    return twins


def stub_name(stub: ast.stmt) -> str | None:
    if isinstance(stub, (ast.FunctionDef, ast.ClassDef)):
        return stub.name
    return stub.target.id if isinstance(stub, ast.AnnAssign) else None  # type: ignore[union-attr]


def add_attributes(
    writer: TypeWriter, tree: ast.ClassDef, before: dict[str, Any], after: dict[str, Any]
) -> None:
    new = {name for name, value in after.items() if before.get(name) is not value} - UNTYPED
    native = tree.body
    tree.body = [stub for stub in native if stub_name(stub) not in new]
    for name in after:
        if name in new:
            tree.body += attached(writer, native, name, after[name])


class Unshadow(ast.NodeTransformer):
    """Gives types other names where a member of a class or of the module hides their own."""

    def __init__(self, tree: ast.Module, imported: Iterable[str]) -> None:
        self.classes = set(imported)
        self.classes |= {stub.name for stub in tree.body if isinstance(stub, ast.ClassDef)}
        members = {stub_name(stub) for stub in tree.body}
        for stub in tree.body:
            if isinstance(stub, ast.ClassDef):
                members |= {stub_name(member) for member in stub.body}
        self.hidden = {name for name in vars(builtins) if name in members}
        self.inside: set[str] = set()
        self.used: set[str] = set()

    def rename(self, annotation: ast.expr | None) -> None:
        for node in ast.walk(annotation) if annotation is not None else ():
            if not isinstance(node, ast.Name):
                continue
            if node.id in self.hidden | self.inside:
                node.id = f"_{node.id}"
            # The signatures in C++ may say so already.
            if node.id.startswith("_"):
                self.used.add(node.id[1:])

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        self.inside = self.classes & {stub_name(member) or "" for member in node.body}
        self.generic_visit(node)
        self.inside = set()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        self.rename(node.returns)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        self.rename(node.annotation)
        return node

    def imports(self) -> list[str]:
        hidden = sorted(self.used - self.classes)
        return ["from typing import TypeAlias"] + [
            f"from builtins import {name} as _{name}" for name in hidden
        ]

    def aliases(self) -> list[str]:
        return [f"_{name}: TypeAlias = {name}" for name in sorted(self.used & self.classes)]


def exported(module: types.ModuleType, package: types.ModuleType) -> list[ast.stmt]:
    """`__all__`: a star import brings what the package does not give under its name by another."""
    names = [name for name in vars(module) if not name.startswith("_")]
    same = [name for name in names if getattr(package, name, None) is getattr(module, name)]
    return ast.parse(f"__all__ = {same}").body


def complete(
    text: str,
    module: types.ModuleType,
    package: types.ModuleType,
    before: dict[str, dict[str, Any]],
) -> str:
    """A native stub together with what the package has attached to the classes since `before`."""
    tree = ast.parse(text)
    writer = TypeWriter(module.__name__)
    after = attributes(module)
    for stub in tree.body:
        if isinstance(stub, ast.ClassDef):
            add_attributes(writer, stub, before[stub.name], after[stub.name])
    unshadow = Unshadow(tree, [name for _, name in writer.imports])
    unshadow.visit(tree)
    imports = [f"from {source} import {name}" for source, name in sorted(writer.imports)]
    tree.body[1:1] = ast.parse("\n".join([*imports, *unshadow.imports()])).body
    last = max(
        i for i, stub in enumerate(tree.body) if isinstance(stub, (ast.Import, ast.ImportFrom))
    )
    tree.body[last + 1 : last + 1] = ast.parse("\n".join(unshadow.aliases())).body
    tree.body += exported(module, package)
    return ast.unparse(ast.fix_missing_locations(tree))


def tidy(text: str) -> str:
    """Sorted imports, none unused, and the usual format."""
    for arguments in (SORT, FORMAT):
        command = [*RUFF, *arguments, "--stdin-filename", "stub.pyi", "-"]
        done = subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=True)
        text = done.stdout
    return text


def extension_stub(member: Member) -> str:
    """The stub of a native member; those below it must have been imported before."""
    with bare_package(member):
        module = importlib.import_module(member.extension)
        text, before = native_stub(member, module), attributes(module)
    package = importlib.import_module(member.name)
    return HEADER + tidy(complete(text, module, package, before))
