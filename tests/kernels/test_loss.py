"""Negative log-likelihood and cross-entropy of arrays, against NumPy in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import log_softmax

import taeda_kernels as tk

Array = np.ndarray[Any, Any]

TOLERANCE = {"float16": 4e-3, "float32": 2e-6, "float64": 1e-13}
SHAPES = [(5,), (4, 3), (300, 10), (2, 3, 4), (2, 5, 3, 2)]


def random(*shape: int, seed: int = 0, dtype: str = "float64") -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def targets(shape: tuple[int, ...], seed: int = 1) -> Array:
    axis = 0 if len(shape) == 1 else 1
    rest = shape[:axis] + shape[axis + 1 :]
    target = np.random.default_rng(seed).integers(0, shape[axis], rest)
    if target.size > 3:
        target.flat[1] = -100
    return target


def losses(scores: Array, target: Array, weight: Array, smoothing: float) -> tuple[Array, Array]:
    """The loss and the weight of each position."""
    axis = 0 if scores.ndim == 1 else 1
    last = np.moveaxis(scores.astype(np.float64), axis, -1)
    counted = target != -100
    safe = np.where(counted, target, 0)
    weights = weight[safe] * counted
    nll = -np.take_along_axis(last, safe[..., None], -1)[..., 0] * weights
    uniform = -(last * weight).sum(-1) * counted / last.shape[-1]
    return (1 - smoothing) * nll + smoothing * uniform, weights


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("shape", SHAPES)
def test_values(shape: tuple[int, ...], dtype: str) -> None:
    axis = 0 if len(shape) == 1 else 1
    x, target = random(*shape, dtype=dtype), targets(shape)
    weight = np.abs(random(shape[axis], seed=2, dtype=dtype)) + np.ones(1, dtype)
    scores = log_softmax(x.astype("float64"), axis)
    for given in (None, weight):
        factors = np.ones(shape[axis]) if given is None else weight.astype("float64")
        for smoothing in (0.0, 0.2):
            each, weights = losses(scores, target, factors, smoothing)
            wanted = {"none": each, "sum": each.sum(), "mean": each.sum() / weights.sum()}
            for reduction, value in wanted.items():
                options = {"reduction": reduction, "label_smoothing": smoothing}
                loss = tk.cross_entropy(x, target, given, **options)[0]
                assert loss.shape == value.shape
                assert loss.dtype == dtype
                tolerance = TOLERANCE[dtype] * 4
                np.testing.assert_allclose(loss, value, rtol=tolerance, atol=tolerance)
        each, weights = losses(x, target, factors, 0.0)
        np.testing.assert_allclose(
            tk.nll_loss(x, target, given)[0],
            each.sum() / weights.sum(),
            rtol=TOLERANCE[dtype] * 4,
            atol=TOLERANCE[dtype] * 4,
        )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_gradients(shape: tuple[int, ...], reduction: str) -> None:
    axis = 0 if len(shape) == 1 else 1
    x, target = random(*shape), targets(shape)
    weight = np.abs(random(shape[axis], seed=2)) + 1
    for smoothing in (0.0, 0.2):
        options: dict[str, Any] = {"reduction": reduction, "label_smoothing": smoothing}
        loss, total, state = tk.cross_entropy(x, target, weight, **options)
        grad = random(*loss.shape, seed=4)
        actual = tk.cross_entropy_backward(grad, x, target, total, state, weight, **options)
        for flat in np.random.default_rng(5).integers(0, x.size, 4):
            step = np.zeros_like(x)
            step.flat[flat] = 1e-5
            high, low = (
                tk.cross_entropy(x + s, target, weight, **options)[0] for s in (step, -step)
            )
            slope = ((high - low) * grad).sum() / 2e-5
            # Central differences of values around one are good to about 1e-10.
            assert np.isclose(actual.flat[flat], slope, rtol=1e-6, atol=1e-8)
    loss, total = tk.nll_loss(x, target, weight, reduction=reduction)
    grad = np.ones_like(loss)
    actual = tk.nll_loss_backward(grad, x, target, total, weight, reduction=reduction)
    # The loss is linear in x.
    again = tk.nll_loss(x, target, weight, reduction=reduction)[0].sum()
    np.testing.assert_allclose((actual * x).sum(), again)


def test_layouts_and_out() -> None:
    x, target = random(4, 6), np.array([0, 3, 5, 1], np.int32)
    wanted = tk.cross_entropy(x, target, reduction="none")[0]
    np.testing.assert_array_equal(
        tk.cross_entropy(np.asfortranarray(x), target, reduction="none")[0], wanted
    )
    out = np.zeros(8, np.float64)
    assert tk.cross_entropy(x, target, reduction="none", out=out[::2])[0].base is out
    np.testing.assert_array_equal(out[::2], wanted)
    with pytest.raises(ValueError, match="overlaps"):
        tk.cross_entropy(x, target, reduction="none", out=x[:, 0])


def test_the_same_bits_alone_and_in_a_batch() -> None:
    x, target = random(200, 33, dtype="float32"), np.arange(200) % 33
    whole = tk.cross_entropy(x, target, reduction="none")[0]
    for row in (0, 77, 199):
        alone = tk.cross_entropy(x[row], target[row : row + 1].reshape(()), reduction="none")[0]
        np.testing.assert_array_equal(alone, whole[row])


X, T = np.ones((2, 3)), np.array([0, 2])


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (IndexError, lambda: tk.cross_entropy(X, T + 1), "target 3 at position 1 is out of range"),
        (IndexError, lambda: tk.nll_loss(X, -T), "target -2"),
        (ValueError, lambda: tk.nll_loss(X, T[:1]), r"target must have the shape \(2,\)"),
        (TypeError, lambda: tk.nll_loss(X, T * 1.0), "target must be integers"),
        (TypeError, lambda: tk.nll_loss(X.astype(int), T), "float dtype"),
        (ValueError, lambda: tk.nll_loss(X, T, np.ones(2)), r"weight must have the shape \(3,\)"),
        (ValueError, lambda: tk.nll_loss(X, T, reduction="max"), "reduction must be"),
        (ValueError, lambda: tk.cross_entropy(X, T, label_smoothing=2), "label_smoothing must lie"),
        (ValueError, lambda: tk.nll_loss(np.array(1.0), T), "an axis of classes"),
    ],
)
def test_errors(error: type[Exception], call: Callable[[], Any], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
