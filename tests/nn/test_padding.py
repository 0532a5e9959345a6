"""Padding that repeats the input against NumPy's, and its gradient by counting."""

from __future__ import annotations

import numpy as np
import pytest

import taeda_autograd  # noqa: F401
import taeda_nn.functional as F
import taeda_tensor as tt

MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
# Short and long lists of places, one to three dimensions, one that is not padded, rows of which
# neighbours are copied and rows that are too short for it.
SHAPES = [
    ((3, 5), (2, 1)),
    ((2, 3, 6, 7), (1, 2, 3, 4)),
    ((2, 5, 70, 80), (3, 2, 4, 5)),
    ((4, 3, 1, 9), (2, 3, 0, 0)),
    ((1, 3, 40, 41), (0, 0, 5, 4)),
    ((2, 3, 4, 5, 6), (2, 1, 1, 2, 3, 1)),
    ((16, 700), (5, 0)),
    ((0, 3, 4, 4), (1, 1, 1, 1)),
]


def widths(shape: tuple[int, ...], sizes: tuple[int, ...]) -> list[tuple[int, int]]:
    pairs = [(sizes[i], sizes[i + 1]) for i in range(0, len(sizes), 2)]
    return [(0, 0)] * (len(shape) - len(pairs)) + pairs[::-1]


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


def test_strided_input_and_other_dtypes() -> None:
    x = np.arange(40 * 50).reshape(40, 50)
    expected = np.pad(x.T, [(0, 0), (3, 2)], mode="reflect")
    for dtype in (tt.int32, tt.float16, tt.float64):
        found = F.pad(tt.from_numpy(x).to(dtype).t(), (3, 2), mode="reflect")
        np.testing.assert_array_equal(found.numpy(), expected.astype(found.numpy().dtype))
