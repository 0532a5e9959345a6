"""Losses of pairs, margins and distributions against their formulas in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import taeda_autograd
import taeda_nn as nn
import taeda_nn.functional as F
import taeda_tensor as tt

RANDOM = np.random.default_rng(0)
A, B, C = RANDOM.standard_normal((3, 6, 5))
SIGN = np.where(RANDOM.random(6) < 0.5, -1.0, 1.0)
SIGNS = np.where(RANDOM.random((6, 5)) < 0.5, -1.0, 1.0)
COUNTS = RANDOM.integers(0, 6, (6, 5)).astype(float)
SHARES = RANDOM.random((6, 5))
VAR = RANDOM.random((6, 5)) + 0.1


def distance(x: np.ndarray, y: np.ndarray, p: float = 2.0) -> np.ndarray:
    return (np.abs(x - y + 1e-6) ** p).sum(-1) ** (1 / p)


def cosine(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x * y).sum(-1) / np.sqrt(((x * x).sum(-1) + 1e-12) * ((y * y).sum(-1) + 1e-12))


def stirling(y: np.ndarray) -> np.ndarray:
    safe = np.maximum(y, 1)
    return np.where(y > 1, safe * np.log(safe) - safe + 0.5 * np.log(2 * np.pi * safe), 0)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


Loss = tuple[Callable[..., nn.Module], tuple[np.ndarray, ...], np.ndarray]
CASES: dict[str, Loss] = {
    "MarginRanking": (
        lambda **o: nn.MarginRankingLoss(0.3, **o),
        (A[:, 0], B[:, 0], SIGN),
        np.maximum(0, -SIGN * (A[:, 0] - B[:, 0]) + 0.3),
    ),
    "HingeEmbedding": (
        lambda **o: nn.HingeEmbeddingLoss(0.8, **o),
        (A, SIGNS),
        np.where(SIGNS == 1, A, np.maximum(0, 0.8 - A)),
    ),
    "CosineEmbedding": (
        lambda **o: nn.CosineEmbeddingLoss(0.1, **o),
        (A, B, SIGN),
        np.where(SIGN == 1, 1 - cosine(A, B), np.maximum(0, cosine(A, B) - 0.1)),
    ),
    "TripletMargin": (
        lambda **o: nn.TripletMarginLoss(0.7, p=3.0, **o),
        (A, B, C),
        np.maximum(0, distance(A, B, 3) - distance(A, C, 3) + 0.7),
    ),
    "TripletMargin with swap": (
        lambda **o: nn.TripletMarginLoss(swap=True, **o),
        (A, B, C),
        np.maximum(0, distance(A, B) - np.minimum(distance(A, C), distance(B, C)) + 1),
    ),
    "TripletMargin of a distance": (
        lambda **o: nn.TripletMarginWithDistanceLoss(
            distance_function=lambda x, y: (x - y).abs().sum(-1), **o
        ),
        (A, B, C),
        np.maximum(0, np.abs(A - B).sum(-1) - np.abs(A - C).sum(-1) + 1),
    ),
    "SoftMargin": (nn.SoftMarginLoss, (A, SIGNS), np.log1p(np.exp(-SIGNS * A))),
    "MultiLabelSoftMargin": (
        nn.MultiLabelSoftMarginLoss,
        (A, SHARES),
        -(SHARES * np.log(sigmoid(A)) + (1 - SHARES) * np.log(sigmoid(-A))).mean(-1),
    ),
    "PoissonNLL": (nn.PoissonNLLLoss, (A, COUNTS), np.exp(A) - COUNTS * A),
    "PoissonNLL in full": (
        lambda **o: nn.PoissonNLLLoss(False, True, **o),
        (VAR, COUNTS),
        VAR - COUNTS * np.log(VAR + 1e-8) + stirling(COUNTS),
    ),
    "GaussianNLL": (
        nn.GaussianNLLLoss,
        (A, B, VAR),
        0.5 * (np.log(VAR) + (A - B) ** 2 / VAR),
    ),
    "GaussianNLL in full": (
        lambda **o: nn.GaussianNLLLoss(full=True, **o),
        (A, B, VAR[:, :1]),
        0.5 * (np.log(VAR[:, :1]) + (A - B) ** 2 / VAR[:, :1] + np.log(2 * np.pi)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives(name: str) -> None:
    make, arrays, expected = CASES[name]
    inputs = [tt.from_numpy(array.copy()) for array in arrays]
    for reduction, value in (
        ("none", expected),
        ("sum", expected.sum()),
        ("mean", expected.mean()),
    ):
        found = make(reduction=reduction)(*inputs)
        np.testing.assert_allclose(found.numpy(), value, rtol=1e-9)
    inputs[0].requires_grad_()
    assert taeda_autograd.gradcheck(lambda x: make()(x, *inputs[1:]), (inputs[0],))


def test_small_variances_count_as_the_limit() -> None:
    var = tt.zeros(3, dtype=tt.float64, requires_grad=True)
    x = tt.zeros(3, dtype=tt.float64)
    loss = F.gaussian_nll_loss(x, x, var, eps=0.01)
    np.testing.assert_allclose(loss.item(), 0.5 * np.log(0.01))
    loss.backward()
    assert var.grad is not None
    np.testing.assert_allclose(var.grad.numpy(), 0.5 / 0.01 / 3)


def test_arguments_that_are_wrong() -> None:
    x = tt.ones(2, 3)
    cases: list[tuple[Any, str, Callable[[], Any]]] = [
        (ValueError, "margin to be greater than 0, got 0", lambda: nn.TripletMarginLoss(0)),
        (ValueError, "margin must be greater than 0", lambda: F.triplet_margin_loss(x, x, x, -1)),
        (RuntimeError, r"inputs \(N, D\) with targets", lambda: F.cosine_embedding_loss(x, x, x)),
        (ValueError, "negative entry", lambda: F.gaussian_nll_loss(x, x, -x)),
        (ValueError, "var is of incorrect size", lambda: F.gaussian_nll_loss(x, x, tt.ones(3, 3))),
        (ValueError, "not a valid value", lambda: F.soft_margin_loss(x, x, reduction="some")),
    ]
    for error, text, call in cases:
        with pytest.raises(error, match=text):
            call()


def test_losses_are_in_float32_under_autocast() -> None:
    x, y = tt.ones(2, 3, dtype=tt.bfloat16), tt.ones(2, dtype=tt.bfloat16)
    with tt.autocast("cpu"):
        assert F.cosine_embedding_loss(x, x, y).dtype is tt.float32
        assert F.poisson_nll_loss(x, x).dtype is tt.float32
        assert F.triplet_margin_loss(x, x, x).dtype is tt.float32
