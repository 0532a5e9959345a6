"""Sorting and searching on NumPy arrays against NumPy's stable sort."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import taeda_kernels as tk
from tests.kernels.arrays import DTYPES, FLOATS, Array, fresh, layouts, same_bits, strided_like

# Short rows are sorted side by side in the lanes of vectors, longer ones by their digits.
SHAPES: list[tuple[int, ...]] = [(1,), (7,), (3, 5), (4, 0), (0, 4), (2, 33, 3), (2, 1500)]
# Around the lengths at which the way of sorting changes.
LENGTHS = [64, 65, 96, 97, 128, 129, 512, 513, 4095, 4096, 131_072, 131_073, 700_000]


def spread(length: int, dtype: str, seed: int = 0) -> Array:
    """Values over the whole range of the dtype, some of them often; floats of every kind."""
    random = np.random.default_rng(seed)
    if not dtype.startswith("float"):
        limits = np.iinfo(dtype)
        values = random.integers(limits.min, limits.max, length, dtype, endpoint=True)
        return np.where(random.random(length) < 0.2, np.asarray(3, dtype), values)
    kinds = np.array([0.0, -0.0, np.nan, -np.nan, np.inf, -np.inf, 1.0], dtype)
    values = np.ldexp(random.normal(size=length), random.integers(-14, 13, length)).astype(dtype)
    return np.where(random.random(length) < 0.2, random.choice(kinds, length), values)


def order_of(x: Array, axis: int, descending: bool) -> Array:
    """Equal elements keep their order, NaN is larger than any number."""
    if not descending:
        return np.argsort(x, axis, kind="stable")
    backward = np.argsort(np.flip(x, axis), axis, kind="stable")
    return np.flip(x.shape[axis] - 1 - backward, axis)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_sort(dtype: str, descending: bool) -> None:
    for shape in SHAPES:
        for x, axis in itertools.product(layouts(shape, dtype).values(), range(len(shape))):
            expected = order_of(x, axis, descending)
            values, index = tk.sort(x, axis, descending=descending)
            assert values.dtype == dtype
            np.testing.assert_array_equal(index, expected)
            np.testing.assert_array_equal(values, np.take_along_axis(x, expected, axis))
            actual = tk.argsort(x, axis - len(shape), descending=descending)
            np.testing.assert_array_equal(actual, expected)
    outs = strided_like((4, 9), dtype), strided_like((4, 9), "int64")
    x = fresh((4, 9), dtype)
    assert tk.sort(x, 0, descending=descending, out=outs)[1] is outs[1]
    for out, wanted in zip(outs, tk.sort(x, 0, descending=descending), strict=True):
        np.testing.assert_array_equal(out, wanted)
    out = strided_like((4, 9), "int64")
    assert tk.argsort(x, 1, descending=descending, out=out) is out
    np.testing.assert_array_equal(out, order_of(x, 1, descending))


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "float16", "float32", "float64"])
@pytest.mark.parametrize("length", LENGTHS)
def test_lengths(length: int, dtype: str) -> None:
    x = spread(length, dtype)
    for descending in (False, True):
        expected = order_of(x, 0, descending)
        values, index = tk.sort(x, descending=descending)
        np.testing.assert_array_equal(index, expected)
        same_bits(values, x[expected])
        for k in (1, 5, 40, length // 3 + 1):
            if k <= length:
                values, index = tk.topk(x, k, largest=descending)
                np.testing.assert_array_equal(index, expected[:k])
                same_bits(values, x[expected[:k]])
    if length < 600:
        rows = np.stack([np.roll(x, i) for i in range(11)])
        np.testing.assert_array_equal(tk.argsort(rows, 1), order_of(rows, 1, False))


def test_keys_that_differ_late() -> None:
    """Equal upper digits: what is sorted by these first is sorted by all after that."""
    x = np.random.default_rng(0).integers(0, 50, 9000) * 3 + (np.arange(9000) % 2) * 2**60
    np.testing.assert_array_equal(tk.argsort(x), order_of(x, 0, False))
    x = np.arange(300_000)[::-1].copy()
    np.testing.assert_array_equal(tk.argsort(x), x)
    np.testing.assert_array_equal(tk.topk(x[::-1], 7)[1], np.arange(299_999, 299_992, -1))


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_integers_of_a_small_range(dtype: str, descending: bool) -> None:
    """Their distances from the least are sorted: at both ends, around zero, a single value."""
    limits, random = np.iinfo(dtype), np.random.default_rng(0)
    for first in (limits.min, -1000, 0, limits.max - 2000):
        for span, length in itertools.product((0, 1, 2000), (90, 200, 5000, 140_000)):
            x = first + random.integers(0, span, length, dtype, endpoint=True)
            expected = order_of(x, 0, descending)
            values, index = tk.sort(x, descending=descending)
            np.testing.assert_array_equal(index, expected)
            np.testing.assert_array_equal(values, x[expected])


@pytest.mark.parametrize("largest", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_topk(dtype: str, largest: bool) -> None:
    for shape in SHAPES:
        for x, axis in itertools.product(layouts(shape, dtype).values(), range(len(shape))):
            for k in {0, min(1, shape[axis]), shape[axis] // 2, shape[axis]}:
                expected = np.take(order_of(x, axis, largest), range(k), axis)
                values, index = tk.topk(x, k, axis, largest=largest)
                np.testing.assert_array_equal(index, expected)
                np.testing.assert_array_equal(values, np.take_along_axis(x, expected, axis))
    x = fresh((4, 9), dtype)
    for axis, shape in [(0, (3, 9)), (1, (4, 3))]:
        outs = strided_like(shape, dtype), strided_like(shape, "int64")
        tk.topk(x, 3, axis, largest=largest, out=outs)
        for out, wanted in zip(outs, tk.topk(x, 3, axis, largest=largest), strict=True):
            np.testing.assert_array_equal(out, wanted)


@pytest.mark.parametrize("dtype", FLOATS)
def test_special_values(dtype: str) -> None:
    x = np.array([np.nan, 1, -np.inf, 0, -0.0, np.inf, np.nan], dtype)
    np.testing.assert_array_equal(tk.argsort(x), [2, 3, 4, 1, 5, 0, 6])
    np.testing.assert_array_equal(tk.argsort(x, descending=True), [0, 6, 5, 1, 3, 4, 2])
    np.testing.assert_array_equal(np.signbit(tk.sort(x)[0][1:3]), [False, True])
    np.testing.assert_array_equal(tk.topk(x, 3)[1], [0, 6, 5])
    for function in (tk.sort, lambda value: tk.topk(value, 1)):
        values, index = function(np.array(2.5, dtype))
        assert values.shape == index.shape == ()
        assert (values, index) == (2.5, 0)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype != "bool"])
def test_searchsorted(dtype: str, side: str) -> None:
    sequence = np.sort(fresh((300,), dtype))
    for values in layouts((5, 41), dtype, 1).values():
        expected = np.searchsorted(sequence, values, side)
        np.testing.assert_array_equal(tk.searchsorted(sequence, values, side=side), expected)
        out = strided_like((5, 41), "int64")
        assert tk.searchsorted(sequence, values, side=side, out=out) is out
        np.testing.assert_array_equal(out, expected)
    for length in (1, 2, 16, 32, 33):
        values = fresh((70,), dtype, 2)
        expected = np.searchsorted(sequence[:length], values, side)
        np.testing.assert_array_equal(
            tk.searchsorted(sequence[:length], values, side=side), expected
        )
    rows, values = np.sort(fresh((3, 50), dtype), 1), fresh((3, 7), dtype, 1)
    expected = np.stack([np.searchsorted(r, v, side) for r, v in zip(rows, values, strict=True)])
    np.testing.assert_array_equal(tk.searchsorted(rows, values, side=side), expected)
    assert tk.searchsorted(sequence, sequence[7], side="left").shape == ()
    assert tk.searchsorted(sequence[:0], values[0]).sum() == 0


def test_same_bits() -> None:
    for x in (fresh((50, 3000), "float32"), fresh((1, 400_000), "float32")):
        tk.set_num_threads(1)
        alone = tk.sort(x, 1)
        for count in (2, 3):
            tk.set_num_threads(count)
            for actual, wanted in zip(tk.sort(x, 1), alone, strict=True):
                same_bits(actual, wanted)


X = np.ones((2, 3))


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (IndexError, lambda: tk.sort(X, 2), "sort: axis 2 is out of range for 2 dimensions"),
        (ValueError, lambda: tk.topk(X, 4), "size of axis 1, which is 3, got 4"),
        (ValueError, lambda: tk.topk(X, -1), "k must lie from 0"),
        (ValueError, lambda: tk.sort(X, out=(X, None)), "out overlaps an operand"),
        (ValueError, lambda: tk.searchsorted(X, X[0]), "the sequence must be a vector"),
        (ValueError, lambda: tk.searchsorted(X[0], X, side="middle"), "'left' or 'right', got 'm"),
        (ValueError, lambda: tk.argsort(X, out=np.ones(2)), "out has the shape"),
    ],
)
def test_errors(error: type[Exception], call: Callable[[], Any], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
