"""What products and convolutions do to gradients beyond the spec rows."""

from __future__ import annotations

import numpy as np
import pytest

import taeda_autograd  # noqa: F401
import taeda_tensor as tt


def inputs_of(shapes: list[tuple[int, ...]], dtype: tt.dtype = tt.float64) -> list[tt.Tensor]:
    random = np.random.default_rng(7)
    return [tt.tensor(random.standard_normal(s)).to(dtype).requires_grad_() for s in shapes]


@pytest.mark.parametrize("a_shape", [(0, 4), (2, 0, 4)])
def test_empty(a_shape: tuple[int, ...]) -> None:
    x, weight, bias = inputs_of([a_shape, (3, 4), (3,)])
    tt.linear(x, weight, bias).sum().backward()
    assert x.grad.shape == x.shape
    assert weight.grad.tolist() == [[0.0] * 4] * 3
    assert bias.grad.tolist() == [0.0] * 3
    a, b = inputs_of([(3, 0), (0, 2)])
    (a @ b).sum().backward()
    assert a.grad.shape == a.shape
    assert b.grad.shape == b.shape


def test_larger_gradients_in_float32() -> None:
    x, weight, bias = inputs_of([(64, 300), (70, 300), (70,)], tt.float32)
    scale = np.random.default_rng(1).standard_normal((64, 70))
    (tt.linear(x, weight, bias) * tt.tensor(scale).float()).sum().backward()
    np.testing.assert_allclose(
        weight.grad.numpy(), scale.T @ x.detach().double().numpy(), rtol=1e-4, atol=1e-4
    )
    np.testing.assert_allclose(
        x.grad.numpy(), scale @ weight.detach().double().numpy(), rtol=1e-4, atol=1e-4
    )
    np.testing.assert_allclose(bias.grad.numpy(), scale.sum(0), rtol=1e-4, atol=1e-4)


def test_gradients_have_the_same_bits_with_any_number_of_threads() -> None:
    shapes = [(16, 8, 20, 20), (24, 8, 3, 3), (24,)]
    found = []
    for count in (1, 2, 3):
        tt.set_num_threads(count)
        inputs = inputs_of(shapes, tt.float32)
        x, weight, bias = inputs
        tt.conv2d(x, weight, bias, padding=1).square().sum().backward()
        found.append([t.grad.numpy() for t in inputs])
    for other in found[1:]:
        for first, second in zip(found[0], other, strict=True):
            assert np.array_equal(first, second)
