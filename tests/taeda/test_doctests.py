"""The examples in the docstrings run."""

from __future__ import annotations

import pytest

import taeda
from tests.doc_examples import module_names, run_examples


@pytest.mark.parametrize("name", module_names(taeda))
def test_examples_in_docstrings(name: str) -> None:
    assert run_examples(name).failed == 0
