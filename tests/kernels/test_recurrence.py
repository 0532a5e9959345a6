"""Recurrent layers against their formulas, step by step in double precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

import taeda_kernels as tk
from tests.kernels.arrays import Array, close, fresh, same_bits

GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}
SIZES = [[3, 3, 3], [5, 4, 4, 1, 0], [1], [33] * 6, []]


def operands(mode: str, sizes: list[int], width: int, dtype: str) -> dict[str, Any]:
    gates, count = GATES[mode] * width, sizes[0] if sizes else 0
    return {
        "projected": fresh((sum(sizes), gates), dtype, 1),
        "hidden": fresh((count, width), dtype, 2),
        "cell": fresh((count, width), dtype, 3) if mode == "LSTM" else None,
        "weight": (fresh((gates, width), dtype, 4) / np.sqrt(width)).astype(dtype),
        "bias": fresh((gates,), dtype, 5) if mode == "GRU" else None,
    }


def step(mode: str, x: Array, u: Array, hidden: Array, cell: Array) -> tuple[Array, Array]:
    if mode == "RNN_TANH":
        return np.tanh(x + u), cell
    if mode == "RNN_RELU":
        return np.maximum(x + u, 0), cell
    if mode == "LSTM":
        i, f, g, o = np.split(x + u, 4, 1)
        cell = expit(f) * cell + expit(i) * np.tanh(g)
        return expit(o) * np.tanh(cell), cell
    (x_r, x_z, x_n), (u_r, u_z, u_n) = np.split(x, 3, 1), np.split(u, 3, 1)
    z = expit(x_z + u_z)
    return (1 - z) * np.tanh(x_n + expit(x_r + u_r) * u_n) + z * hidden, cell


def reference(mode: str, sizes: list[int], reverse: bool, given: dict[str, Any]) -> list[Array]:
    wide = {k: None if v is None else v.astype("float64") for k, v in given.items()}
    hidden, states = wide["hidden"].copy(), np.zeros((sum(sizes), wide["hidden"].shape[1]))
    cell = np.zeros_like(hidden) if wide["cell"] is None else wide["cell"].copy()
    bias = 0 if wide["bias"] is None else wide["bias"]
    starts = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(int)
    for start, n in list(zip(starts, sizes, strict=True))[:: -1 if reverse else 1]:
        u = hidden[:n] @ wide["weight"].T + bias
        x = wide["projected"][start : start + n]
        hidden[:n], cell[:n] = step(mode, x, u, hidden[:n], cell[:n])
        states[start : start + n] = hidden[:n]
    return [states, hidden, cell]


def run(mode: str, sizes: list[int], reverse: bool, given: dict[str, Any]) -> list[Any]:
    return list(tk.recurrence(mode, *given.values(), sizes, reverse=reverse))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mode", GATES)
def test_values(mode: str, dtype: str) -> None:
    for sizes in SIZES:
        for width in (1, 7, 40):
            for reverse in (False, True):
                given = operands(mode, sizes, width, dtype)
                found = run(mode, sizes, reverse, given)
                expected = reference(mode, sizes, reverse, given)
                for a, b in zip(found[:2], expected, strict=False):
                    close(a, b, dtype, scale=8)
                if mode == "LSTM":
                    close(found[2], expected[2], dtype, scale=8)
                else:
                    assert found[2] is None


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("mode", GATES)
def test_gradients_are_derivatives(mode: str, reverse: bool) -> None:
    """By central differences in double precision: error about step^2 + rounding / step."""
    sizes, width, difference = [5, 4, 4, 1], 6, 1e-6
    given = operands(mode, sizes, width, "float64")
    states, _, _, kept = run(mode, sizes, reverse, given)
    grads = [fresh(shape, "float64", 7) for shape in (states.shape, (5, width), (5, width))]
    of_projected, of_sums, previous, of_hidden, of_cell = tk.recurrence_backward(
        mode,
        grads[0],
        states,
        kept,
        given["hidden"],
        given["cell"],
        given["weight"],
        sizes,
        reverse=reverse,
        grad_last=grads[1],
        grad_last_cell=grads[2] if mode == "LSTM" else None,
    )
    found = {"projected": of_projected, "hidden": of_hidden, "weight": of_sums.T @ previous}
    if mode == "LSTM":
        found["cell"] = of_cell
    if mode == "GRU":
        found["bias"] = of_sums.sum(0)
    for name, grad in found.items():
        direction = fresh(grad.shape, "float64", 8)
        sides = []
        for sign in (1, -1):
            moved = given | {name: given[name] + sign * difference * direction}
            results = reference(mode, sizes, reverse, moved)
            pairs = list(zip(results, grads, strict=True))[: 3 if mode == "LSTM" else 2]
            sides.append(sum(np.sum(a * b) for a, b in pairs))
        slope = (sides[0] - sides[1]) / (2 * difference)
        np.testing.assert_allclose(np.sum(grad * direction), slope, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("mode", GATES)
def test_gradients_that_are_left_out_are_zero(mode: str) -> None:
    sizes = [2, 2, 1]
    given = operands(mode, sizes, 5, "float64")
    states, _, _, kept = run(mode, sizes, False, given)
    rest = (states, kept, given["hidden"], given["cell"], given["weight"], sizes)
    zero = np.zeros((2, 5))
    bare = tk.recurrence_backward(mode, None, *rest, grad_last=zero + 1)
    full = tk.recurrence_backward(mode, np.zeros_like(states), *rest, grad_last=zero + 1)
    for a, b in zip(bare, full, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("mode", GATES)
def test_same_bits(mode: str) -> None:
    """Any number of threads, and a sequence alone."""
    sizes, width = [41] * 5, 70
    given = operands(mode, sizes, width, "float32")

    def both(given: dict[str, Any], sizes: list[int]) -> list[Array]:
        results = run(mode, sizes, False, given)
        states, kept = results[0], results[3]
        grads = tk.recurrence_backward(
            mode, states, states, kept, given["hidden"], given["cell"], given["weight"], sizes
        )
        return [x for x in (*results, *grads) if x is not None]

    tk.set_num_threads(1)
    expected = both(given, sizes)
    for count in (2, 3):
        tk.set_num_threads(count)
        for a, b in zip(both(given, sizes), expected, strict=True):
            same_bits(a, b)
    i = 17
    alone = dict(given)
    alone["projected"] = given["projected"][i::41]
    for name in ("hidden", "cell"):
        alone[name] = None if given[name] is None else given[name][i : i + 1]
    for a, b in zip(both(alone, [1] * 5), expected, strict=True):
        same_bits(a, b[i::41])


X, W = np.ones((4, 3)), np.ones((3, 3))
H = np.ones((2, 3))


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: tk.recurrence("TANH", X, H, None, W, None, [2, 2]), "mode must be"),
        (ValueError, lambda: tk.recurrence("GRU", X, H, None, W, None, [2, 2]), "weight must have"),
        (ValueError, lambda: tk.recurrence("RNN_TANH", X, H, H, W, None, [2, 2]), "takes a cell"),
        (
            ValueError,
            lambda: tk.recurrence("RNN_TANH", X, H, None, W, None, [1, 3]),
            r"sizes may not grow from step to step, got \(1, 3\)",
        ),
        (
            ValueError,
            lambda: tk.recurrence("RNN_TANH", X, H, None, W, None, [2, 1]),
            r"projected must have the shape \(3, 3\)",
        ),
        (
            TypeError,
            lambda: tk.recurrence("RNN_TANH", X, H, None, W.astype("float16"), None, [2, 2]),
            "weight must be of dtype float32 or float64, got float16",
        ),
    ],
)
def test_errors(error: type[Exception], call: Callable[[], Any], message: str) -> None:
    with pytest.raises(error, match=f"recurrence: .*{message}"):
        call()
