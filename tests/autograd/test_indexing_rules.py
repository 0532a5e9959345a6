"""What indexing does to gradients beyond the spec rows: zeros, assignments, random writes."""

from __future__ import annotations

import numpy as np
import pytest

import taeda_autograd
import taeda_tensor as tt


@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("zeros", [(), (0,), (4,), (0, 3), (3, 4), (0, 3, 4)])
def test_scattered_products_with_zeros(zeros: tuple[int, ...], include_self: bool) -> None:
    """Elements 0, 3, 4 and 5 meet in the first place."""
    values = np.array([2.0, -3.0, 1.5, 0.5, -1.25, 3.0, 0.75])
    values[list(zeros)] = 0
    index = tt.tensor([0, 0, 0, 2])

    def multiplied(x: tt.Tensor, source: tt.Tensor) -> tt.Tensor:
        return x.scatter_reduce(0, index, source, "prod", include_self=include_self)

    inputs = [tt.tensor(part).requires_grad_() for part in (values[:3], values[3:])]
    assert taeda_autograd.gradcheck(multiplied, inputs)
    assert taeda_autograd.gradgradcheck(multiplied, inputs)


def test_assignment_in_place() -> None:
    x = tt.ones(3, 4, dtype=tt.float64, requires_grad=True)
    v = tt.ones(2, 4, dtype=tt.float64, requires_grad=True)
    y = x * 2
    y[tt.tensor([0, 2])] = v * 3
    y[:, 1] = 0
    y.sum().backward()
    assert x.grad.tolist() == [[0] * 4, [2, 0, 2, 2], [0] * 4]
    assert v.grad.tolist() == [[3, 0, 3, 3]] * 2


def test_padding_row_gets_no_gradient() -> None:
    weight = tt.ones(3, 2, requires_grad=True)
    tt.embedding(weight, tt.tensor([0, 1, 1, 2]), 1).sum().backward()
    assert weight.grad.tolist() == [[1, 1], [0, 0], [1, 1]]


def test_dropout_drops_the_same_from_the_gradient() -> None:
    x = tt.ones(1000, requires_grad=True)
    y = tt.dropout(x, 0.3)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())


def test_random_writes_cut_the_history() -> None:
    x = tt.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError):
        x.normal_()
    y = x * 2
    y.uniform_()
    (y * x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), y.detach().numpy())
