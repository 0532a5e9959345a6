"""The examples in the docstrings of taeda_tensor run, those of the native operations included."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import taeda_tensor

MODULES = [
    "taeda_tensor",
    *(f"taeda_tensor.{m.name}" for m in pkgutil.iter_modules(taeda_tensor.__path__)),
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    module = importlib.import_module(name)
    names = {**vars(taeda_tensor), **vars(module)}
    finder = doctest.DocTestFinder(recurse=True)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for example in finder.find(module, name, extraglobs=names):
        runner.run(example)
    assert runner.failures == 0


def test_examples_of_native_functions() -> None:
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    parser = doctest.DocTestParser()
    for name, function in sorted(vars(taeda_tensor).items()):
        text = getattr(function, "__doc__", None)
        if callable(function) and text and ">>>" in text and "nb_func" in type(function).__name__:
            runner.run(parser.get_doctest(text, dict(vars(taeda_tensor)), name, None, 0))
    assert runner.tries > 0
    assert runner.failures == 0
