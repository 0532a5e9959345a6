"""The gradients of a linear layer's parameters, which are sums over shares of the rows."""

from __future__ import annotations

import numpy as np
import pytest

import taeda_tensor as tt
from taeda_autograd import grad as grad_of

# rows, outputs, inputs, and the rows of a share
CASES = [
    (128, 40, 50, 128),
    (767, 33, 65, 768),
    (768, 384, 128, 384),
    (1000, 7, 300, 512),
    (2048, 512, 128, 512),
    (2048, 700, 600, 1024),
    (1024, 700, 600, 1024),
    (3100, 5, 3, 448),
    (7000, 1, 90, 448),
    (7000, 90, 1, 448),
]
# The roundings of n numbers about 1 add up like the square root of n.
TOLERANCE = {tt.float32: 1e-5, tt.float64: 1e-14, tt.bfloat16: 5e-3, tt.float16: 1e-3}


def operands(rows: int, *columns: int, dtype: tt.dtype = tt.float32) -> list[tt.Tensor]:
    random = np.random.default_rng(3)
    return [tt.tensor(random.standard_normal((rows, n))).to(dtype) for n in columns]


def gradients(grad: tt.Tensor, x: tt.Tensor) -> tuple[tt.Tensor, tt.Tensor]:
    weight = tt.zeros(grad.shape[-1], x.shape[-1], dtype=x.dtype, requires_grad=True)
    bias = tt.zeros(grad.shape[-1], dtype=x.dtype, requires_grad=True)
    tt.linear(x, weight, bias).backward(grad)
    return weight.grad, bias.grad


def assert_same_bits(
    found: tuple[tt.Tensor, tt.Tensor], wanted: tuple[tt.Tensor, tt.Tensor]
) -> None:
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("case", CASES, ids=str)
def test_values(case: tuple[int, ...], dtype: tt.dtype) -> None:
    rows, outputs, inputs, _ = case
    grad, x = operands(rows, outputs, inputs, dtype=dtype)
    g, values = grad.double().numpy(), x.double().numpy()
    for found, wanted in zip(gradients(grad, x), (g.T @ values, g.sum(0)), strict=True):
        scaled = TOLERANCE[dtype] * np.sqrt(rows)
        np.testing.assert_allclose(
            found.double().numpy(), wanted, rtol=TOLERANCE[dtype], atol=scaled
        )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_shares_are_added_in_their_order(case: tuple[int, ...]) -> None:
    rows, outputs, inputs, share = case
    grad, x = operands(rows, outputs, inputs)
    weight = bias = None
    for first in range(0, rows, share):
        g, part = grad[first : first + share], x[first : first + share]
        product, total = g.t() @ part, g.sum(0)
        weight = product if weight is None else weight + product
        bias = total if bias is None else bias + total
    assert weight is not None
    assert bias is not None
    assert_same_bits(gradients(grad, x), (weight, bias))


def test_threads_do_not_matter() -> None:
    grad, x = operands(2048, 300, 130)
    expected = gradients(grad, x)
    for count in (1, 2, 3, 5):
        tt.set_num_threads(count)
        assert_same_bits(gradients(grad, x), expected)


def test_layouts_do_not_matter() -> None:
    grad, x = operands(1536, 70, 40)
    expected = gradients(grad, x)
    across = [t.t().contiguous().t() for t in (grad, x)]
    spread = [tt.cat([t, t], 1)[:, : t.shape[1]] for t in (grad, x)]
    batch = [t.reshape(3, 512, -1) for t in (grad, x)]
    for other in (across, spread, batch):
        assert_same_bits(gradients(*other), expected)
    ones = tt.ones(()).expand(1536, 70)
    assert_same_bits(gradients(ones, x), gradients(ones.contiguous(), x))


def test_a_frozen_weight_leaves_the_bias_its_gradient() -> None:
    grad, x = operands(900, 12, 20)
    weight, bias = tt.zeros(12, 20), tt.zeros(12, requires_grad=True)
    tt.linear(x, weight, bias).backward(grad)
    assert weight.grad is None
    # The sum alone takes all rows together.
    np.testing.assert_array_equal(bias.grad.numpy(), grad.sum(0).numpy())


@pytest.mark.parametrize("shape", [(0, 3, 4), (2000, 0, 4), (2000, 3, 0), (2000, 0, 0)], ids=str)
def test_empty(shape: tuple[int, int, int]) -> None:
    rows, outputs, inputs = shape
    weight, bias = gradients(tt.ones(rows, outputs), tt.ones(rows, inputs))
    assert tuple(weight.shape) == (outputs, inputs)
    assert bias.tolist() == [float(rows)] * outputs
    assert not weight.any()


@pytest.mark.parametrize(
    "product",
    [
        lambda x, b: x @ b,
        lambda x, b: tt.addmm(tt.zeros(6, dtype=tt.float64), x, b),
        lambda x, b: tt.linear(x, b.t(), tt.zeros(6, dtype=tt.float64)),
    ],
    ids=["matmul", "addmm", "linear"],
)
def test_second_derivatives(product) -> None:
    x, v, b = [*operands(800, 9, 6, dtype=tt.float64), tt.randn(9, 6, dtype=tt.float64)]
    x.requires_grad_()
    v.requires_grad_()
    b.requires_grad_()
    (first,) = grad_of(product(x, b), b, v, create_graph=True)
    weights = tt.randn(9, 6, dtype=tt.float64)
    of_x, of_v = grad_of((first * weights).sum(), [x, v])
    # The gradient is x^T v.
    np.testing.assert_allclose(of_x.numpy(), v.detach().numpy() @ weights.numpy().T, atol=1e-12)
    np.testing.assert_allclose(of_v.numpy(), x.detach().numpy() @ weights.numpy(), atol=1e-12)
