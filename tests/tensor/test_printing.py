"""Tensors as text: printing.json holds what PyTorch 2.13 prints, under taeda's name."""

from __future__ import annotations

import json
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest

import taeda_tensor
from taeda_tensor import tensor

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "printing.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["make"] for case in CASES])
def test_prints_as_pytorch(case: dict[str, Any]) -> None:
    names = {"torch": taeda_tensor, "t": tensor, "A": taeda_tensor.arange, "nan": nan, "inf": inf}
    made = eval(case["make"], names)
    with taeda_tensor.printoptions(**case["options"]):
        assert repr(made) == case["text"]
        assert str(made) == case["text"]


def test_format_of_zero_dimensions_is_that_of_the_number() -> None:
    assert f"{tensor(1.23456):.2f}" == "1.23"
    assert f"{tensor(5):>4d}" == "   5"
    assert f"{tensor([1.0])}" == "tensor([1.])"
    with pytest.raises(TypeError, match="unsupported format string"):
        f"{tensor([1.0]):.2f}"


def test_options_are_restored() -> None:
    before = taeda_tensor.get_printoptions()
    with pytest.raises(ValueError, match="profile must be one of"):  # noqa: SIM117
        with taeda_tensor.printoptions(profile="none"):
            pass
    with taeda_tensor.printoptions(precision=1):
        assert str(tensor(0.25)) == "tensor(0.2)"
    assert taeda_tensor.get_printoptions() == before


def test_views_print_what_they_show() -> None:
    base = taeda_tensor.arange(6).reshape(2, 3)
    assert str(base.t()) == "tensor([[0, 3],\n        [1, 4],\n        [2, 5]])"
    assert str(base[:, 1]) == "tensor([1, 4])"
