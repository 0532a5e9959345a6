"""Tensors from sizes, rules and Python values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import taeda_tensor as torch

DTYPES = [
    torch.bool,
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.float16,
    torch.bfloat16,
    torch.float32,
    torch.float64,
]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_filled(dtype: torch.dtype) -> None:
    for made, value in (
        (torch.zeros(2, 3, dtype=dtype), 0),
        (torch.ones((2, 3), dtype=dtype), 1),
        (torch.full((2, 3), 1, dtype=dtype), 1),
        (torch.ones_like(torch.empty(2, 3, dtype=dtype)), 1),
        (torch.empty(0, dtype=dtype).new_zeros(2, 3), 0),
        (torch.empty(0, dtype=dtype).new_full((2, 3), 1), 1),
    ):
        assert made.dtype is dtype
        assert tuple(made.shape) == (2, 3)
        assert made.tolist() == [[value] * 3] * 2


def test_sizes_in_every_form() -> None:
    for made in (
        torch.zeros(2, 3),
        torch.zeros((2, 3)),
        torch.zeros([2, 3]),
        torch.zeros(torch.Size([2, 3])),
        torch.zeros(size=(2, 3)),
        torch.zeros(np.int64(2), 3),
    ):
        assert tuple(made.shape) == (2, 3)
    assert torch.zeros(()).dim() == 0
    assert torch.zeros(0).numel() == 0


def test_out() -> None:
    out = torch.empty(3)
    assert torch.arange(3, out=out) is out
    assert out.tolist() == [0.0, 1.0, 2.0]
    grown = torch.empty(0)
    torch.ones(2, 2, out=grown)
    assert grown.tolist() == [[1.0, 1.0], [1.0, 1.0]]


@pytest.mark.parametrize(
    "bounds",
    [(5,), (1, 6), (1, 10, 3), (10, 1, -4), (0, 0), (0.0, 1.0, 0.1), (5, 1, -0.7), (-3, 3, 2)],
)
def test_arange_has_as_many_elements_as_the_formula_says(bounds: tuple[float, ...]) -> None:
    start, end, step = (0, *bounds, 1) if len(bounds) == 1 else (*bounds, 1)[:3]
    made = torch.arange(*bounds, dtype=torch.float64)
    assert made.numel() == math.ceil((end - start) / step)
    expected = start + step * np.arange(made.numel(), dtype=np.float64)
    np.testing.assert_array_equal(made.numpy(), expected)


def test_arange_dtype_is_that_of_the_bounds() -> None:
    assert torch.arange(3).dtype is torch.int64
    assert torch.arange(3.0).dtype is torch.float32
    assert torch.arange(0, 3, 1.0).dtype is torch.float32
    big = 2**62 + 1
    assert torch.arange(big, big + 2).tolist() == [big, big + 1]


def test_linspace_and_logspace_against_numpy() -> None:
    for count in (0, 1, 2, 5, 100):
        made = torch.linspace(-1, 3, count, dtype=torch.float64)
        np.testing.assert_allclose(made.numpy(), np.linspace(-1, 3, count), rtol=1e-15, atol=1e-15)
    assert torch.linspace(0, 0.3, 4)[-1].item() == np.float32(0.3)
    powers = torch.logspace(-2, 2, 9, base=2, dtype=torch.float64)
    np.testing.assert_allclose(powers.numpy(), np.logspace(-2, 2, 9, base=2), rtol=1e-14)


def test_eye_and_strided() -> None:
    np.testing.assert_array_equal(torch.eye(3, 5).numpy(), np.eye(3, 5, dtype=np.float32))
    np.testing.assert_array_equal(
        torch.eye(4, 2, dtype=torch.bool).numpy(), np.eye(4, 2, dtype=bool)
    )
    made = torch.empty_strided((2, 3), (1, 2))
    assert made.stride() == (1, 2)
    assert not made.is_contiguous()


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1, torch.int64),
        (1.5, torch.float32),
        (True, torch.bool),
        ([True, 2], torch.int64),
        ([1, 2.5], torch.float32),
        ([], torch.float32),
        ([[], []], torch.float32),
        (range(3), torch.int64),
        (np.float64(1), torch.float64),
        ([np.float32(1), 2], torch.float32),
        ([np.int8(1), np.int16(2)], torch.int16),
        (np.arange(3, dtype=np.uint8), torch.uint8),
        ([np.ones(2), np.zeros(2)], torch.float64),
        (np.bool_(True), torch.bool),
        (bytearray(b"ab"), torch.uint8),
    ],
    ids=repr,
)
def test_tensor_infers_the_dtype(data: Any, dtype: torch.dtype) -> None:
    made = torch.tensor(data)
    assert made.dtype is dtype
    np.testing.assert_array_equal(made.numpy(), np.array(data))


def test_tensor_copies_and_as_tensor_does_not() -> None:
    array = np.zeros(3)
    copied, shared = torch.tensor(array), torch.as_tensor(array)
    array[0] = 7
    assert copied[0].item() == 0
    assert shared[0].item() == 7
    t = torch.ones(2)
    assert torch.as_tensor(t) is t
    with pytest.warns(UserWarning, match="recommended to use sourceTensor"):
        assert torch.tensor(t) is not t
    elements = [torch.tensor(1.0), torch.tensor([2.0])]
    assert torch.tensor(elements).tolist() == [1.0, 2.0]


def test_default_dtype_is_used() -> None:
    torch.set_default_dtype(torch.float64)
    try:
        assert torch.tensor(1.5).dtype is torch.float64
        assert torch.zeros(1).dtype is torch.float64
        assert torch.arange(2.0).dtype is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_conversions() -> None:
    t = torch.tensor([0.0, 1.7, -2.9])
    assert t.int().tolist() == [0, 1, -2]
    assert t.bool().tolist() == [False, True, True]
    assert t.to(torch.float32) is t
    assert t.to(torch.float32, copy=True) is not t
    assert t.to("cpu", torch.float64).dtype is torch.float64
    assert t.to(torch.zeros(1, dtype=torch.int8)).dtype is torch.int8
    assert t.to(dtype=torch.float16, device="cpu").dtype is torch.float16
    assert t.type("torch.DoubleTensor").dtype is torch.float64
    assert t.type() == "taeda.FloatTensor"
    assert isinstance(t, torch.FloatTensor)
    assert torch.LongTensor([1, 2]).dtype is torch.int64
