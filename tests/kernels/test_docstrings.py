"""Every function has a docstring, a signature and an example that runs."""

from __future__ import annotations

import doctest

import pytest

import taeda_kernels
from taeda_kernels import _kernels

FUNCTIONS = {
    name: function
    for name, function in sorted(vars(_kernels).items())
    if callable(function) and not name.startswith("_")
}
# One declaration serves them all; taeda_kernels itself shows how they are called.
ELEMENTWISE = {facts["name"] for facts in _kernels._operations()}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function(name: str) -> None:
    text = FUNCTIONS[name].__doc__ or ""
    first = text.split("\n\n")[0]
    assert first
    examples = doctest.DocTestParser().get_doctest(text, {}, name, None, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(examples)
    assert runner.failures == 0


def test_module() -> None:
    assert doctest.testmod(taeda_kernels).failed == 0
