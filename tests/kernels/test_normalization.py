"""Layer, RMS, group and batch normalisation of arrays, against NumPy in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import taeda_kernels as tk

Array = np.ndarray[Any, Any]

# Of the values around one: sums of some hundred elements in the accumulator of the dtype.
TOLERANCE = {"float16": 4e-3, "float32": 5e-6, "float64": 1e-12}


def random(*shape: int, seed: int = 0, dtype: str = "float64") -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def normalized(x: Array, axes: tuple[int, ...], eps: float, centered: bool = True) -> Array:
    wide = x.astype(np.float64)
    if centered:
        wide = wide - wide.mean(axes, keepdims=True)
    return wide / np.sqrt((wide**2).mean(axes, keepdims=True) + eps)


def along_channels(vector: Array, ndim: int) -> Array:
    return vector.reshape(1, -1, *[1] * (ndim - 2))


def slope(function: Callable[[Array], float], at: Array, position: tuple[int, ...]) -> float:
    """The derivative by central differences; their error is of the order of 1e-10 in float64."""
    step = np.zeros_like(at)
    step[position] = 1e-5
    return float((function(at + step) - function(at - step)) / 2e-5)


def check_slopes(function: Callable[[Array], float], at: Array, gradient: Array) -> None:
    assert gradient.shape == at.shape
    for flat in np.random.default_rng(5).integers(0, at.size, 4):
        position = np.unravel_index(flat, at.shape)
        assert np.isclose(gradient[position], slope(function, at, position), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("shape", [(1,), (7,), (3, 5), (40, 300), (2, 3, 64)])
def test_rows(shape: tuple[int, ...], dtype: str) -> None:
    x = random(*shape, dtype=dtype)
    weight, bias = random(shape[-1], seed=1, dtype=dtype), random(shape[-1], seed=2, dtype=dtype)
    tolerance = TOLERANCE[dtype] * 4  # of the largest values
    result, mean, rstd = tk.layer_norm(x, weight, bias)
    wanted = normalized(x, (-1,), 1e-5) * weight + bias
    np.testing.assert_allclose(result, wanted, rtol=tolerance, atol=tolerance)
    assert result.dtype == dtype
    assert mean.dtype == rstd.dtype == ("float64" if dtype == "float64" else "float32")
    np.testing.assert_allclose(mean, x.astype("float64").mean(-1).ravel(), atol=tolerance)
    result, rstd = tk.rms_norm(x, weight, eps=1e-3)
    wanted = normalized(x, (-1,), 1e-3, centered=False) * weight
    np.testing.assert_allclose(result, wanted, rtol=tolerance, atol=tolerance)
    assert rstd.shape == (x.size // shape[-1],)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("shape", [(4, 6), (3, 4, 5), (2, 6, 9, 8), (1, 2, 300)])
def test_channels(shape: tuple[int, ...], dtype: str) -> None:
    x = random(*shape, dtype=dtype)
    weight, bias = random(shape[1], seed=1, dtype=dtype), random(shape[1], seed=2, dtype=dtype)
    scale, shift = along_channels(weight, x.ndim), along_channels(bias, x.ndim)
    tolerance = TOLERANCE[dtype] * 4
    axes = (0, *range(2, x.ndim))
    wanted = normalized(x, axes, 1e-5) * scale + shift
    result, mean, _ = tk.batch_norm(x, weight, bias)
    np.testing.assert_allclose(result, wanted, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(mean, x.astype("float64").mean(axes), atol=tolerance)
    groups = x.astype("float64").reshape(shape[0], 2, -1)
    wanted = normalized(groups, (-1,), 1e-5).reshape(shape) * scale + shift
    result, mean, _ = tk.group_norm(x, 2, weight, bias)
    np.testing.assert_allclose(result, wanted, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(mean, groups.mean(-1).ravel(), atol=tolerance)


def test_running_statistics() -> None:
    x = random(6, 3, 4)
    mean, var = random(3, seed=1), np.abs(random(3, seed=2))
    old_mean, old_var = mean.copy(), var.copy()
    wanted = (x - old_mean[:, None]) / np.sqrt(old_var[:, None] + 1e-5)
    result = tk.batch_norm(x, None, None, mean, var, training=False)[0]
    np.testing.assert_allclose(result, wanted, rtol=1e-12)
    np.testing.assert_array_equal(mean, old_mean)
    holder = np.zeros((2, 6))
    holder[:, ::2] = mean, var
    tk.batch_norm(x, None, None, holder[0, ::2], holder[1, ::2], momentum=0.25)
    np.testing.assert_allclose(holder[0, ::2], 0.75 * old_mean + 0.25 * x.mean((0, 2)))
    np.testing.assert_allclose(holder[1, ::2], 0.75 * old_var + 0.25 * x.var((0, 2), ddof=1))
    np.testing.assert_array_equal(holder[:, 1::2], 0)


def test_gradients_of_rows() -> None:
    x, weight, bias, grad = random(5, 9), random(9, seed=1), random(9, seed=2), random(5, 9, seed=3)
    _, mean, rstd = tk.layer_norm(x, weight, bias)
    by_x, by_weight, by_bias = tk.layer_norm_backward(grad, x, mean, rstd, weight)
    check_slopes(lambda at: (tk.layer_norm(at, weight, bias)[0] * grad).sum(), x, by_x)
    check_slopes(lambda at: (tk.layer_norm(x, at, bias)[0] * grad).sum(), weight, by_weight)
    check_slopes(lambda at: (tk.layer_norm(x, weight, at)[0] * grad).sum(), bias, by_bias)
    _, rstd = tk.rms_norm(x, weight)
    by_x, by_weight = tk.rms_norm_backward(grad, x, rstd, weight)
    check_slopes(lambda at: (tk.rms_norm(at, weight)[0] * grad).sum(), x, by_x)
    check_slopes(lambda at: (tk.rms_norm(x, at)[0] * grad).sum(), weight, by_weight)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("shape", [(70, 33), (45, 300), (3, 5000)])
def test_gradients_of_many_rows(shape: tuple[int, int], dtype: str) -> None:
    """Rows that are taken some at a time and one by one."""
    x, grad = (random(*shape, seed=i).astype(dtype) for i in range(2))
    weight = random(shape[1], seed=2).astype(dtype)
    _, mean, rstd = tk.layer_norm(x, weight)
    found = tk.layer_norm_backward(grad, x, mean, rstd, weight)
    wide, g = x.astype("float64"), grad.astype("float64")
    scale = 1 / np.sqrt(wide.var(-1, keepdims=True) + 1e-5)
    normal, weighted = (wide - wide.mean(-1, keepdims=True)) * scale, g * weight
    shift = weighted.mean(-1, keepdims=True) + normal * (weighted * normal).mean(-1, keepdims=True)
    expected = (weighted - shift) * scale, (g * normal).sum(0), g.sum(0)
    # Sums of 70 terms of up to 10, rounded to the dtype.
    tolerance = {"float64": 1e-13, "float32": 2e-5, "float16": 2e-2}[dtype]
    for result, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(result, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("shape", [(5, 4), (3, 4, 5)])
def test_gradients_of_channels(shape: tuple[int, ...]) -> None:
    x, grad = random(*shape), random(*shape, seed=3)
    weight, bias = random(4, seed=1), random(4, seed=2)
    _, mean, rstd = tk.batch_norm(x, weight, bias)
    by_x, by_weight, by_bias = tk.batch_norm_backward(grad, x, mean, rstd, weight)
    check_slopes(lambda at: (tk.batch_norm(at, weight, bias)[0] * grad).sum(), x, by_x)
    check_slopes(lambda at: (tk.batch_norm(x, at, bias)[0] * grad).sum(), weight, by_weight)
    check_slopes(lambda at: (tk.batch_norm(x, weight, at)[0] * grad).sum(), bias, by_bias)
    running = (mean + 0.5, 1 / rstd**2)
    fixed = {"training": False}
    _, mean, rstd = tk.batch_norm(x, weight, bias, *running, **fixed)
    by_x, by_weight, _ = tk.batch_norm_backward(grad, x, mean, rstd, weight, **fixed)
    check_slopes(
        lambda at: (tk.batch_norm(at, weight, bias, *running, **fixed)[0] * grad).sum(), x, by_x
    )
    _, mean, rstd = tk.group_norm(x, 2, weight, bias)
    by_x, by_weight, by_bias = tk.group_norm_backward(grad, x, 2, mean, rstd, weight)
    check_slopes(lambda at: (tk.group_norm(at, 2, weight, bias)[0] * grad).sum(), x, by_x)
    check_slopes(lambda at: (tk.group_norm(x, 2, at, bias)[0] * grad).sum(), weight, by_weight)
    check_slopes(lambda at: (tk.group_norm(x, 2, weight, at)[0] * grad).sum(), bias, by_bias)


def test_layouts_and_out() -> None:
    x = random(6, 8, 10)
    for seen in (x.transpose(2, 1, 0), x[::-1, ::2], np.broadcast_to(x[:, :1], x.shape)):
        plain = np.ascontiguousarray(seen)
        for function in (tk.layer_norm, tk.batch_norm, lambda x, **k: tk.group_norm(x, 2, **k)):
            wanted = function(plain)[0]
            np.testing.assert_array_equal(function(seen)[0], wanted)
            out = np.empty(seen.shape[::-1]).T
            assert function(seen, out=out)[0] is out
            np.testing.assert_array_equal(out, wanted)
            inside = plain.copy()
            function(inside, out=inside)
            np.testing.assert_array_equal(inside, wanted)


def test_empty() -> None:
    assert tk.layer_norm(np.ones((0, 4)))[0].shape == (0, 4)
    assert tk.group_norm(np.ones((0, 4, 3)), 2)[1].shape == (0,)
    result, mean, rstd = tk.layer_norm(np.ones((0, 4)))
    gradients = tk.layer_norm_backward(result, result, mean, rstd)
    np.testing.assert_array_equal(gradients[1], np.zeros(4))


def test_the_same_bits_alone_and_in_a_batch() -> None:
    x = random(64, 1025, dtype="float32")
    whole = tk.layer_norm(x)[0]
    images = x[:, :1024].reshape(64, 16, 8, 8)
    grouped = tk.group_norm(images, 4)[0]
    batch = tk.batch_norm(images)[0]
    tk.set_num_threads(1)
    np.testing.assert_array_equal(tk.layer_norm(x)[0], whole)
    np.testing.assert_array_equal(tk.batch_norm(images)[0], batch)
    for row in (0, 13, 63):
        np.testing.assert_array_equal(tk.layer_norm(x[row])[0], whole[row])
        np.testing.assert_array_equal(tk.group_norm(images[row : row + 1], 4)[0][0], grouped[row])


X, V = np.ones((4, 3)), np.ones(3)


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (TypeError, lambda: tk.layer_norm(np.ones((2, 3), int)), "x must be of a float dtype"),
        (ValueError, lambda: tk.layer_norm(np.array(1.0)), "at least 1 dimensions"),
        (ValueError, lambda: tk.layer_norm(X, np.ones(4)), r"weight must have the shape \(3,\)"),
        (TypeError, lambda: tk.layer_norm(X, V.astype("f")), "weight must be of dtype float64"),
        (ValueError, lambda: tk.layer_norm(X, out=np.ones((3, 3))), r"has \(4, 3\)"),
        (ValueError, lambda: tk.layer_norm_backward(X[1:], X, np.ones(4), np.ones(4)), "grad must"),
        (TypeError, lambda: tk.layer_norm_backward(X, X, None, np.ones(4)), "NoneType"),
        (ValueError, lambda: tk.batch_norm(V), "at least 2 dimensions"),
        (ValueError, lambda: tk.batch_norm(X[:1]), "more than one value for each channel"),
        (ValueError, lambda: tk.batch_norm(X, training=False), "are needed unless training"),
        (ValueError, lambda: tk.batch_norm(X, None, None, V), "come together"),
        (ValueError, lambda: tk.group_norm(X, 2), "2 groups for 3 channels"),
    ],
)
def test_errors(error: type[Exception], call: Callable[[], Any], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
