"""The examples in the docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

import taeda_optim

NAMES = [module.name for module in pkgutil.walk_packages(taeda_optim.__path__, "taeda_optim.")]


@pytest.mark.parametrize("name", NAMES)
def test_examples_in_docstrings(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
