"""Fused steps over lists of arrays against the written formulas in double precision."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import taeda_kernels as tk
from tests.kernels.arrays import FLOATS, Array, close, fresh, same_bits, strided_like

SHAPES: list[tuple[int, ...]] = [(3, 5), (), (0,), (1000,), (4, 3, 2)]


def wide(arrays: list[Array]) -> list[Array]:
    return [array.astype("float64") for array in arrays]


def parameters(dtype: str, seed: int = 0) -> list[Array]:
    return [fresh(shape, dtype, seed + i) for i, shape in enumerate(SHAPES)]


def check(actual: list[Array], expected: list[Array], dtype: str) -> None:
    for a, e in zip(actual, expected, strict=True):
        close(a, e, dtype, scale=8)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("momentum", "dampening", "nesterov"),
    [(0.0, 0.0, False), (0.9, 0.0, False), (0.9, 0.5, False), (0.9, 0.0, True)],
)
@pytest.mark.parametrize(("weight_decay", "maximize"), [(0.0, False), (0.1, True)])
def test_sgd(
    dtype: str,
    momentum: float,
    dampening: float,
    nesterov: bool,
    weight_decay: float,
    maximize: bool,
) -> None:
    params, buffers = parameters(dtype), parameters(dtype, 20)
    for step in range(3):
        grads = parameters(dtype, 100 + step)
        want_params, want_buffers = wide(params), wide(buffers)
        for p, b, g in zip(want_params, want_buffers, wide(grads), strict=True):
            g = (-g if maximize else g) + weight_decay * p
            if momentum:
                b[...] = g if step == 0 else momentum * b + (1 - dampening) * g
                g = g + momentum * b if nesterov else b
            p[...] -= 0.05 * g
        tk.sgd_step(
            params,
            grads,
            buffers if momentum else None,
            lr=0.05,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
            maximize=maximize,
            first_step=step == 0,
        )
        check(params, want_params, dtype)
        if momentum:
            check(buffers, want_buffers, dtype)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("amsgrad", "decoupled", "maximize"), list(itertools.product((False, True), repeat=3))
)
def test_adam(dtype: str, amsgrad: bool, decoupled: bool, maximize: bool) -> None:
    params = parameters(dtype)
    first, second, largest = ([np.zeros_like(p) for p in params] for _ in range(3))
    for step in range(1, 4):
        grads = parameters(dtype, 100 + step)
        want = [wide(arrays) for arrays in (params, first, second, largest)]
        for p, m, v, top, g in zip(*want, wide(grads), strict=True):
            g = -g if maximize else g
            if decoupled:
                p[...] *= 1 - 0.01 * 0.1
            else:
                g = g + 0.1 * p
            m[...] += 0.1 * (g - m)
            v[...] = 0.99 * v + 0.01 * g * g
            top[...] = np.maximum(top, v) if amsgrad else top
            root = np.sqrt(top if amsgrad else v) / np.sqrt(1 - 0.99**step)
            p[...] -= 0.01 / (1 - 0.9**step) * m / (root + 1e-3)
        tk.adam_step(
            params,
            grads,
            first,
            second,
            largest if amsgrad else None,
            step=step,
            lr=0.01,
            beta2=0.99,
            eps=1e-3,
            weight_decay=0.1,
            maximize=maximize,
            decoupled_weight_decay=decoupled,
        )
        for actual, expected in zip((params, first, second, largest), want, strict=True):
            check(actual, expected, dtype)


def by_formula(
    name: str, p: Array, g: Array, a: Array, b: Array, c: Array, t: int, o: dict[str, Any]
) -> None:
    """Step t of each optimiser in place, as its docstring has it; a, b, c are its state."""
    lr, eps = 0.05, 1e-3
    g = (-g if o.get("maximize") else g) + o.get("weight_decay", 0) * p
    if name == "rmsprop_step":
        a[...] = 0.9 * a + 0.1 * g * g
        square = a
        if "grad_avgs" in o:
            c[...] += 0.1 * (g - c)
            square = a - c * c
        step = g / (np.sqrt(square) + eps)
        if "momentum" in o:
            b[...] = step = o["momentum"] * b + step
        p[...] -= lr * step
    elif name == "adagrad_step":
        a[...] += g * g
        p[...] -= lr / (1 + (t - 1) * 0.1) * g / (np.sqrt(a) + eps)
    elif name == "adadelta_step":
        a[...] = 0.9 * a + 0.1 * g * g
        step = np.sqrt(b + eps) / np.sqrt(a + eps) * g
        b[...] = 0.9 * b + 0.1 * step * step
        p[...] -= lr * step
    else:
        a[...] = 0.9 * a + 0.1 * g
        moment = lr * a / (1 - 0.9**t)
        if name == "adamax_step":
            b[...] = np.maximum(0.8 * b, np.abs(g) + eps)
            p[...] -= moment / b
            return
        b[...] = 0.8 * b + 0.2 * g * g
        root = np.sqrt(b) / np.sqrt(1 - 0.8**t) + eps
        if name == "nadam_step":
            mu, after = (0.9 * (1 - 0.5 * 0.96 ** (i * 0.004)) for i in (t, t + 1))
            product = o["mu_product"]
            step = after * a / (1 - product * after) + (1 - mu) * g / (1 - product)
            p[...] -= lr * step / root
        else:
            n = 2 / (1 - 0.8) - 1
            length = n - 2 * t * 0.8**t / (1 - 0.8**t)
            if length > 5:
                factor = (length - 4) * (length - 2) * n / ((n - 4) * (n - 2) * length)
                moment *= np.sqrt(factor) * np.sqrt(1 - 0.8**t) / (np.sqrt(b) + eps)
            p[...] -= moment


KIN: list[tuple[str, dict[str, Any]]] = [
    ("rmsprop_step", {}),
    ("rmsprop_step", {"momentum": 0.9, "maximize": True}),
    ("rmsprop_step", {"grad_avgs": True, "weight_decay": 0.1}),
    ("rmsprop_step", {"grad_avgs": True, "momentum": 0.5}),
    ("adagrad_step", {"weight_decay": 0.1, "maximize": True}),
    ("adadelta_step", {"weight_decay": 0.1, "maximize": True}),
    ("adamax_step", {"weight_decay": 0.1}),
    ("nadam_step", {"weight_decay": 0.1}),
    ("radam_step", {"weight_decay": 0.1}),
]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("name", "options"), KIN)
def test_kin(name: str, options: dict[str, Any], dtype: str) -> None:
    params = parameters(dtype)
    states = [[np.zeros_like(p) for p in params] for _ in range(3)]
    product = 1.0
    for t in range(1, 9):
        grads = parameters(dtype, 100 + t)
        product *= 0.9 * (1 - 0.5 * 0.96 ** (t * 0.004))
        now = {**options, "mu_product": product} if name == "nadam_step" else options
        want = [wide(params), *(wide(state) for state in states)]
        for p, g, a, b, c in zip(want[0], wide(grads), *want[1:], strict=True):
            by_formula(name, p, g, a, b, c, t, now)
        given: dict[str, Any] = {"lr": 0.05, "eps": 1e-3, **now}
        lists = [states[0], states[1]]
        if name == "rmsprop_step":
            given["alpha"] = 0.9
            lists = [states[0], states[1] if "momentum" in options else None]  # type: ignore[list-item]
            if given.pop("grad_avgs", False):
                lists.append(states[2])
        elif name == "adagrad_step":
            lists, given["lr_decay"] = [states[0]], 0.1
        elif name != "adadelta_step":
            given["beta2"] = 0.8
        if name not in ("rmsprop_step", "adadelta_step"):
            given["step"] = t
        getattr(tk, name)(params, grads, *lists, **given)
        for actual, expected in zip((params, *states), want, strict=True):
            check(actual, expected, dtype)


def test_arrays_of_any_strides() -> None:
    values, grads = fresh((4, 6), "float32"), fresh((4, 6), "float32", 1)
    param, first, second = (strided_like((4, 6), "float32") for _ in range(3))
    param[...], first[...], second[...] = values, 0, 0
    plain = [values, np.zeros_like(values), np.zeros_like(values)]
    tk.adam_step([plain[0]], [grads], [plain[1]], [plain[2]], step=1)
    tk.adam_step([param], [np.asfortranarray(grads)], [first], [second], step=1)
    for actual, expected in zip((param, first, second), plain, strict=True):
        np.testing.assert_array_equal(actual, expected)
    tk.sgd_step([], [], lr=1.0)


def test_same_bits() -> None:
    grad = fresh((70001,), "float32", 1)
    results = []
    for count in (1, 2):
        param, first, second = fresh((70001,), "float32"), np.zeros_like(grad), np.zeros_like(grad)
        tk.set_num_threads(count)
        tk.adam_step([param], [grad], [first], [second], step=1)
        tk.sgd_step([param], [grad], [first], lr=0.1, momentum=0.9)
        results.append((param, first, second))
    for actual, wanted in zip(*results, strict=True):
        same_bits(actual, wanted)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_block_of_every_array(count: int) -> None:
    sizes = [70001, 5, 0, 32768, 200_000, 32769]
    params = [fresh((size,), "float32", i) for i, size in enumerate(sizes)]
    grads = [fresh((size,), "float32", i + 9) for i, size in enumerate(sizes)]
    pairs = zip(wide(params), wide(grads), strict=True)
    wanted = [param - 0.1 * grad for param, grad in pairs]
    tk.set_num_threads(count)
    tk.sgd_step(params, grads, lr=0.1)
    for param, want in zip(params, wanted, strict=True):
        close(param, want, "float32", scale=2)


P, Q = np.ones(3), np.ones(3, "float32")
READ_ONLY = np.ones(3)
READ_ONLY.flags.writeable = False


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: tk.sgd_step([P], [], lr=1.0), "1 params need as many grads, got 0"),
        (TypeError, lambda: tk.sgd_step(P, [P], lr=1.0), "params must be a list of arrays"),
        (TypeError, lambda: tk.sgd_step([P, Q], [P, Q], lr=1.0), "of dtype float64, got float32"),
        (TypeError, lambda: tk.sgd_step([P], [Q], lr=1.0), "grads must be of dtype float64"),
        (ValueError, lambda: tk.sgd_step([P], [P[:2]], lr=1.0), r"grads must have the shape \(3,"),
        (TypeError, lambda: tk.sgd_step([np.arange(3)], [P], lr=1.0), "must be of a float dtype"),
        (ValueError, lambda: tk.sgd_step([READ_ONLY], [P], lr=1.0), "read-only"),
        (ValueError, lambda: tk.sgd_step([P], [P], [P], lr=1.0), "needed with momentum, and only"),
        (ValueError, lambda: tk.sgd_step([P], [P], lr=1.0, momentum=0.9), "momentum is 0.9"),
        (ValueError, lambda: tk.adam_step([P], [P], [P], [P], step=0), "step counts from 1, got 0"),
        (ValueError, lambda: tk.adam_step([P], [P], [P], [], step=1), "as many exp_avg_sqs, got 0"),
        (
            ValueError,
            lambda: tk.radam_step([P], [P], [P], [P], step=0),
            "step counts from 1, got 0",
        ),
        (ValueError, lambda: tk.rmsprop_step([P], [P], [P], momentum=0.9), "momentum is 0.9"),
        (ValueError, lambda: tk.adagrad_step([P], [P], [], step=1), "as many sums, got 0"),
        (
            ValueError,
            lambda: tk.sgd_step([np.broadcast_to(1.0, 3).copy()], [P[:1]], lr=1.0),
            r"must have the shape \(3,\), got \(1,\)",
        ),
    ],
)
def test_errors(error: type[Exception], call: Callable[[], Any], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
