"""assert_close and make_tensor."""

from __future__ import annotations

from math import nan
from typing import Any

import pytest

import taeda_tensor as tt
from taeda_tensor.testing import assert_close, make_tensor

EQUAL: list[tuple[Any, Any, dict[str, Any]]] = [
    (tt.tensor([1.0, 2.0]), tt.tensor([1.0, 2.000001]), {}),
    (tt.tensor([1.0]), tt.tensor([1.1]), {"rtol": 0.2, "atol": 0.0}),
    (tt.tensor([1.0]), tt.tensor([1.0], dtype=tt.float64), {"check_dtype": False}),
    (tt.tensor([nan, 1.0]), tt.tensor([nan, 1.0]), {"equal_nan": True}),
    (tt.tensor([float("inf")]), tt.tensor([float("inf")]), {}),
    (tt.tensor([1.0], dtype=tt.bfloat16), tt.tensor([1.01], dtype=tt.bfloat16), {}),
    (tt.tensor([], dtype=tt.int64), tt.tensor([], dtype=tt.int64), {}),
    (1.0, 1.0 + 1e-9, {}),
    (3, 3, {}),
    (True, True, {}),
    (None, None, {}),
    ([1.0, (tt.ones(2), None)], [1.0, (tt.ones(2), None)], {}),
    ({"a": tt.ones(2), "b": 1}, {"b": 1, "a": tt.ones(2)}, {}),
]


@pytest.mark.parametrize(("actual", "expected", "options"), EQUAL)
def test_what_is_close(actual: Any, expected: Any, options: dict[str, Any]) -> None:
    assert_close(actual, expected, **options)


DIFFERENT: list[tuple[Any, Any, dict[str, Any], str]] = [
    (
        tt.tensor([[1.0, 2.0], [3.0, 4.0]]),
        tt.tensor([[1.0, 2.0], [3.5, 5.0]]),
        {},
        "Tensor-likes are not close!\n\nMismatched elements: 2 / 4 (50.0%)\n"
        "Greatest absolute difference: 1.0 at index (1, 1) (up to 1e-05 allowed)\n"
        "Greatest relative difference: 0.2",
    ),
    (
        tt.tensor([1, 2]),
        tt.tensor([1, 4]),
        {},
        "Tensor-likes are not equal!\n\nMismatched elements: 1 / 2 (50.0%)\n"
        "Greatest absolute difference: 2 at index (1,)\n"
        "Greatest relative difference: 0.5 at index (1,)",
    ),
    (tt.tensor([False]), tt.tensor([True]), {}, "Greatest absolute difference: 1 at index (0,)"),
    (tt.tensor([nan]), tt.tensor([nan]), {}, "Mismatched elements: 1 / 1 (100.0%)"),
    (tt.ones(2), tt.ones(3), {}, "The values for attribute 'shape' do not match: (2,) != (3,)."),
    (tt.ones(1), tt.ones(1).int(), {}, "The values for attribute 'dtype' do not match: taeda."),
    (
        tt.ones(2, 2).T,
        tt.ones(2, 2),
        {"check_stride": True},
        "The values for attribute 'stride()' do not match: (1, 2) != (2, 1).",
    ),
    (
        tt.tensor(1.0),
        tt.tensor(2.0),
        {},
        "Scalars are not close!\n\nExpected 2.0 but got 1.0.\n"
        "Absolute difference: 1.0 (up to 1e-05 allowed)\n"
        "Relative difference: 0.5 (up to 1.3e-06 allowed)",
    ),
    (
        1,
        3,
        {"rtol": 0.0, "atol": 1.0},
        "Scalars are not close!\n\nExpected 3 but got 1.\nAbsolute difference: 2 (up to 1.0 all",
    ),
    (True, False, {}, "Booleans mismatch: True is not False"),
    (None, 1.0, {}, "None mismatch: None is not 1.0"),
    (
        {"a": [tt.ones(1), tt.ones(1)]},
        {"a": [tt.ones(1), tt.zeros(1)]},
        {},
        "The failure occurred for item ['a'][1]",
    ),
    ([1], [1, 2], {}, "The length of the sequences mismatch: 1 != 2"),
    ({"a": 1}, {"b": 1}, {}, "Missing keys in the actual mapping: ['b']"),
]


@pytest.mark.parametrize(("actual", "expected", "options", "text"), DIFFERENT)
def test_what_is_not(actual: Any, expected: Any, options: dict[str, Any], text: str) -> None:
    with pytest.raises(AssertionError) as caught:
        assert_close(actual, expected, **options)
    assert text in str(caught.value)


def test_messages_can_be_chosen() -> None:
    with pytest.raises(AssertionError, match=r"^mine$"):
        assert_close(1.0, 2.0, msg="mine")
    with pytest.raises(AssertionError, match=r"^first: Scalars are not close!"):
        assert_close(1.0, 2.0, msg=lambda text: f"first: {text}")


def test_what_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="rtol and atol must both be specified or both be"):
        assert_close(1.0, 1.0, rtol=0.1)
    with pytest.raises(TypeError, match="No comparison pair was able to handle inputs of type"):
        assert_close("a", "a")
    with pytest.raises(TypeError, match="No comparison pair"):
        assert_close(tt.tensor(1.0), 1.0)


@pytest.mark.parametrize("dtype", [tt.float32, tt.bfloat16, tt.int64, tt.uint8, tt.bool])
def test_make_tensor(dtype: tt.dtype) -> None:
    tt.manual_seed(0)
    x = make_tensor((3, 4), dtype=dtype, exclude_zero=True, noncontiguous=True)
    assert tuple(x.shape) == (3, 4)
    assert x.dtype is dtype
    assert not x.is_contiguous()
    assert bool((x != 0).all())
    if dtype is not tt.bool:
        y = make_tensor(100, dtype=dtype, low=2, high=5)
        assert 2 <= y.min().item() <= y.max().item() <= 5
    with pytest.raises(ValueError, match="low must be below high, got 3 and 1"):
        make_tensor(2, dtype=dtype, low=3, high=1)
