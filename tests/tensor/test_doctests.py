"""The examples in the docstrings run."""

from __future__ import annotations

import pytest

import taeda_tensor
from tests.doc_examples import module_names, run_examples


@pytest.mark.parametrize("name", module_names(taeda_tensor))
def test_examples_in_docstrings(name: str) -> None:
    assert run_examples(name, **vars(taeda_tensor)).failed == 0
