"""Runs the examples in docstrings, those of nanobind's functions included, which doctest misses."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def module_names(package: ModuleType) -> list[str]:
    """A package and all modules below it."""
    below = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [package.__name__, *(module.name for module in below)]


def native_docstrings(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Names and docstrings of the native functions and methods of a module."""
    classes = [value for value in vars(module).values() if type(value).__name__ == "nb_type"]
    for owner in (module, *classes):
        if owner is module or owner.__module__ == module.__name__:
            for name, value in vars(owner).items():
                if type(value).__name__ in ("nb_func", "nb_method") and value.__doc__:
                    yield f"{owner.__name__}.{name}", value.__doc__


def run_examples(name: str, **names: Any) -> doctest.TestResults:
    """Runs the examples of a module, where `names` are known besides those of the module."""
    module = importlib.import_module(name)
    known = {**names, **vars(module)}
    examples = doctest.DocTestFinder().find(module, name, extraglobs=known)
    parse = doctest.DocTestParser().get_doctest
    for path, text in native_docstrings(module):
        examples.append(parse(text, dict(known), path, None, None))
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    for example in examples:
        runner.run(example)
    return doctest.TestResults(runner.failures, runner.tries)
