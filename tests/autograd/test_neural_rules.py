"""Fused and composed derivatives of softmax, normalisation, pools and losses."""

from __future__ import annotations

import numpy as np
import pytest

import taeda_autograd
import taeda_tensor as tt
from tests.autograd.operations import NEURAL, inputs_of


def leaf(*shape: int, seed: int = 0) -> tt.Tensor:
    return tt.tensor(np.random.default_rng(seed).standard_normal(shape)).requires_grad_()


def fixed(*shape: int, seed: int = 9) -> tt.Tensor:
    return tt.tensor(np.random.default_rng(seed).random(shape) + 0.5)


NEURAL_CASES = [(name, i) for name, cases in NEURAL.items() for i in range(len(cases))]


@pytest.mark.parametrize(("name", "index"), NEURAL_CASES)
def test_fused_and_composed_backward_agree(name: str, index: int) -> None:
    """Under create_graph the backward is composed of differentiable operations, else fused."""
    function = NEURAL[name][index].function
    inputs = inputs_of(NEURAL[name][index])
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
