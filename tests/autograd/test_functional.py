"""Jacobians, Hessians and their products against closed forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import taeda_tensor as tt
from taeda_autograd import functional, grad

RANDOM = np.random.default_rng(5)
A = RANDOM.standard_normal((3, 4))
S = RANDOM.standard_normal((4, 4))
X = RANDOM.standard_normal(4)
TOLERANCE = {"rtol": 1e-12, "atol": 1e-13}  # sums of a few float64 products


def tensor(values: Any) -> tt.Tensor:
    return tt.tensor(np.asarray(values, np.float64))


def softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max())
    return np.asarray(powers / powers.sum())


@dataclass(frozen=True)
class Map:
    """A function of a vector, and its matrix of derivatives."""

    function: Callable[[tt.Tensor], tt.Tensor]
    jacobian: np.ndarray


MAPS = {
    "linear": Map(lambda x: tensor(A) @ x, A),
    "elementwise": Map(tt.sin, np.diag(np.cos(X))),
    "softmax": Map(lambda x: x.softmax(0), np.diag(softmax(X)) - np.outer(softmax(X), softmax(X))),
    "normalised": Map(
        lambda x: x / x.norm(),
        (np.eye(4) - np.outer(X, X) / (X @ X)) / np.sqrt(X @ X),
    ),
    "cumulative": Map(lambda x: x.cumsum(0), np.tril(np.ones((4, 4)))),
    "chosen": Map(lambda x: x[[3, 0, 0]], np.eye(4)[[3, 0, 0]]),
}


@dataclass(frozen=True)
class Scalar:
    """A function of a vector with one result, its slope and its second derivatives."""

    function: Callable[[tt.Tensor], tt.Tensor]
    gradient: np.ndarray
    hessian: np.ndarray


P = softmax(X)
SCALARS = {
    "quadratic": Scalar(lambda x: x @ tensor(S) @ x, (S + S.T) @ X, S + S.T),
    "cubic": Scalar(lambda x: (x**3).sum(), 3 * X**2, np.diag(6 * X)),
    "logsumexp": Scalar(lambda x: x.logsumexp(0), P, np.diag(P) - np.outer(P, P)),
    "product": Scalar(
        lambda x: x.prod(),
        X.prod() / X,
        X.prod() / np.outer(X, X) * (1 - np.eye(4)),
    ),
    "affine": Scalar(lambda x: x.sum() * 2, np.full(4, 2.0), np.zeros((4, 4))),
}


@pytest.mark.parametrize("name", MAPS)
def test_jacobian_and_its_products(name: str) -> None:
    case = MAPS[name]
    expected = case.jacobian
    left, right = RANDOM.standard_normal(len(expected)), RANDOM.standard_normal(4)
    for create_graph in (False, True):
        options = {"create_graph": create_graph}
        x = tensor(X).requires_grad_()
        value = case.function(tensor(X)).numpy()
        matrix = functional.jacobian(case.function, x, **options)
        np.testing.assert_allclose(matrix.detach().numpy(), expected, **TOLERANCE)
        result, product = functional.vjp(case.function, x, tensor(left), **options)
        np.testing.assert_allclose(result.detach().numpy(), value)
        np.testing.assert_allclose(product.detach().numpy(), left @ expected, **TOLERANCE)
        result, product = functional.jvp(case.function, x, tensor(right), **options)
        np.testing.assert_allclose(result.detach().numpy(), value)
        np.testing.assert_allclose(product.detach().numpy(), expected @ right, **TOLERANCE)
        assert x.grad is None


@pytest.mark.parametrize("name", SCALARS)
def test_hessian_and_its_products(name: str) -> None:
    case = SCALARS[name]
    v = RANDOM.standard_normal(4)
    for create_graph in (False, True):
        options = {"create_graph": create_graph}
        x = tensor(X).requires_grad_()
        slope = functional.jacobian(case.function, x, **options)
        np.testing.assert_allclose(slope.detach().numpy(), case.gradient, **TOLERANCE)
        matrix = functional.hessian(case.function, x, **options)
        np.testing.assert_allclose(matrix.detach().numpy(), case.hessian, **TOLERANCE)
        for name in ("vhp", "hvp"):
            value, product = getattr(functional, name)(case.function, x, tensor(v), **options)
            assert value.item() == case.function(tensor(X)).item()
            np.testing.assert_allclose(product.detach().numpy(), case.hessian @ v, **TOLERANCE)


def test_results_may_be_differentiated_again() -> None:
    """The trace of the Hessian of sum x^4, 12 sum x^2, has the slope 24 x."""
    x = tensor(X).requires_grad_()
    matrix = functional.hessian(lambda x: (x**4).sum(), x, create_graph=True)
    (slope,) = grad(matrix.diagonal().sum(), x)
    np.testing.assert_allclose(slope.numpy(), 24 * X, **TOLERANCE)
    _, product = functional.jvp(lambda x: x**3, x, tt.ones_like(x), create_graph=True)
    (slope,) = grad(product.sum(), x)
    np.testing.assert_allclose(slope.numpy(), 6 * X, **TOLERANCE)
    _, product = functional.hvp(lambda x: (x**4).sum(), x, tt.ones_like(x), create_graph=True)
    (slope,) = grad(product.sum(), x)
    np.testing.assert_allclose(slope.numpy(), 24 * X, **TOLERANCE)


def test_several_inputs_of_all_kinds() -> None:
    """x^T M y + b of a vector, a matrix and a number."""
    x, m, b = tensor(X[:2]), tensor(A[:2]), tensor(0.5)
    y = tensor(X)

    def form(x: tt.Tensor, m: tt.Tensor, b: tt.Tensor) -> tt.Tensor:
        return x @ m @ y + b * b

    by_x, by_m, by_b = functional.jacobian(form, (x, m, b))
    np.testing.assert_allclose(by_x.numpy(), A[:2] @ X, **TOLERANCE)
    np.testing.assert_allclose(by_m.numpy(), np.outer(X[:2], X), **TOLERANCE)
    assert by_b.item() == 1
    matrix = functional.hessian(form, (x, m, b))
    shapes = [[tuple(block.shape) for block in row] for row in matrix]
    assert shapes == [
        [(2, 2), (2, 2, 4), (2,)],
        [(2, 4, 2), (2, 4, 2, 4), (2, 4)],
        [(2,), (2, 4), ()],
    ]
    np.testing.assert_allclose(
        matrix[0][1].numpy(), np.einsum("ij,k->ijk", np.eye(2), X), **TOLERANCE
    )
    assert matrix[2][2].item() == 2
    _, (vx, vm, vb) = functional.vjp(form, (x, m, b), tensor(3.0))
    np.testing.assert_allclose(vx.numpy(), 3 * (A[:2] @ X), **TOLERANCE)
    assert vm.shape == (2, 4)
    assert vb.item() == 3
    assert not any(g.requires_grad for g in (vx, vm, vb))


def test_empty_and_constant() -> None:
    nothing = tt.zeros(0, dtype=tt.float64)
    assert functional.jacobian(lambda x: x * 2, nothing).shape == (0, 0)
    assert functional.jacobian(lambda x: x.sum(), nothing).shape == (0,)
    constant = functional.jacobian(lambda x: tt.ones(2, dtype=tt.float64), tensor(X))
    assert constant.tolist() == [[0.0] * 4] * 2
    with pytest.raises(RuntimeError, match=r"independent of input 0.*strict mode"):
        functional.jacobian(lambda x: tt.ones(2), tensor(X), strict=True)


def test_the_mode_of_the_caller_does_not_matter() -> None:
    with tt.no_grad():
        matrix = functional.jacobian(tt.exp, tensor(X))
    np.testing.assert_allclose(matrix.numpy(), np.diag(np.exp(X)), **TOLERANCE)


def test_refused() -> None:
    with pytest.raises(TypeError, match=r"jacobian: inputs must be a Tensor .* got int"):
        functional.jacobian(tt.exp, 3)
    with pytest.raises(ValueError, match="strategy must be"):
        functional.jacobian(tt.exp, tensor(X), strategy="sideways")
    with pytest.raises(RuntimeError, match=r"hvp: v has shapes \[\(3,\)\], expected \[\(4,\)\]"):
        functional.hvp(lambda x: x.sum(), tensor(X), tt.ones(3))


def test_grad_takes_the_arguments_of_pytorch_in_their_order() -> None:
    x, unused = tensor(X).requires_grad_(), tensor(0.0).requires_grad_()
    y = (x**3).sum()
    slope, none = grad(y, [x, unused], None, True, True, True, True)
    assert none is None
    np.testing.assert_allclose(slope.detach().numpy(), 3 * X**2, **TOLERANCE)
    (again,) = grad(slope.sum(), x, only_inputs=True)
    np.testing.assert_allclose(again.numpy(), 6 * X, **TOLERANCE)
    with pytest.raises(NotImplementedError, match="only_inputs=False is not supported"):
        grad(y, x, only_inputs=False)
    with pytest.raises(RuntimeError, match=r"`inputs` argument to `grad\(\)` cannot be empty"):
        grad(y, [])
