"""Derivatives of softmax, normalisation, pools and losses against finite differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import taeda_autograd
import taeda_tensor as tt


def leaf(*shape: int, seed: int = 0) -> tt.Tensor:
    return tt.tensor(np.random.default_rng(seed).standard_normal(shape)).requires_grad_()


def fixed(*shape: int, seed: int = 9) -> tt.Tensor:
    return tt.tensor(np.random.default_rng(seed).random(shape) + 0.5)


TARGET = tt.tensor([[1, 0, 2], [-100, 2, 1]])  # of logits (2, 3, 3); one is ignored
WEIGHT = fixed(3)

Case = tuple[Callable[..., tt.Tensor], tuple[tt.Tensor, ...]]


def cases() -> dict[str, Case]:
    x, weight, bias = leaf(2, 4, 3), leaf(4, seed=1), leaf(4, seed=2)
    found: dict[str, Case] = {
        "softmax": (lambda x: x.softmax(1), (x,)),
        "log_softmax": (lambda x: x.log_softmax(-1), (x,)),
        "layer_norm": (
            lambda x, w, b: tt.layer_norm(x, (4, 3), w, b),
            (x, leaf(4, 3, seed=1), leaf(4, 3, seed=2)),
        ),
        "layer_norm plain": (lambda x: tt.layer_norm(x, (3,)), (x,)),
        "rms_norm": (lambda x, w: tt.rms_norm(x, (3,), w), (x, leaf(3, seed=1))),
        "group_norm": (lambda x, w, b: tt.group_norm(x, 2, w, b), (x, weight, bias)),
        "batch_norm": (
            lambda x, w, b: tt.batch_norm(x, w, b, None, None, True, 0.1, 1e-5),
            (x, weight, bias),
        ),
        "batch_norm plain": (
            lambda x: tt.batch_norm(x, None, None, None, None, True, 0.1, 1e-5),
            (leaf(5, 4),),
        ),
        "batch_norm evaluation": (
            lambda x, w, b: tt.batch_norm(x, w, b, fixed(4), fixed(4), False, 0.1, 1e-5),
            (x, weight, bias),
        ),
        "max_pool2d": (lambda x: tt.max_pool2d(x, 2), (leaf(2, 4, 5),)),
        "max_pool2d overlapping": (lambda x: tt.max_pool2d(x, 3, 1, 1), (leaf(1, 2, 4, 5),)),
        "avg_pool2d": (lambda x: tt.avg_pool2d(x, 2, 1, 1, True, False), (leaf(2, 4, 5),)),
        "adaptive_avg_pool2d": (lambda x: tt.adaptive_avg_pool2d(x, (2, 3)), (leaf(2, 4, 5),)),
        "cross_entropy of probabilities": (
            lambda x, p: tt.cross_entropy(x, p, WEIGHT, label_smoothing=0.1),
            (leaf(2, 3), leaf(2, 3, seed=1)),
        ),
    }
    for reduction in ("none", "mean", "sum"):
        for weights in (None, WEIGHT):
            name = f"{reduction} {'weighted' if weights is not None else 'plain'}"
            found[f"nll_loss {name}"] = (
                lambda x, r=reduction, w=weights: tt.nll_loss(x, TARGET, w, r),
                (leaf(2, 3, 3),),
            )
            for smoothing in (0.0, 0.2):
                found[f"cross_entropy {name} {smoothing}"] = (
                    lambda x, r=reduction, w=weights, s=smoothing: tt.cross_entropy(
                        x, TARGET, w, reduction=r, label_smoothing=s
                    ),
                    (leaf(2, 3, 3),),
                )
    return found


@pytest.mark.parametrize("name", cases())
def test_derivatives(name: str) -> None:
    function, inputs = cases()[name]
    assert taeda_autograd.gradcheck(function, inputs)


@pytest.mark.parametrize("name", cases())
def test_second_derivatives(name: str) -> None:
    function, inputs = cases()[name]
    assert taeda_autograd.gradgradcheck(function, inputs)


@pytest.mark.parametrize("name", cases())
def test_fused_and_composed_backward_agree(name: str) -> None:
    """Under create_graph the backward is composed of differentiable operations, else fused."""
    function, inputs = cases()[name]
    result = function(*inputs)
    weights = fixed(*result.shape)
    fused = taeda_autograd.grad((function(*inputs) * weights).sum(), inputs)
    composed = taeda_autograd.grad((result * weights).sum(), inputs, create_graph=True)
    for a, b in zip(fused, composed, strict=True):
        np.testing.assert_allclose(a.numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("dtype", [tt.float16, tt.bfloat16])
def test_half_precision(dtype: tt.dtype) -> None:
    x = leaf(4, 6).detach()
    for function in (
        lambda x: x.softmax(1),
        lambda x: tt.layer_norm(x, (6,)),
        lambda x: tt.cross_entropy(x, tt.tensor([0, 1, 2, 3]), reduction="none"),
    ):
        half = x.to(dtype).requires_grad_()
        wide = half.detach().to(tt.float64).requires_grad_()
        for y in (half, wide):
            result = function(y)
            (result * fixed(*result.shape).to(result.dtype)).sum().backward()
        assert half.grad is not None
        assert half.grad.dtype is dtype
        np.testing.assert_allclose(
            half.grad.to(tt.float64).numpy(), wide.grad.numpy(), rtol=0.05, atol=0.03
        )
