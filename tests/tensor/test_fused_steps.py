"""Fused optimiser steps against their formulas in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import taeda_tensor as tt

SHAPES = [(3,), (2, 5), (), (0,), (70, 901)]


def arrays(seed: int, dtype: type = np.float64) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [np.asarray(random.standard_normal(shape), dtype) for shape in SHAPES]


def tensors(values: list[np.ndarray]) -> list[tt.Tensor]:
    return [tt.tensor(value) for value in values]


def assert_close(actual: list[tt.Tensor], expected: list[np.ndarray], rtol: float) -> None:
    for a, e in zip(actual, expected, strict=True):
        np.testing.assert_allclose(a.numpy(), e, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("maximize", [False, True])
def test_sgd(dtype: type, nesterov: bool, first: bool, maximize: bool) -> None:
    p, g, b = arrays(0, dtype), arrays(1, dtype), arrays(2, dtype)
    lr, momentum, dampening, decay = 0.1, 0.9, 0.0 if nesterov else 0.3, 0.05
    mine, buffers = tensors(p), tensors(b)
    tt._fused_sgd_(
        mine, tensors(g), buffers, lr, momentum, dampening, decay, nesterov, maximize, first
    )
    for i in range(len(p)):
        step = (-g[i] if maximize else g[i]) + decay * p[i]
        b[i] = step if first else momentum * b[i] + (1 - dampening) * step
        p[i] = p[i] - lr * (step + momentum * b[i] if nesterov else b[i])
    tolerance = 1e-6 if dtype is np.float32 else 1e-14
    assert_close(mine, p, tolerance)
    assert_close(buffers, b, tolerance)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("amsgrad", [False, True])
@pytest.mark.parametrize("decoupled", [False, True])
@pytest.mark.parametrize("maximize", [False, True])
def test_adam(dtype: type, amsgrad: bool, decoupled: bool, maximize: bool) -> None:
    p = arrays(0, dtype)
    m, v, largest = ([np.zeros_like(each) for each in p] for _ in range(3))
    mine, states = tensors(p), [tensors(m), tensors(v), tensors(largest)]
    lr, beta1, beta2, eps, decay = 0.01, 0.9, 0.99, 1e-8, 0.1
    for step in (1, 2, 3):
        g = arrays(step, dtype)
        tt._fused_adam_(
            *(mine, tensors(g), states[0], states[1], states[2] if amsgrad else [], step, lr),
            *(beta1, beta2, eps, decay, amsgrad, maximize, decoupled),
        )
        for i in range(len(p)):
            gradient = -g[i] if maximize else g[i]
            if decoupled:
                p[i] = p[i] * (1 - lr * decay)
            else:
                gradient = gradient + decay * p[i]
            m[i] = beta1 * m[i] + (1 - beta1) * gradient
            v[i] = beta2 * v[i] + (1 - beta2) * gradient**2
            largest[i] = np.maximum(largest[i], v[i])
            root = np.sqrt(largest[i] if amsgrad else v[i]) / np.sqrt(1 - beta2**step)
            p[i] = p[i] - lr / (1 - beta1**step) * m[i] / (root + eps)
    assert_close(mine, p, 1e-5 if dtype is np.float32 else 1e-12)


@pytest.mark.parametrize("dtype", [tt.float16, tt.bfloat16])
def test_half_precision(dtype: tt.dtype) -> None:
    p = tt.linspace(-1, 1, 2000).to(dtype)
    g = tt.linspace(2, -3, 2000).to(dtype)
    expected = (p.to(tt.float64) - 0.1 * g.to(tt.float64)).numpy()
    tt._fused_sgd_([p], [g], [], 0.1, 0, 0, 0, False, False, False)
    np.testing.assert_allclose(p.to(tt.float64).numpy(), expected, atol=0.02, rtol=0.01)


def test_strided_parameters_and_versions() -> None:
    base = tt.arange(12.0).reshape(3, 4)
    p, g = base.t(), tt.ones(4, 3)
    before = base._version
    tt._fused_sgd_([p], [g], [], 1.0, 0, 0, 0, False, False, False)
    assert base.numpy().tolist() == (np.arange(12.0).reshape(3, 4) - 1).tolist()
    assert base._version > before


LAYOUTS = {
    "rows": lambda x: x.contiguous(),
    "columns": lambda x: x.t().contiguous().t(),
    "gaps": lambda x: tt.stack((x, x), 2)[:, :, 0],
}


@pytest.mark.parametrize("parameter", LAYOUTS)
@pytest.mark.parametrize("gradient", LAYOUTS)
@pytest.mark.parametrize("state", LAYOUTS)
def test_layouts_do_not_change_a_step(parameter: str, gradient: str, state: str) -> None:
    values = [tt.randn(5, 7) for _ in range(3)]
    expected = [value.clone() for value in values]
    p, g, b = (
        LAYOUTS[layout](value)
        for layout, value in zip((parameter, gradient, state), values, strict=True)
    )
    settings = (0.1, 0.9, 0.0, 0.01, False, False, False)
    tt._fused_sgd_([p], [g], [b], *settings)
    tt._fused_sgd_([expected[0]], [expected[1]], [expected[2]], *settings)
    assert tt.equal(p, expected[0])
    assert tt.equal(b, expected[2])


def test_errors() -> None:
    p = [tt.ones(3)]
    with pytest.raises(RuntimeError, match="1 params need as many grads, got 0"):
        tt._fused_sgd_(p, [], [], 0.1, 0, 0, 0, False, False, False)
    with pytest.raises(RuntimeError, match=r"\(3,\).*\(4,\)"):
        tt._fused_sgd_(p, [tt.ones(4)], [], 0.1, 0, 0, 0, False, False, False)
    with pytest.raises(TypeError, match="NoneType"):
        tt._fused_sgd_(p, [None], [], 0.1, 0, 0, 0, False, False, False)
    with pytest.raises(ValueError, match="from 1"):
        tt._fused_adam_(p, p, p, p, [], 0, 0.1, 0.9, 0.99, 0, 0, False, False, False)
