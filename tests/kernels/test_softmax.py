"""Softmax, its logarithm and their gradients against SciPy in double precision."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

import taeda_kernels as tk
from tests.kernels.arrays import FLOATS, close, fresh, layouts, same_bits, strided_like

SHAPES: list[tuple[int, ...]] = [(), (1,), (7,), (3, 5), (4, 0), (0, 4), (2, 33, 3), (5, 1000)]
FORWARD = {"softmax": special.softmax, "log_softmax": special.log_softmax}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", FORWARD)
def test_values(name: str, dtype: str) -> None:
    function, reference = getattr(tk, name), FORWARD[name]
    for shape in SHAPES:
        for x, axis in itertools.product(
            layouts(shape, dtype).values(), range(-max(len(shape), 1), max(len(shape), 1))
        ):
            actual = function(x, axis)
            assert actual.dtype == dtype
            if x.size == 0:
                assert actual.shape == shape
            elif shape == ():
                np.testing.assert_array_equal(actual, 1.0 if name == "softmax" else 0.0)
            else:
                close(actual, reference(x.astype("float64"), axis=axis), dtype, scale=4)
            out = strided_like(shape, dtype)
            assert function(x, axis, out=out) is out
            np.testing.assert_array_equal(out, actual)
    x = fresh((4, 9), dtype)
    wanted = function(x, 0)
    assert function(x, 0, out=x) is x
    np.testing.assert_array_equal(x, wanted)


@pytest.mark.parametrize("dtype", FLOATS)
def test_gradients(dtype: str) -> None:
    for shape in [(6,), (3, 40), (40, 3), (2, 5, 7)]:
        grads, inputs = layouts(shape, dtype, 1), layouts(shape, dtype, 2)
        for g, x in zip(grads.values(), inputs.values(), strict=True):
            for axis in range(len(shape)):
                wide = g.astype("float64")
                y = tk.softmax(x, axis)
                p = y.astype("float64")
                expected = p * (wide - (wide * p).sum(axis, keepdims=True))
                actual = tk.softmax_backward(g, y, axis)
                close(actual, expected, dtype, scale=4)
                out = strided_like(shape, dtype)
                assert tk.softmax_backward(g, y, axis, out=out) is out
                np.testing.assert_array_equal(out, actual)
                logs = tk.log_softmax(x, axis)
                shares = np.exp(logs.astype("float64"))
                expected = wide - shares * wide.sum(axis, keepdims=True)
                close(tk.log_softmax_backward(g, logs, axis), expected, dtype, scale=8)


@pytest.mark.parametrize("name", FORWARD)
def test_gradients_are_derivatives(name: str) -> None:
    """By central differences in double precision: error about step^2 + rounding / step."""
    function, backward = getattr(tk, name), getattr(tk, f"{name}_backward")
    x, g, direction = (fresh((4, 6), "float64", seed) for seed in range(3))
    step = 1e-5
    rise = function(x + step * direction, 0) - function(x - step * direction, 0)
    along = np.sum(backward(g, function(x, 0), 0) * direction)
    np.testing.assert_allclose(along, np.sum(g * rise) / (2 * step), rtol=1e-8)


def test_extreme_values() -> None:
    x = np.array([1e4, -1e4, 1e4], "float32")
    np.testing.assert_array_equal(tk.softmax(x), [0.5, 0, 0.5])
    np.testing.assert_allclose(
        tk.log_softmax(x), [-np.log(2), -2e4 - np.log(2), -np.log(2)], rtol=1e-6
    )
    np.testing.assert_array_equal(tk.softmax(np.array([-np.inf, 0.0])), [0, 1])
    assert np.isnan(tk.softmax(np.array([np.nan, 0.0]))).all()
    assert np.isnan(tk.softmax(np.array([-np.inf, -np.inf]))).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FORWARD)
def test_same_bits(name: str, dtype: str) -> None:
    function, backward = getattr(tk, name), getattr(tk, f"{name}_backward")
    x, g = fresh((200, 777), dtype), fresh((200, 777), dtype, 1)
    for axis in (0, 1):
        tk.set_num_threads(1)
        alone, gradient = function(x, axis), backward(g, x, axis)
        tk.set_num_threads(2)
        same_bits(function(x, axis), alone)
        same_bits(backward(g, x, axis), gradient)
        for i in (0, 101, 199):
            row = (slice(i, i + 1), slice(None)) if axis else (slice(None), slice(i, i + 1))
            same_bits(function(x[row], axis), alone[row])
            same_bits(backward(g[row], x[row], axis), gradient[row])


X = np.ones((2, 3))


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (TypeError, lambda: tk.softmax(np.arange(3)), "softmax: x must be of a float dtype, got"),
        (IndexError, lambda: tk.log_softmax(X, 2), "log_softmax: axis 2 is out of range"),
        (ValueError, lambda: tk.softmax(X, out=np.ones(3)), r"out has the shape \(3,\)"),
        (ValueError, lambda: tk.softmax(X[:, :2], out=X[:, 1:]), "overlaps an operand in part"),
        (ValueError, lambda: tk.softmax_backward(X, X[0]), r"result must have the shape \(2, 3\)"),
        (TypeError, lambda: tk.softmax_backward(X, X.astype("float32")), "of dtype float64, got"),
    ],
)
def test_errors(error: type[Exception], call: Callable[[], Any], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
