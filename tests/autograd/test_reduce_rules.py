"""Derivatives of reductions and scans against finite differences; what ties and zeros receive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import taeda_autograd
import taeda_tensor as tt

X = np.random.default_rng(0).standard_normal((3, 4, 2)) + 0.1

CASES: dict[str, Callable[[tt.Tensor], Any]] = {
    "sum": lambda x: x.sum(),
    "sum dims": lambda x: x.sum((0, 2)),
    "sum keepdim": lambda x: x.sum(1, keepdim=True),
    "nansum": lambda x: x.nansum(0),
    "mean": lambda x: x.mean(-1),
    "nanmean": lambda x: x.nanmean(1),
    "prod": lambda x: x.prod(),
    "prod dim": lambda x: x.prod(1),
    "amax": lambda x: x.amax((0, 1)),
    "amin": lambda x: x.amin(2, keepdim=True),
    "max": lambda x: x.max(),
    "max dim": lambda x: x.max(1).values,
    "min dim": lambda x: x.min(-1, keepdim=True).values,
    "var": lambda x: x.var(),
    "var dims": lambda x: x.var((0, 2), correction=0, keepdim=True),
    "std": lambda x: x.std(1),
    "var_mean": lambda x: tt.var_mean(x, 1),
    "std_mean": lambda x: tt.std_mean(x, (0, 1)),
    "logsumexp": lambda x: x.logsumexp((0, 1)),
    "norm 1": lambda x: x.norm(1, 1),
    "norm 2": lambda x: x.norm(2, (0, 2)),
    "norm 3": lambda x: x.norm(3, 0, keepdim=True),
    "norm inf": lambda x: x.norm(float("inf"), 0),
    "norm -inf": lambda x: x.norm(float("-inf")),
    "cumsum": lambda x: x.cumsum(1),
    "cumprod": lambda x: x.cumprod(0),
    "cummax": lambda x: x.cummax(1).values,
    "cummin": lambda x: x.cummin(1).values,
    "logcumsumexp": lambda x: x.logcumsumexp(1),
}


def leaf(values: np.ndarray) -> tt.Tensor:
    return tt.tensor(values).requires_grad_()


@pytest.mark.parametrize("name", CASES)
def test_derivatives(name: str) -> None:
    assert taeda_autograd.gradcheck(CASES[name], (leaf(X),))


@pytest.mark.parametrize("name", CASES)
def test_derivatives_of_strided_input(name: str) -> None:
    assert taeda_autograd.gradcheck(lambda x: CASES[name](x.transpose(0, 2)), (leaf(X.T.copy()),))


@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith("cumm")])
def test_second_derivatives(name: str) -> None:
    assert taeda_autograd.gradgradcheck(CASES[name], (leaf(X),))


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
