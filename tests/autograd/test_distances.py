"""Gradients of distances between rows."""

from __future__ import annotations

import numpy as np
import pytest

import taeda_tensor as tt
from taeda_autograd import gradcheck, gradgradcheck


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("shapes", [((3, 4), (5, 4)), ((28, 3), (2, 3)), ((2, 27, 2), (1, 3, 2))])
def test_gradients(p: float, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    random = np.random.default_rng(0)
    a, b = (tt.tensor(random.normal(size=shape), requires_grad=True) for shape in shapes)
    assert gradcheck(lambda x, y: tt.cdist(x, y, p), (a, b))
    if p == 2.0:
        assert gradgradcheck(lambda x, y: tt.cdist(x, y), (a, b))


def test_a_distance_of_zero_has_the_gradient_zero() -> None:
    for rows in (3, 30):
        x = tt.ones(rows, 4, requires_grad=True)
        tt.cdist(x, tt.ones(2, 4)).sum().backward()
        assert x.grad is not None
        assert (x.grad == 0).all()
