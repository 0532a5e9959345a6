"""The examples in the docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

import taeda_nn

NAMES = [module.name for module in pkgutil.walk_packages(taeda_nn.__path__, "taeda_nn.")]


@pytest.mark.parametrize("name", NAMES)
def test_examples_in_docstrings(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
