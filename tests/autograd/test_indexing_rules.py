"""First and second derivatives of indexing, joining and sorting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import taeda_autograd
import taeda_tensor as tt

ROWS = tt.tensor([2, 0, 2])
MASK = tt.tensor([[True, False, True, True], [False] * 4, [True] * 4])
PAIRS = tt.tensor([[0, 2, 1, 0], [1, 1, 0, 0]])

CASES: dict[str, tuple[Callable[..., Any], list[tuple[int, ...]]]] = {
    "index": (lambda x: x[ROWS, [1, 0, 1]], [(3, 4)]),
    "index_rows": (lambda x: x[:, ROWS], [(2, 3, 4)]),
    "index_apart": (lambda x: x[[0, 1], :, [1, 1]], [(2, 3, 4)]),
    "mask": (lambda x: x[MASK], [(3, 4)]),
    "index_put": (lambda x, v: x.index_put((tt.tensor([2, 0]),), v), [(3, 4), (2, 4)]),
    "accumulate": (lambda x, v: x.index_put((ROWS,), v, True), [(3, 4), (3, 4)]),
    "index_add": (lambda x, v: x.index_add(1, ROWS, v, alpha=2), [(2, 3), (2, 3)]),
    "gather": (lambda x: x.gather(0, PAIRS), [(3, 4)]),
    "scatter": (lambda x, v: x.scatter(1, tt.tensor([[0, 2], [1, 3]]), v), [(3, 4), (2, 3)]),
    "scatter_add": (lambda x, v: x.scatter_add(0, PAIRS, v), [(3, 4), (2, 4)]),
    "scatter_multiply": (
        lambda x, v: x.scatter(0, PAIRS, v, reduce="multiply"),
        [(3, 4), (2, 4)],
    ),
    "scatter_amax": (lambda x, v: x.scatter(0, PAIRS, v, reduce="amax"), [(3, 4), (2, 4)]),
    "masked_fill": (lambda x, v: x.masked_fill(MASK, v), [(3, 4), ()]),
    "masked_scatter": (lambda x, v: x.masked_scatter(MASK, v), [(3, 4), (9,)]),
    "cat": (lambda x, y: tt.cat([x, y, x], 1), [(2, 3), (2, 1)]),
    "stack": (lambda x, y: tt.stack([x, y], 1), [(2, 3), (2, 3)]),
    "embedding": (lambda w: tt.embedding(w, PAIRS), [(3, 5)]),
    "flip": (lambda x: x.flip(0, 1), [(2, 3)]),
    "roll": (lambda x: x.roll((1, 2), (0, 1)), [(3, 4)]),
    "repeat": (lambda x: x.repeat(2, 1, 3), [(2, 3)]),
    "tril": (lambda x: x.tril(-1), [(3, 4)]),
    "triu": (lambda x: x.triu(1), [(2, 3, 4)]),
    "sort": (lambda x: x.sort(0, descending=True).values, [(5, 3)]),
    "topk": (lambda x: x.topk(2, 0).values, [(5, 3)]),
    "median": (lambda x: x.median(1).values, [(3, 4)]),
}


def leaves(shapes: list[tuple[int, ...]]) -> list[tt.Tensor]:
    random = np.random.default_rng(8)
    return [tt.tensor(random.standard_normal(shape)).requires_grad_() for shape in shapes]


@pytest.mark.parametrize("name", CASES)
def test_derivatives(name: str) -> None:
    function, shapes = CASES[name]
    assert taeda_autograd.gradcheck(function, leaves(shapes))
    assert taeda_autograd.gradgradcheck(function, leaves(shapes))


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
