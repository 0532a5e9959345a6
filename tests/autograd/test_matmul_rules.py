"""First and second derivatives of products and convolutions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import taeda_autograd
import taeda_tensor as tt

Case = tuple[Callable[..., Any], list[tuple[int, ...]]]

PRODUCTS: dict[str, Case] = {
    "mm": (lambda a, b: a @ b, [(3, 4), (4, 2)]),
    "vector_vector": (lambda a, b: a @ b, [(4,), (4,)]),
    "matrix_vector": (lambda a, b: a @ b, [(3, 4), (4,)]),
    "vector_matrix": (lambda a, b: a @ b, [(4,), (4, 2)]),
    "batch_matrix": (lambda a, b: a @ b, [(2, 3, 4), (4, 2)]),
    "batch_vector": (lambda a, b: a @ b, [(2, 3, 4), (4,)]),
    "vector_batch": (lambda a, b: a @ b, [(4,), (2, 4, 3)]),
    "matrix_batch": (lambda a, b: a @ b, [(3, 4), (2, 4, 2)]),
    "broadcast": (lambda a, b: a @ b, [(2, 1, 3, 4), (3, 4, 2)]),
    "transposed": (lambda a, b: a.t() @ b.t(), [(4, 3), (2, 4)]),
    "square": (lambda a: a @ a, [(3, 3)]),
    "addmm": (lambda c, a, b: tt.addmm(c, a, b, beta=0.5, alpha=2), [(2,), (3, 4), (4, 2)]),
    "baddbmm": (tt.baddbmm, [(1, 3, 1), (2, 3, 4), (2, 4, 2)]),
    "linear": (tt.linear, [(3, 4), (5, 4), (5,)]),
    "linear_batch": (tt.linear, [(2, 3, 4), (5, 4), (5,)]),
    "linear_vector": (tt.linear, [(4,), (5, 4), (5,)]),
    "linear_plain": (lambda x, w: tt.linear(x, w), [(3, 4), (5, 4)]),
    "linear_moved": (lambda x, w: tt.linear(x.transpose(0, 1), w), [(3, 2, 4), (5, 4)]),
}


def conv(**options: Any) -> Callable[..., Any]:
    return lambda x, weight, *bias: tt.conv2d(x, weight, *bias, **options)


CONVOLUTIONS: dict[str, Case] = {
    "plain": (conv(), [(2, 3, 5, 4), (2, 3, 3, 2), (2,)]),
    "padded": (conv(padding=1), [(2, 2, 3, 3), (3, 2, 3, 3), (3,)]),
    "strided": (conv(stride=(2, 3), padding=(1, 0)), [(1, 2, 6, 8), (2, 2, 3, 2)]),
    "rest": (conv(stride=2), [(1, 1, 6, 6), (1, 1, 3, 3)]),
    "apart": (conv(stride=3), [(1, 1, 7, 7), (1, 1, 2, 2)]),
    "dilated": (conv(dilation=2, padding=2), [(1, 1, 5, 5), (2, 1, 3, 3)]),
    "groups": (conv(groups=2, padding=1), [(1, 4, 3, 3), (6, 2, 3, 3), (6,)]),
    "depthwise": (conv(groups=3), [(2, 3, 4, 4), (3, 1, 2, 2)]),
    "same": (conv(padding="same"), [(1, 1, 3, 4), (1, 1, 2, 2)]),
    "single": (conv(), [(2, 4, 4), (2, 2, 2, 2)]),
    "conv1d": (
        lambda x, w, b: tt.conv1d(x, w, b, stride=2, padding=1),
        [(2, 2, 7), (3, 2, 3), (3,)],
    ),
}


def inputs_of(shapes: list[tuple[int, ...]], dtype: tt.dtype = tt.float64) -> list[tt.Tensor]:
    random = np.random.default_rng(7)
    return [tt.tensor(random.standard_normal(s)).to(dtype).requires_grad_() for s in shapes]


@pytest.mark.parametrize("name", PRODUCTS)
def test_products(name: str) -> None:
    function, shapes = PRODUCTS[name]
    inputs = inputs_of(shapes)
    assert taeda_autograd.gradcheck(function, inputs)
    assert taeda_autograd.gradgradcheck(function, inputs)


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolutions(name: str) -> None:
    function, shapes = CONVOLUTIONS[name]
    inputs = inputs_of(shapes)
    assert taeda_autograd.gradcheck(function, inputs)
    assert taeda_autograd.gradgradcheck(function, inputs)


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
    function, shapes = conv(padding=1), [(16, 8, 20, 20), (24, 8, 3, 3), (24,)]
    threads = tt.get_num_threads()
    found = []
    try:
        for count in (1, 2, 3):
            tt.set_num_threads(count)
            inputs = inputs_of(shapes, tt.float32)
            function(*inputs).square().sum().backward()
            found.append([t.grad.numpy() for t in inputs])
    finally:
        tt.set_num_threads(threads)
    for other in found[1:]:
        for first, second in zip(found[0], other, strict=True):
            assert np.array_equal(first, second)
