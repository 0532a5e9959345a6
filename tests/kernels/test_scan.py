"""Scans on NumPy arrays against NumPy in double precision."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import taeda_kernels as tk
from tests.kernels.arrays import DTYPES, FLOATS, close, fresh, layouts, same_bits, strided_like

SHAPES: list[tuple[int, ...]] = [(1,), (7,), (3, 5), (4, 0), (0, 4), (2, 3, 40), (3, 3000)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_sums_and_products(name: str, dtype: str) -> None:
    function, reference = getattr(tk, name), getattr(np, name)
    is_float = dtype.startswith("float")
    for shape in SHAPES:
        for x, axis in itertools.product(layouts(shape, dtype).values(), range(len(shape))):
            expected = reference(x, axis, dtype="float64" if is_float else "int64")
            actual = function(x, axis)
            assert actual.dtype == (dtype if is_float else "int64")
            if is_float:
                close(actual, expected, dtype, scale=2)
            else:
                np.testing.assert_array_equal(actual, expected)
            out = strided_like(shape, actual.dtype.name)
            assert function(x, axis - len(shape), out=out) is out
            np.testing.assert_array_equal(out, actual)
    if is_float:
        x = fresh((4, 9), dtype)
        wanted = function(x, 0)
        assert function(x, 0, out=x) is x
        np.testing.assert_array_equal(x, wanted)
    assert function(fresh((5,), dtype), dtype="float64").dtype == "float64"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["cummax", "cummin"])
def test_extremes(name: str, dtype: str) -> None:
    function = getattr(tk, name)
    accumulate = (np.maximum if name == "cummax" else np.minimum).accumulate
    for shape in SHAPES:
        for x, axis in itertools.product(layouts(shape, dtype).values(), range(len(shape))):
            values, index = function(x, axis)
            assert values.dtype == dtype
            assert index.dtype == np.int64
            np.testing.assert_array_equal(values, accumulate(x, axis))
            np.testing.assert_array_equal(np.take_along_axis(x, index, axis), values)
            positions = np.arange(shape[axis]).reshape(
                [-1 if d == axis else 1 for d in range(x.ndim)]
            )
            assert (index <= positions).all()
            # Of equal elements the last one so far.
            ties = np.take_along_axis(x, np.broadcast_to(positions, shape), axis) == values
            np.testing.assert_array_equal(index == positions, ties)
    x = fresh((4, 6), dtype)
    outs = strided_like((4, 6), dtype), strided_like((4, 6), "int64")
    returned = function(x, 1, out=outs)
    assert returned[0] is outs[0]
    assert returned[1] is outs[1]
    for out, wanted in zip(outs, function(x, 1), strict=True):
        np.testing.assert_array_equal(out, wanted)
    values, index = function(x, 1, out=(None, outs[1]))
    np.testing.assert_array_equal(values, outs[0])


@pytest.mark.parametrize("dtype", FLOATS)
def test_log_cum_sum_exp(dtype: str) -> None:
    for x in layouts((4, 50), dtype).values():
        for axis in (0, 1):
            expected = np.logaddexp.accumulate(x.astype("float64"), axis)
            close(tk.logcumsumexp(x, axis), expected, dtype, scale=4)
    np.testing.assert_array_equal(tk.logcumsumexp(np.array([-np.inf, -np.inf])), -np.inf)
    large = np.array([1000.0, 1000.0])
    np.testing.assert_allclose(tk.logcumsumexp(large), [1000, 1000 + np.log(2)], rtol=1e-15)


def test_nan_and_zero_dimensions() -> None:
    x = np.array([1.0, np.nan, 3.0])
    values, index = tk.cummax(x)
    np.testing.assert_array_equal(values, [1, np.nan, np.nan])
    np.testing.assert_array_equal(index[:2], [0, 1])
    assert tk.cumsum(np.array(3.0)).shape == ()
    assert tk.cumsum(np.array(3.0)) == 3
    assert tk.cummin(np.array(3.0))[1] == 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_same_bits(dtype: str) -> None:
    x = fresh((300, 700), dtype)
    for function, axis in itertools.product((tk.cumsum, tk.cumprod, tk.logcumsumexp), (0, 1)):
        tk.set_num_threads(1)
        alone = function(x, axis)
        tk.set_num_threads(2)
        same_bits(function(x, axis), alone)
        same_bits(
            function(x[5:6] if axis else x[:, 5:6], axis), alone[5:6] if axis else alone[:, 5:6]
        )


X = np.ones((2, 3))


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (IndexError, lambda: tk.cumsum(X, 2), "cumsum: axis 2 is out of range for 2 dimensions"),
        (IndexError, lambda: tk.cummax(X, -3), "cummax: axis -3"),
        (TypeError, lambda: tk.logcumsumexp(X, dtype="int64"), "must be of a float dtype"),
        (ValueError, lambda: tk.cumsum(X, out=np.ones((3, 2))), "out has the shape"),
        (ValueError, lambda: tk.cumsum(X[:, :2], out=X[:, 1:]), "overlaps an operand in part"),
        (TypeError, lambda: tk.cummax(X, out=X), "out must be a tuple of 2 arrays"),
    ],
)
def test_errors(error: type[Exception], call, message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_long_rows_are_cut_into_blocks() -> None:
    """By their length alone: any layout, number of threads and batch gives the same bits."""
    for dtype in ("float32", "float64", "int64"):
        x = fresh((3, 70_003), dtype, 4)
        x[1, 40_000] = 0
        for function in (tk.cumsum, tk.cumprod):
            tk.set_num_threads(1)
            whole = function(x, 1)
            tk.set_num_threads(2)
            same_bits(function(x, 1), whole)
            same_bits(function(x[1]), whole[1])
            same_bits(function(np.asfortranarray(x), 1), whole)
        if dtype == "int64":
            np.testing.assert_array_equal(tk.cumsum(x, 1), np.cumsum(x, 1))
        else:
            close(tk.cumsum(x, 1), np.cumsum(x.astype("float64"), 1), dtype, scale=2)
        place = x[0].copy()
        assert tk.cumsum(place, out=place) is place
        same_bits(place, tk.cumsum(x[0]))


@pytest.mark.parametrize("shape", [(9, 300), (1000, 130), (33000, 9)])
def test_columns_are_scanned_like_rows(shape: tuple[int, int]) -> None:
    for dtype in FLOATS:
        x = fresh(shape, dtype)
        rows = np.ascontiguousarray(x.T)
        same_bits(tk.cumsum(x, 0), tk.cumsum(rows, 1).T)
