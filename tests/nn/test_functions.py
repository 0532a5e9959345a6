"""Functions that have no layer here, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import taeda_nn.functional as F
import taeda_tensor as tt

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((3, 4, 6)) * 4
# Half an ulp or so of each step of float64.
CLOSE = {"rtol": 1e-12, "atol": 1e-13}


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805
ACTIVATIONS = {
    "mish": X * np.tanh(np.log1p(np.exp(X))),
    "selu": SCALE * np.where(X > 0, X, ALPHA * np.expm1(X)),
    "hardswish": X * np.clip(X + 3, 0, 6) / 6,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name: str) -> None:
    x = tt.from_numpy(X.copy())
    np.testing.assert_allclose(getattr(F, name)(x).numpy(), ACTIVATIONS[name], **CLOSE)
    assert getattr(F, name)(x, inplace=True) is x
    np.testing.assert_allclose(x.numpy(), ACTIVATIONS[name], **CLOSE)


@pytest.mark.parametrize("dim", [-1, 1])
def test_glu(dim: int) -> None:
    value, gate = np.split(X, 2, axis=dim)
    result = F.glu(tt.from_numpy(X), dim)
    np.testing.assert_allclose(result.numpy(), value * sigmoid(gate), **CLOSE)


def test_glu_errors() -> None:
    with pytest.raises(RuntimeError, match=r"glu: .* even size, but dimension 0 is 3"):
        F.glu(tt.from_numpy(X), 0)
    with pytest.raises(RuntimeError, match="glu: at least 1 dimension"):
        F.glu(tt.tensor(1.0))


def test_group_norm() -> None:
    weight, bias = RANDOM.standard_normal((2, 4))
    groups = X.reshape(3, 2, -1)
    normal = (groups - groups.mean(-1, keepdims=True)) / np.sqrt(
        groups.var(-1, keepdims=True) + 0.1
    )
    expected = normal.reshape(X.shape) * weight[:, None] + bias[:, None]
    arrays = (tt.from_numpy(array) for array in (weight, bias))
    np.testing.assert_allclose(
        F.group_norm(tt.from_numpy(X), 2, *arrays, 0.1).numpy(), expected, **CLOSE
    )


@pytest.mark.parametrize("eps", [None, 0.1])
def test_rms_norm(eps: float | None) -> None:
    weight = RANDOM.standard_normal((4, 6))
    added = np.finfo(np.float64).eps if eps is None else eps
    expected = X / np.sqrt((X**2).mean((1, 2), keepdims=True) + added) * weight
    result = F.rms_norm(tt.from_numpy(X), (4, 6), tt.from_numpy(weight), eps)
    np.testing.assert_allclose(result.numpy(), expected, **CLOSE)


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_cosine_similarity(dim: int) -> None:
    other = RANDOM.standard_normal((4, 6))
    lengths = np.sqrt((X**2).sum(dim)) * np.sqrt((np.broadcast_to(other, X.shape) ** 2).sum(dim))
    result = F.cosine_similarity(tt.from_numpy(X), tt.from_numpy(other), dim)
    np.testing.assert_allclose(result.numpy(), (X * other).sum(dim) / lengths, **CLOSE)


def test_cosine_similarity_of_nothing() -> None:
    assert F.cosine_similarity(tt.zeros(2, 3), tt.ones(2, 3)).tolist() == [0.0, 0.0]
