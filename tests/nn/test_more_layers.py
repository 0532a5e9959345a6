"""Activations, padding, dropout of channels and distances against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import taeda_autograd
import taeda_nn as nn
import taeda_nn.functional as F
import taeda_tensor as tt

X = np.random.default_rng(0).standard_normal((3, 4, 6)) * 3
CLOSE = {"rtol": 1e-12, "atol": 1e-13}


def softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, x)


MODULES: list[tuple[nn.Module, np.ndarray]] = [
    (nn.Mish(), X * np.tanh(softplus(X))),
    (nn.Hardswish(), X * np.clip(X + 3, 0, 6) / 6),
    (nn.Hardsigmoid(), np.clip(X + 3, 0, 6) / 6),
    (nn.SELU(), 1.0507009873554805 * np.where(X > 0, X, 1.6732632423543772 * np.expm1(X))),
    (nn.CELU(2.0), np.where(X > 0, X, 2 * np.expm1(X / 2))),
    (nn.Threshold(0.5, -7.0), np.where(X > 0.5, X, -7.0)),
    (nn.LogSigmoid(), -softplus(-X)),
    (nn.Softsign(), X / (1 + np.abs(X))),
    (nn.Tanhshrink(), X - np.tanh(X)),
    (nn.Hardshrink(1.0), np.where(np.abs(X) > 1, X, 0)),
    (nn.Softshrink(1.0), np.sign(X) * np.maximum(np.abs(X) - 1, 0)),
    (nn.GLU(1), X[:, :2] / (1 + np.exp(-X[:, 2:]))),
    (nn.Softmin(1), np.exp(-X) / np.exp(-X).sum(1, keepdims=True)),
    (nn.Softmax2d(), np.exp(X) / np.exp(X).sum(0, keepdims=True)),
    (nn.PReLU(dtype=tt.float64), np.where(X > 0, X, 0.25 * X)),
    (nn.ConstantPad1d((1, 2), 5.0), np.pad(X, ((0, 0), (0, 0), (1, 2)), constant_values=5)),
    (nn.ConstantPad2d(1, 5.0), np.pad(X, ((0, 0), (1, 1), (1, 1)), constant_values=5)),
    (nn.ZeroPad2d((1, 0, 2, 0)), np.pad(X, ((0, 0), (2, 0), (1, 0)))),
    (nn.ReflectionPad1d(2), np.pad(X, ((0, 0), (0, 0), (2, 2)), mode="reflect")),
    (nn.ReflectionPad2d((1, 2, 3, 0)), np.pad(X, ((0, 0), (3, 0), (1, 2)), mode="reflect")),
    (nn.ReplicationPad2d(2), np.pad(X, ((0, 0), (2, 2), (2, 2)), mode="edge")),
    (nn.CircularPad2d(2), np.pad(X, ((0, 0), (2, 2), (2, 2)), mode="wrap")),
]


@pytest.mark.parametrize(("module", "expected"), MODULES, ids=[repr(m) for m, _ in MODULES])
def test_values(module: nn.Module, expected: np.ndarray) -> None:
    np.testing.assert_allclose(module(tt.from_numpy(X.copy())).detach().numpy(), expected, **CLOSE)


@pytest.mark.parametrize(
    ("name", "options"),
    [("hardshrink", {}), ("softshrink", {}), ("tanhshrink", {}), ("softmin", {"dim": 1})],
)
def test_derivatives(name: str, options: dict[str, int]) -> None:
    x = tt.tensor([[-2.0, -0.7, 0.1, 0.9, 3.0]], dtype=tt.float64, requires_grad=True)
    assert taeda_autograd.gradcheck(lambda x: getattr(F, name)(x, **options), (x,))


def test_prelu_learns_one_weight_for_each_channel() -> None:
    weight = tt.tensor([0.1, 0.2, 0.3, 0.4], dtype=tt.float64, requires_grad=True)
    x = tt.from_numpy(X).requires_grad_()
    expected = np.where(X > 0, X, np.array([0.1, 0.2, 0.3, 0.4])[:, None] * X)
    np.testing.assert_allclose(F.prelu(x, weight).detach().numpy(), expected, **CLOSE)
    assert taeda_autograd.gradcheck(F.prelu, (x, weight))
    with pytest.raises(RuntimeError, match="one for each channel, got"):
        F.prelu(x, tt.ones(3, dtype=tt.float64))


def test_in_place() -> None:
    for name, options in (
        ("hardsigmoid", {}),
        ("celu", {}),
        ("threshold", {"threshold": 0, "value": 1}),
    ):
        x = tt.from_numpy(X.copy())
        expected = getattr(F, name)(x, **options)
        assert getattr(F, name)(x, **options, inplace=True) is x
        assert tt.equal(x, expected)


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_dropout_takes_whole_channels(dims: int) -> None:
    tt.manual_seed(0)
    layer: Any = getattr(nn, f"Dropout{dims}d")(0.25)
    x = tt.ones(20, 30, *(2,) * dims)
    y = layer(x)
    channels = y.flatten(2)
    assert tt.equal(channels.amin(2), channels.amax(2))
    assert set(channels.flatten().tolist()) == {0.0, tt.tensor(1 / 0.75).item()}
    # 600 channels: the share of those kept is within four standard deviations.
    assert abs((channels[..., 0] > 0).float().mean().item() - 0.75) < 4 * (0.1875 / 600) ** 0.5
    assert layer.eval()(x) is x
    with pytest.raises(RuntimeError, match=f"dropout{dims}d: {dims + 1} or {dims + 2} dimensions"):
        layer.train()(tt.ones(2))


def test_gumbel_softmax() -> None:
    tt.manual_seed(0)
    logits = tt.tensor([0.2, 0.3, 0.5]).log().expand(20000, 3)
    share = F.gumbel_softmax(logits, hard=True).mean(0)
    # The argmax has the distribution of the logits: four standard deviations of 20000 draws.
    np.testing.assert_allclose(share.numpy(), [0.2, 0.3, 0.5], atol=4 * (0.25 / 20000) ** 0.5)
    soft = F.gumbel_softmax(logits[:5], tau=0.5)
    np.testing.assert_allclose(soft.sum(1).numpy(), 1, rtol=1e-6)
    x = tt.zeros(2, 3, requires_grad=True)
    F.gumbel_softmax(x, hard=True)[:, 0].sum().backward()
    assert x.grad is not None
    assert x.grad.abs().sum().item() > 0


def test_batch_norm_of_volumes() -> None:
    x = np.random.default_rng(1).standard_normal((2, 3, 2, 2, 3))
    found = nn.BatchNorm3d(3, dtype=tt.float64)(tt.from_numpy(x)).detach().numpy()
    mean, var = x.mean((0, 2, 3, 4), keepdims=True), x.var((0, 2, 3, 4), keepdims=True)
    np.testing.assert_allclose(found, (x - mean) / np.sqrt(var + 1e-5), rtol=1e-10, atol=1e-12)
    with pytest.raises(ValueError, match="expected 5D input"):
        nn.BatchNorm3d(3)(tt.zeros(2, 3, 4, 4))


def test_distances() -> None:
    a, b = X[:, 0], X[:, 1]
    found = nn.CosineSimilarity(1)(tt.from_numpy(a), tt.from_numpy(b)).numpy()
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    np.testing.assert_allclose(found, (a * b).sum(1) / norms, **CLOSE)
    found = nn.PairwiseDistance(3.0)(tt.from_numpy(a), tt.from_numpy(b)).numpy()
    expected = (np.abs(a - b + 1e-6) ** 3).sum(1) ** (1 / 3)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_padding_errors() -> None:
    with pytest.raises(ValueError, match="ZeroPad2d: padding must be an int or 4 ints"):
        nn.ZeroPad2d((1, 2))
    with pytest.raises(ValueError, match=r"ReflectionPad2d: expected 3D or 4D input \(got 2D"):
        nn.ReflectionPad2d(1)(tt.zeros(3, 3))
    assert repr(nn.ConstantPad2d(1, 2.0)) == "ConstantPad2d(padding=(1, 1, 1, 1), value=2.0)"
    assert repr(nn.ZeroPad2d(1)) == "ZeroPad2d((1, 1, 1, 1))"
