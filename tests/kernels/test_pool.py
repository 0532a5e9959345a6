"""Pooling on NumPy arrays against windows that NumPy cuts out."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import taeda_kernels as tk
from tests.kernels.arrays import FLOATS, Array, close, fresh, layouts, same_bits, strided_like

SHAPE = (2, 3, 9, 11)
# kernel_size, stride, padding, dilation
WINDOWS: list[tuple[Any, Any, Any, Any]] = [
    (2, None, 0, 1),
    ((3, 2), (2, 3), (1, 1), (1, 1)),
    (3, 1, 1, 1),
    ((2, 3), 2, (0, 1), (3, 2)),
    ((9, 11), None, 0, 1),
]


def pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value


def windows_of(plane: Array, window: tuple[Any, Any, Any, Any], ceil_mode: bool) -> list[list[Any]]:
    """For each output position the rows and columns covered, those of the padding included."""
    kernel, stride, padding, dilation = window
    stride = kernel if stride is None else stride
    covered = []
    for axis in range(2):
        k, s, p, d = (pair(value)[axis] for value in (kernel, stride, padding, dilation))
        size, extent = plane.shape[axis], d * (k - 1) + 1
        starts, start = [], -p
        while start + extent <= size + p or (
            ceil_mode and start < size and start + extent < size + p + s
        ):
            starts.append(start)
            start += s
        # The padding at the end is as far as a window counts.
        covered.append([[i for i in range(b, b + extent, d) if i < size + p] for b in starts])
    return covered


def pooled(x: Array, window: tuple[Any, Any, Any, Any], ceil_mode: bool, reduce: Any) -> Array:
    rows, columns = windows_of(x[0, 0], window, ceil_mode)
    out = np.empty((*x.shape[:2], len(rows), len(columns)))
    for n, c, i, j in np.ndindex(*out.shape):
        inside = [
            (r, s)
            for r, s in itertools.product(rows[i], columns[j])
            if 0 <= r < x.shape[2] and 0 <= s < x.shape[3]
        ]
        values = np.array([x[n, c, r, s] for r, s in inside], "float64")
        out[n, c, i, j] = reduce(values, inside, len(rows[i]) * len(columns[j]))
    return out


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_max(dtype: str, window: tuple[Any, Any, Any, Any], ceil_mode: bool) -> None:
    kernel, stride, padding, dilation = window
    options = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    for x in layouts(SHAPE, dtype).values():
        values, index = tk.max_pool2d(x, kernel, **options)
        expected = pooled(x, window, ceil_mode, lambda values, *_: values.max())
        np.testing.assert_array_equal(values, expected)
        at = pooled(
            x,
            window,
            ceil_mode,
            lambda values, inside, _: np.dot(inside[values.argmax()], (SHAPE[3], 1)),
        )
        np.testing.assert_array_equal(index, at)
        outs = strided_like(values.shape, dtype), strided_like(values.shape, "int64")
        assert tk.max_pool2d(x, kernel, **options, out=outs)[0] is outs[0]
        np.testing.assert_array_equal(outs[0], values)
        np.testing.assert_array_equal(outs[1], index)
    # The gradient goes where the largest element stood; small integers add up exactly.
    grad = np.round(fresh(values.shape, dtype, 1) * 3)
    expected = np.zeros((SHAPE[0] * SHAPE[1], SHAPE[2] * SHAPE[3]))
    planes = np.arange(len(expected))[:, None]
    np.add.at(expected, (planes, index.reshape(len(expected), -1)), grad.reshape(len(expected), -1))
    actual = tk.max_pool2d_backward(grad, index, SHAPE[2:])
    np.testing.assert_array_equal(actual, expected.reshape(SHAPE))
    out = strided_like(SHAPE, dtype)
    assert tk.max_pool2d_backward(np.asfortranarray(grad), index, SHAPE[2:], out=out) is out
    np.testing.assert_array_equal(out, actual)


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize(("include_pad", "divisor"), [(True, None), (False, None), (True, 5)])
@pytest.mark.parametrize("window", [w for w in WINDOWS if pair(w[3]) == (1, 1)])
@pytest.mark.parametrize("dtype", FLOATS)
def test_average(
    dtype: str,
    window: tuple[Any, Any, Any, Any],
    include_pad: bool,
    divisor: int | None,
    ceil_mode: bool,
) -> None:
    kernel, stride, padding, _ = window
    options = {
        "stride": stride,
        "padding": padding,
        "ceil_mode": ceil_mode,
        "count_include_pad": include_pad,
        "divisor_override": divisor,
    }

    def mean(values: Array, _: Any, size: int) -> float:
        return values.sum() / (divisor or (size if include_pad else len(values)))

    for x in layouts(SHAPE, dtype).values():
        actual = tk.avg_pool2d(x, kernel, **options)
        close(actual, pooled(x, window, ceil_mode, mean), dtype, scale=4)
        out = strided_like(actual.shape, dtype)
        assert tk.avg_pool2d(x, kernel, **options, out=out) is out
        np.testing.assert_array_equal(out, actual)
    # The gradient is the transpose of the linear map x -> pooled.
    grad = fresh(actual.shape, dtype, 1)
    gradient = tk.avg_pool2d_backward(grad, SHAPE[2:], kernel, **options)
    x = fresh(SHAPE, "float64", 2)
    forward = np.sum(pooled(x, window, ceil_mode, mean) * grad)
    bound = {"float16": 1e-2, "float32": 1e-5, "float64": 1e-12}[dtype]
    assert abs(np.sum(gradient.astype("float64") * x) - forward) <= bound * np.abs(x).sum()
    for position in [(0, 0, 0, 0), (1, 2, 8, 10), (0, 1, 4, 5)]:
        unit = np.zeros(SHAPE)
        unit[position] = 1
        step = np.sum(tk.avg_pool2d(unit, kernel, **options) * grad)
        assert abs(float(gradient[position]) - step) <= bound


@pytest.mark.parametrize("size", [1, (2, 3), (9, 11), (4, 13)])
@pytest.mark.parametrize("dtype", FLOATS)
def test_adaptive_average(dtype: str, size: int | tuple[int, int]) -> None:
    height, width = pair(size)

    def reference(x: Array) -> Array:
        out = np.empty((*x.shape[:2], height, width))
        for i, j in np.ndindex(height, width):
            rows = slice(i * 9 // height, -((i + 1) * 9 // -height))
            columns = slice(j * 11 // width, -((j + 1) * 11 // -width))
            out[:, :, i, j] = x[:, :, rows, columns].astype("float64").mean((2, 3))
        return out

    for x in layouts(SHAPE, dtype).values():
        actual = tk.adaptive_avg_pool2d(x, size)
        close(actual, reference(x), dtype, scale=4)
        out = strided_like(actual.shape, dtype)
        assert tk.adaptive_avg_pool2d(x, size, out=out) is out
        np.testing.assert_array_equal(out, actual)
    grad = fresh(actual.shape, dtype, 1)
    gradient = tk.adaptive_avg_pool2d_backward(grad, SHAPE[2:])
    bound = {"float16": 1e-2, "float32": 1e-5, "float64": 1e-12}[dtype]
    for position in [(0, 0, 0, 0), (1, 2, 8, 10), (0, 1, 4, 5)]:
        unit = np.zeros(SHAPE)
        unit[position] = 1
        step = np.sum(reference(unit) * grad)
        assert abs(float(gradient[position]) - step) <= bound


@pytest.mark.parametrize("plane", [(7, 7), (4, 4), (1, 3), (23, 29)])
@pytest.mark.parametrize("dtype", FLOATS)
def test_mean_of_planes(dtype: str, plane: tuple[int, int]) -> None:
    """More planes than a vector has lanes; a plane has the same mean beside any others."""
    x = fresh((7, 5, *plane), dtype)
    actual = tk.adaptive_avg_pool2d(x, 1)
    close(actual, x.astype("float64").mean((2, 3), keepdims=True), dtype, scale=4)
    same_bits(tk.adaptive_avg_pool2d(x[3:5], 1), actual[3:5])


def test_special_cases() -> None:
    x = np.array([[[1, np.nan], [3, 2]]])
    values, index = tk.max_pool2d(x, 2)
    assert np.isnan(values).all()
    assert index == 1
    assert tk.max_pool2d(np.full((1, 3, 3), -np.inf), 3, padding=1)[0].max() == -np.inf
    assert tk.avg_pool2d(np.empty((0, 2, 4, 4), "float32"), 2).shape == (0, 2, 2, 2)
    same_bits(tk.avg_pool2d(np.ones((3, 4, 4)), 2), np.ones((3, 2, 2)))


def test_same_bits() -> None:
    x = fresh((6, 8, 40, 40), "float32")
    tk.set_num_threads(1)
    alone = tk.avg_pool2d(x, 3, stride=2, padding=1)
    back = tk.avg_pool2d_backward(alone, (40, 40), 3, stride=2, padding=1)
    tk.set_num_threads(2)
    same_bits(tk.avg_pool2d(x, 3, stride=2, padding=1), alone)
    same_bits(tk.avg_pool2d_backward(alone, (40, 40), 3, stride=2, padding=1), back)
    same_bits(tk.avg_pool2d(x[2:3], 3, stride=2, padding=1), alone[2:3])


X = np.ones((1, 2, 4, 4))
INDEX = np.full((1, 2, 2, 2), 16)


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: tk.max_pool2d(X[0, 0], 2), r"shape \(c, h, w\) or \(n, c, h, w\)"),
        (TypeError, lambda: tk.avg_pool2d(X.astype(int), 2), "x must be of a float dtype"),
        (ValueError, lambda: tk.max_pool2d(X, 5), "extent 5 does not fit into an axis of 4"),
        (ValueError, lambda: tk.max_pool2d(X, 2, padding=2), "at most half of the window's"),
        (ValueError, lambda: tk.avg_pool2d(X, 0), "kernel_size must be at least 1"),
        (ValueError, lambda: tk.avg_pool2d(X, (1, 2, 3)), "an int or 2 ints, got 3"),
        (ValueError, lambda: tk.avg_pool2d(X, 2, divisor_override=0), "other than 0"),
        (ValueError, lambda: tk.avg_pool2d_backward(X, 4, 2), r"grad must have the shape"),
        (
            IndexError,
            lambda: tk.max_pool2d_backward(X[..., :2, :2], INDEX, 4),
            r"index 16 is out of range for planes of \(4, 4\)",
        ),
        (ValueError, lambda: tk.max_pool2d_backward(X, INDEX, 4), "indices must have the shape"),
        (ValueError, lambda: tk.adaptive_avg_pool2d(X[:, :, :0], 2), "must not be empty"),
    ],
)
def test_errors(error: type[Exception], call: Callable[[], Any], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_window_wholly_in_the_padding() -> None:
    """Its steps of two miss the one row there is: no position, and no gradient."""
    values, indices = tk.max_pool2d(np.ones((1, 1, 1)), 2, stride=1, padding=1, dilation=2)
    np.testing.assert_array_equal(values, [[[-np.inf]]])
    np.testing.assert_array_equal(indices, [[[-1]]])
    gradient = tk.max_pool2d_backward(np.ones((1, 1, 1)), indices, 1)
    np.testing.assert_array_equal(gradient, [[[0.0]]])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (4, 3), (2, 2), (5, 4)])
def test_rows_longer_than_a_vector(dtype: str, kernel: int, stride: int) -> None:
    x = fresh((2, 3, 12, 71), dtype)

    def windows(border: float) -> Array:
        padded = np.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)], constant_values=border)
        cut = np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel), (2, 3))
        return cut[:, :, ::stride, ::stride]

    options = {"stride": stride, "padding": 1}
    values, index = tk.max_pool2d(x, kernel, **options)
    np.testing.assert_array_equal(values, windows(-np.inf).max((-2, -1)))
    flat = x.reshape(2, 3, -1)
    at = index.reshape(2, 3, -1)
    np.testing.assert_array_equal(np.take_along_axis(flat, at, -1), values.reshape(2, 3, -1))
    means = tk.avg_pool2d(x, kernel, **options)
    close(means, windows(0).astype("float64").mean((-2, -1)), dtype)
    # The gradient is the transpose of the mean.
    grad = fresh(means.shape, dtype, 1)
    back = tk.avg_pool2d_backward(grad, (12, 71), kernel, **options).astype("float64")
    expected = np.sum(means.astype("float64") * grad)
    np.testing.assert_allclose(
        np.sum(back * x), expected, rtol=1e-3 if dtype == "float32" else 1e-9
    )
