"""Padding that repeats the input against NumPy's, and its gradient by counting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import taeda_autograd  # noqa: F401
import taeda_nn.functional as F
import taeda_tensor as tt

MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
# Many planes of short rows, which vectors run across, and lines that are copied; one to five
# dimensions, some that are not padded.
SHAPES = [
    ((16, 9, 13), (3, 2, 4, 5)),
    ((3, 9, 30, 30), (1, 1, 1, 1)),
    ((9, 2, 5, 6), (2, 1, 1, 2, 1, 1)),
    ((2, 3, 2, 4, 3), (1, 0, 1, 2, 0, 1, 2, 1, 1, 1)),
    ((3, 5), (2, 1)),
    ((2, 3, 6, 7), (1, 2, 3, 4)),
    ((2, 5, 70, 80), (3, 2, 4, 5)),
    ((4, 3, 1, 9), (2, 3, 0, 0)),
    ((1, 3, 40, 41), (0, 0, 5, 4)),
    ((2, 3, 4, 5, 6), (2, 1, 1, 2, 3, 1)),
    ((16, 700), (5, 0)),
    ((0, 3, 4, 4), (1, 1, 1, 1)),
    ((9, 2, 0, 5), (1, 1)),
]


def widths(shape: tuple[int, ...], sizes: tuple[int, ...]) -> list[tuple[int, int]]:
    pairs = [(sizes[i], sizes[i + 1]) for i in range(0, len(sizes), 2)]
    return [(0, 0)] * (len(shape) - len(pairs)) + pairs[::-1]


def padded_and_cropped(x: np.ndarray, pairs: list[tuple[int, int]], **options: Any) -> np.ndarray:
    """What is added comes from the whole dimension, as though the other side were cropped after."""
    whole = np.pad(x, [(max(a, 0), max(b, 0)) for a, b in pairs], **options)
    kept = [slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(whole.shape, pairs, strict=True)]
    return whole[tuple(kept)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("shape", "sizes"), SHAPES, ids=str)
def test_values_and_gradients(mode: str, shape: tuple[int, ...], sizes: tuple[int, ...]) -> None:
    random = np.random.default_rng(0)
    x = random.standard_normal(shape)
    pairs = widths(shape, sizes)
    if 0 in shape:
        expected = np.zeros([n + sum(pair) for n, pair in zip(shape, pairs, strict=True)])
    else:
        expected = np.pad(x, pairs, mode=MODES[mode])
    t = tt.tensor(x, requires_grad=True)
    padded = F.pad(t, sizes, mode=mode)
    np.testing.assert_array_equal(padded.detach().numpy(), expected)
    if 0 in shape:
        return
    # Small integers: sums are exact in any order.
    weights = random.integers(-9, 9, expected.shape).astype(float)
    places = np.pad(np.arange(x.size).reshape(shape), pairs, mode=MODES[mode])
    gradient = np.bincount(places.ravel(), weights.ravel(), x.size).reshape(shape)
    padded.backward(tt.from_numpy(weights))
    assert t.grad is not None
    np.testing.assert_array_equal(t.grad.numpy(), gradient)


@pytest.mark.parametrize("mode", MODES)
def test_cropped_on_one_side(mode: str) -> None:
    x = np.random.default_rng(0).standard_normal((9, 12, 11))
    for sizes in ((-2, 3, 4, -5), (3, -4, -1, -2)):
        pairs = widths(x.shape, sizes)
        if mode == "circular":
            # As in PyTorch, what is cut off does not come around.
            kept = [
                slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape, pairs, strict=True)
            ]
            around = [(max(a, 0), max(b, 0)) for a, b in pairs]
            expected = np.pad(x[tuple(kept)], around, mode="wrap")
        else:
            expected = padded_and_cropped(x, pairs, mode=MODES[mode])
        t = tt.tensor(x, requires_grad=True)
        padded = F.pad(t, sizes, mode=mode)
        np.testing.assert_array_equal(padded.detach().numpy(), expected)
        padded.sum().backward()
        assert t.grad is not None
        assert t.grad.sum() == padded.numel()


CONSTANT = [
    ((5,), (2, 3)),
    ((3, 3, 2), (1, 1)),  # lines shorter than a vector
    ((4, 9, 40), (3, -2, 1, 1)),
    ((2, 3, 5, 150), (1, 130, 0, 2)),  # lines of many vectors
    ((2, 3, 5, 4), (0, 0, 0, 0, 1, 2)),  # whole planes
    ((2, 3, 5, 4), (0, 0, 2, 0, 0, 0, 1, 1)),
    ((3, 4), (-1, -2, 0, -1)),
    ((3, 4), (-6, 5)),  # nothing is left of what was there
    ((3, 4), (-4, 0)),
    ((0, 4), (1, 1, 2, 0)),
    ((2, 3, 2, 4, 3), (1, 0, 1, 2, 0, 1, 2, 1, 1, 1)),
]


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float32", "float64"])
@pytest.mark.parametrize(("shape", "sizes"), CONSTANT, ids=str)
def test_values_around(shape: tuple[int, ...], sizes: tuple[int, ...], dtype: str) -> None:
    x = np.random.default_rng(0).integers(0, 5, shape).astype(dtype)
    pairs = widths(shape, sizes)
    expected = padded_and_cropped(x, pairs, constant_values=1)
    t = tt.tensor(x, requires_grad=dtype.startswith("float"))
    for source in (t, t.transpose(0, -1).contiguous().transpose(0, -1)):
        padded = F.pad(source, sizes, value=1)
        np.testing.assert_array_equal(padded.detach().numpy(), expected)
    if not t.requires_grad:
        return
    padded = F.pad(t, sizes, value=1)
    seed = np.random.default_rng(1).integers(1, 5, expected.shape).astype(dtype)
    padded.backward(tt.tensor(seed))
    # The same by what NumPy moves to each place.
    numbers = padded_and_cropped(np.arange(1, x.size + 1).reshape(shape), pairs)
    gradient = np.bincount(numbers.ravel(), seed.ravel(), x.size + 1)[1:].reshape(shape)
    assert t.grad is not None
    np.testing.assert_array_equal(t.grad.numpy(), gradient)


def test_halves_add_up_in_float32() -> None:
    x = tt.ones(3, 5, dtype=tt.float16, requires_grad=True)
    # The first point stands for 2049 places: one more than halves count up to in ones.
    F.pad(x, (2048, 0), mode="replicate").sum().backward()
    assert x.grad is not None
    assert x.grad[0].tolist() == [2048, 1, 1, 1, 1]  # 2049, rounded once
    bytes_ = tt.arange(12, dtype=tt.uint8).reshape(3, 4)
    assert F.pad(bytes_, (1, 0), mode="circular")[0].tolist() == [3, 0, 1, 2, 3]


def test_strided_input_and_other_dtypes() -> None:
    x = np.arange(40 * 50).reshape(40, 50)
    expected = np.pad(x.T, [(0, 0), (3, 2)], mode="reflect")
    for dtype in (tt.int32, tt.float16, tt.float64):
        found = F.pad(tt.from_numpy(x).to(dtype).t(), (3, 2), mode="reflect")
        np.testing.assert_array_equal(found.numpy(), expected.astype(found.numpy().dtype))
