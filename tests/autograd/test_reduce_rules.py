"""What ties and zeros receive from reductions and scans."""

from __future__ import annotations

import numpy as np
import pytest

import taeda_autograd
import taeda_tensor as tt

X = np.random.default_rng(0).standard_normal((3, 4, 2)) + 0.1


def leaf(values: np.ndarray) -> tt.Tensor:
    return tt.tensor(values).requires_grad_()


@pytest.mark.parametrize("zeros", [0, 1, 2, 3])
def test_products_with_zeros(zeros: int) -> None:
    values = np.array([2.0, -3.0, 0.5, 1.5])
    values[:zeros] = 0
    assert taeda_autograd.gradcheck(lambda x: x.prod(), (leaf(values),))
    assert taeda_autograd.gradgradcheck(lambda x: x.prod(), (leaf(values),))
    for order in (values, values[::-1], values[[1, 3, 0, 2]]):
        assert taeda_autograd.gradcheck(lambda x: x.cumprod(0), (leaf(order.copy()),))
        assert taeda_autograd.gradgradcheck(lambda x: x.cumprod(0), (leaf(order.copy()),))


def test_ties_share_or_go_to_the_first() -> None:
    x = leaf(np.array([1.0, 3.0, 3.0]))
    x.amax().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0.0, 0.5, 0.5]
    x.grad = None
    x.max(0).values.backward()
    assert x.grad.tolist() == [0.0, 1.0, 0.0]


def test_norm_at_zero_has_the_subgradient_zero() -> None:
    x = leaf(np.zeros(3))
    x.norm().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0.0, 0.0, 0.0]


def test_half_precision_keeps_its_dtype() -> None:
    x = tt.tensor([1.0, 2.0]).to(tt.bfloat16).requires_grad_()
    x.mean().backward()
    assert x.grad is not None
    assert x.grad.dtype is tt.bfloat16
    assert x.grad.tolist() == [0.5, 0.5]


def test_indices_and_counts_do_not_require_grad() -> None:
    x = leaf(X)
    assert not x.max(0).indices.requires_grad
    assert not x.argmax().requires_grad
    assert not x.count_nonzero().requires_grad
