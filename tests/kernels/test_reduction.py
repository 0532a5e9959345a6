"""Reductions on NumPy arrays against NumPy in double precision."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import taeda_kernels as tk
from tests.kernels.arrays import (
    DTYPES,
    FLOATS,
    Array,
    close,
    fresh,
    layouts,
    same_bits,
    strided_like,
)

SHAPES: list[tuple[int, ...]] = [(), (1,), (7,), (3, 5), (17, 130), (2, 3, 4, 5), (2000, 3)]


def axes_of(shape: tuple[int, ...]) -> list[Any]:
    axes: list[Any] = [None, ()]
    for count in range(1, min(len(shape), 2) + 1):
        axes += itertools.combinations(range(len(shape)), count)
    return [*axes, *range(-len(shape), 0)]


def wide(x: Array) -> Array:
    return x.astype("float64" if x.dtype.kind == "f" else "int64")


def is_float(dtype: str) -> bool:
    return dtype.startswith("float")


# name: (reference, dtype of the result, from that of the operand)
REDUCTIONS: dict[str, tuple[Callable[..., Any], Callable[[str], str]]] = {
    "sum": (np.sum, lambda dtype: dtype if is_float(dtype) else "int64"),
    "nansum": (np.nansum, lambda dtype: dtype if is_float(dtype) else "int64"),
    "prod": (np.prod, lambda dtype: dtype if is_float(dtype) else "int64"),
    "mean": (np.mean, lambda dtype: dtype if is_float(dtype) else "float32"),
    "amax": (np.max, lambda dtype: dtype),
    "amin": (np.min, lambda dtype: dtype),
    "any": (np.any, lambda dtype: "bool"),
    "all": (np.all, lambda dtype: "bool"),
    "count_nonzero": (np.count_nonzero, lambda dtype: "int64"),
    "logsumexp": (
        lambda x, **options: np.log(np.sum(np.exp(x), **options)),
        lambda dtype: dtype if is_float(dtype) else "float32",
    ),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_values(name: str, dtype: str) -> None:
    reference, result_dtype = REDUCTIONS[name]
    function = getattr(tk, name)
    for shape in SHAPES:
        for layout, axis, keepdims in itertools.product(
            layouts(shape, dtype).values(), axes_of(shape), (False, True)
        ):
            expected = np.asarray(reference(wide(layout), axis=axis, keepdims=keepdims))
            actual = function(layout, axis, keepdims=keepdims)
            assert actual.dtype == result_dtype(dtype)
            if is_float(result_dtype(dtype)):
                close(actual, expected, actual.dtype.name, scale=10)
            else:
                np.testing.assert_array_equal(actual, expected)
            assert actual.shape == expected.shape


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_out(name: str, dtype: str) -> None:
    function = getattr(tk, name)
    x = fresh((4, 6, 5), dtype)
    for axis, keepdims in itertools.product((None, 0, 1, (0, 2)), (False, True)):
        expected = function(x, axis, keepdims=keepdims)
        out = strided_like(expected.shape, expected.dtype.name)
        assert function(x, axis, keepdims=keepdims, out=out) is out
        np.testing.assert_array_equal(out, expected)
        double = np.empty(expected.shape, "float64")
        function(x, axis, keepdims=keepdims, out=double)
        np.testing.assert_array_equal(double, expected)


@pytest.mark.parametrize("dtype", FLOATS)
def test_norms_and_moments(dtype: str) -> None:
    for shape in SHAPES:
        for x, axis in itertools.product(layouts(shape, dtype).values(), axes_of(shape)):
            w = wide(x)
            for order, expected in [
                (1, np.abs(w).sum(axis)),
                (2, np.sqrt((w * w).sum(axis))),
                (np.inf, np.abs(w).max(axis)),
            ]:
                close(tk.vector_norm(x, axis, ord=order), expected, dtype, scale=10)
            close(tk.var(x, axis), np.var(w, axis), dtype, scale=10)
            close(tk.std(x, axis, keepdims=True), np.std(w, axis, keepdims=True), dtype, scale=10)
            variance, mean = tk.var_mean(x, axis)
            same_bits(variance, tk.var(x, axis))
            close(mean, np.mean(w, axis), dtype, scale=10)
    x = fresh((5, 9), dtype)
    close(tk.var(x, 1, correction=1), np.var(wide(x), 1, ddof=1), dtype, scale=10)
    outs = strided_like((5,), dtype), np.empty(5, "float64")
    tk.var_mean(x, 1, out=outs)
    np.testing.assert_array_equal(outs[0], tk.var(x, 1))
    np.testing.assert_array_equal(outs[1], tk.mean(x, 1))


@pytest.mark.parametrize("dtype", DTYPES)
def test_positions(dtype: str) -> None:
    for shape in SHAPES:
        for name, x in layouts(shape, dtype).items():
            for axis in (None, *range(-len(shape), len(shape))):
                if axis is None and name != "contiguous" and x.ndim > 1:
                    flat = np.ascontiguousarray(x)
                else:
                    flat = x
                np.testing.assert_array_equal(tk.argmax(x, axis), np.argmax(flat, axis))
                np.testing.assert_array_equal(
                    tk.argmin(x, axis, keepdims=True), np.argmin(flat, axis, keepdims=True)
                )
    out = strided_like((4,), "int64")
    x = fresh((4, 9), dtype)
    assert tk.argmax(x, 1, out=out) is out
    np.testing.assert_array_equal(out, np.argmax(x, 1))


@pytest.mark.parametrize("dtype", FLOATS)
def test_nan(dtype: str) -> None:
    x = fresh((6, 40), dtype)
    x[1, 3] = x[4, 17] = x[4, 30] = np.nan
    for name in ("sum", "mean", "prod", "amax", "amin", "var", "vector_norm"):
        for axis in (0, 1):
            wanted = np.isnan(x).any(axis)
            np.testing.assert_array_equal(np.isnan(getattr(tk, name)(x, axis)), wanted)
    close(tk.nansum(x, 1), np.nansum(wide(x), 1), dtype, scale=10)
    np.testing.assert_array_equal(tk.argmax(x, 1)[[1, 4]], [3, 17])
    np.testing.assert_array_equal(tk.argmin(x, 1)[[1, 4]], [3, 17])
    assert tk.any(x[1, 3])
    np.testing.assert_array_equal(tk.any(np.full(3, np.nan)), True)


def test_nothing_to_reduce() -> None:
    empty = np.empty((0, 3), "float32")
    np.testing.assert_array_equal(tk.sum(empty, 0), np.zeros(3))
    np.testing.assert_array_equal(tk.prod(empty, 0), np.ones(3))
    np.testing.assert_array_equal(tk.mean(empty, 0), np.full(3, np.nan))
    np.testing.assert_array_equal(tk.var(empty, 0), np.full(3, np.nan))
    np.testing.assert_array_equal(tk.any(empty, 0), np.zeros(3, bool))
    np.testing.assert_array_equal(tk.all(empty, 0), np.ones(3, bool))
    np.testing.assert_array_equal(tk.count_nonzero(empty, 0), np.zeros(3))
    np.testing.assert_array_equal(tk.vector_norm(empty, 0), np.zeros(3))
    for name in ("amax", "amin", "argmax", "argmin"):
        function = getattr(tk, name)
        assert function(empty, 1).shape == (0,)
        with pytest.raises(ValueError, match=rf"{name}: no result over axes of size 0"):
            function(empty, 0)
        with pytest.raises(ValueError, match="nothing to choose from"):
            function(empty)
    with pytest.raises(ValueError, match="vector_norm: no result"):
        tk.vector_norm(empty, 0, ord=np.inf)


def test_dtype() -> None:
    x = np.full(70000, 3, "uint8")
    assert tk.sum(x, dtype="uint8") == np.sum(x, dtype="uint8")
    assert tk.sum(x, dtype=np.float64).dtype == "float64"
    assert tk.mean(x, dtype=np.dtype("float64")) == 3.0
    thirds = np.full(1000, 1 / 3, "float32")
    exact = thirds.astype("float64").sum()
    assert abs(float(tk.sum(thirds, dtype="float64")) - exact) < 1e-11


def test_numbers_and_other_arrays() -> None:
    assert tk.sum(2.5) == 2.5
    assert tk.sum(memoryview(b"\x01\x02\x03")) == 6
    assert tk.sum(True) == 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_same_bits(dtype: str) -> None:
    """The order of a sum depends on the number of its elements only."""
    x = fresh((70, 5003), dtype)
    names = ["sum", "mean", "prod", "vector_norm", "var", "amax", "argmax"]
    for name, axis in itertools.product(names, (0, 1, None)):
        function = getattr(tk, name)
        tk.set_num_threads(1)
        alone = function(x, axis)
        tk.set_num_threads(2)
        same_bits(function(x, axis), alone)
        same_bits(function(np.asfortranarray(x), axis), alone)
        if axis == 1:
            for row in (0, 33, 69):
                same_bits(function(x[row : row + 1], axis)[0], alone[row])
                same_bits(function(x[row]), alone[row])
        if axis == 0:
            for column in (0, 7, 5002):
                same_bits(function(x[:, column]), alone[column])


X = np.ones((2, 3))


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (IndexError, lambda: tk.sum(X, 2), r"sum: axis 2 is out of range for 2 dimensions"),
        (ValueError, lambda: tk.sum(X, (0, -2)), "sum: axis -2 is named twice"),
        (TypeError, lambda: tk.sum(X, "0"), "axis must be an int or a tuple of ints, got str"),
        (TypeError, lambda: tk.sum(X, (0.5,)), "got one of float"),
        (TypeError, lambda: tk.argmax(X, (0, 1)), "argmax: axis must be an int"),
        (TypeError, lambda: tk.sum("abc"), "sum: x must be an array"),
        (TypeError, lambda: tk.sum(X, dtype="complex64"), "dtype must be one of bool, uint8"),
        (TypeError, lambda: tk.mean(X, dtype="int32"), "mean: the result must be of a float"),
        (ValueError, lambda: tk.sum(X, 0, out=np.ones(2)), r"shape \(2,\), but .* \(3,\)"),
        (TypeError, lambda: tk.sum(X, 0, out=np.ones(3, int)), "cannot hold a result of float64"),
        (ValueError, lambda: tk.sum(X, 0, out=X[0]), "out overlaps an operand"),
        (ValueError, lambda: tk.vector_norm(X, ord=3), "ord must be 1, 2 or infinity, got 3"),
        (TypeError, lambda: tk.var_mean(X, out=X), "out must be a tuple of 2 arrays"),
    ],
)
def test_errors(error: type[Exception], call: Callable[[], Any], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_whole_arrays_that_run_across_their_memory() -> None:
    """As columns or brought into order slab by slab: the bits of the contiguous array."""
    for shape in [(513, 700), (64, 2048), (33, 4096), (3000, 100), (37, 29, 300), (40, 2, 2048)]:
        for dtype in ("float32", "float64", "float16", "int32"):
            x = fresh(shape, dtype, 8)
            turned = np.asfortranarray(x)
            for name in ("sum", "prod", "vector_norm", "mean"):
                if dtype == "int32" and name == "vector_norm":
                    continue
                function = getattr(tk, name)
                same_bits(function(turned), function(x))
                same_bits(function(turned[::-1]), function(np.ascontiguousarray(x[::-1])))
            if is_float(dtype):
                same_bits(tk.var(turned), tk.var(x))


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int32", "bool"])
def test_runs_between_other_elements(dtype: str) -> None:
    """Runs that are read where they lie have the bits of an array that holds nothing else."""
    for shape in [(9, 3, 784), (5, 4, 31), (5, 4, 32), (7, 2, 33), (70, 2, 40), (3, 2, 2049)]:
        x = fresh(shape, dtype, 10)
        for name in ("sum", "prod", "amax", "vector_norm", "any", "count_nonzero"):
            if (dtype in ("int32", "bool") and name == "vector_norm") or (
                dtype == "bool" and name in ("prod", "amax")
            ):
                continue
            function = getattr(tk, name)
            found = function(x, (0, 2))
            same_bits(function(x[:, :, :-1], (0, 2)), function(x[:, :, :-1].copy(), (0, 2)))
            for channel in range(shape[1]):
                same_bits(found[channel], function(np.ascontiguousarray(x[:, channel])))
        if is_float(dtype):
            same_bits(tk.var(x, (0, 2))[1], tk.var(np.ascontiguousarray(x[:, 1])))


def test_arg_of_short_rows() -> None:
    """Tiles of rows that are turned over: the first of equal elements wins, and NaN over all."""
    random = np.random.default_rng(9)
    for columns in (1, 2, 7, 8, 10, 33, 64, 65):
        for rows in (1, 2, 63, 64, 65, 1000):
            for dtype in ("float32", "float64", "int64"):
                x = random.integers(-4, 4, (rows, columns)).astype(dtype)
                np.testing.assert_array_equal(tk.argmax(x, 1), x.argmax(1))
                np.testing.assert_array_equal(tk.argmin(x, 1), x.argmin(1))
                cut = np.ascontiguousarray(np.pad(x, ((0, 0), (0, 3))))[:, :columns]
                np.testing.assert_array_equal(tk.argmax(cut, 1), x.argmax(1))
                if dtype != "int64":
                    x[rows // 2, columns // 2] = np.nan
                    np.testing.assert_array_equal(tk.argmax(x, 1), x.argmax(1))


def test_sums_of_short_rows() -> None:
    for columns in (1, 3, 8, 16, 31, 32):
        x = fresh((1000, columns), "float32", 10)
        cut = np.ascontiguousarray(np.pad(x, ((0, 0), (0, 5))))[:, :columns]
        turned = np.asfortranarray(x)
        for name in ("sum", "amax", "prod"):
            function = getattr(tk, name)
            whole = function(x, 1)
            same_bits(function(cut, 1), whole)
            same_bits(function(turned, 1), whole)
            same_bits(function(x[333], 0), whole[333])


def test_logsumexp_of_extremes() -> None:
    inf = np.inf
    x = np.array([[1000, 1000, 990], [-inf, -inf, -inf], [inf, 0, -inf], [np.nan, inf, 0]])
    for dtype in ("float32", "float64"):
        result = tk.logsumexp(x.astype(dtype), 1)
        np.testing.assert_allclose(result[0], 1000 + np.log(2 + np.exp(-10.0)), rtol=1e-6)
        np.testing.assert_array_equal(result[1:], [-inf, inf, np.nan])
        np.testing.assert_array_equal(tk.logsumexp(np.empty((2, 0), dtype), 1), [-inf, -inf])
    rows = fresh((70, 77), "float32", 3)
    same_bits(tk.logsumexp(np.asfortranarray(rows), 1), tk.logsumexp(rows, 1))
    same_bits(tk.logsumexp(rows[5]), tk.logsumexp(rows, 1)[5])


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32"])
def test_sums_of_the_largest_integers(dtype: str) -> None:
    for value in (np.iinfo(dtype).min, np.iinfo(dtype).max):
        x = np.full((70000, 5), value, dtype)
        assert tk.sum(x) == 350000 * int(value)
        np.testing.assert_array_equal(tk.sum(x, 0), np.full(5, 70000 * int(value)))
        np.testing.assert_array_equal(tk.sum(x.T, 1), np.full(5, 70000 * int(value)))
        np.testing.assert_array_equal(tk.sum(x, 1), np.full(70000, 5 * int(value)))
