"""Weight norm, spectral norm and fused batch norm."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import taeda_autograd
import taeda_nn as nn
import taeda_tensor as tt
from taeda_nn import utils


@pytest.mark.parametrize("dim", [0, 1, -1, None])
def test_weight_norm_leaves_the_function_alone(dim: int | None) -> None:
    tt.manual_seed(0)
    layer, x = nn.Conv1d(3, 4, 2), tt.randn(2, 3, 5)
    weight, expected = layer.weight.detach().numpy().copy(), layer(x)
    assert utils.weight_norm(layer, dim=dim) is layer
    # The norm and the division round each element a few times.
    np.testing.assert_allclose(
        layer(x).detach().numpy(), expected.detach().numpy(), rtol=1e-4, atol=1e-6
    )
    axes = None if dim is None else tuple(d for d in range(3) if d != dim % 3)
    norms = np.sqrt((weight**2).sum(axes, keepdims=dim is not None))
    np.testing.assert_allclose(layer.weight_g.detach().numpy(), norms, rtol=1e-6)
    layer.weight_g.data.mul_(2)
    layer(x)
    np.testing.assert_allclose(layer.weight.detach().numpy(), 2 * weight, rtol=1e-5)
    utils.remove_weight_norm(layer)
    layer(x)
    assert [name for name, _ in layer.named_parameters()] == ["bias", "weight"]
    np.testing.assert_allclose(layer.weight.detach().numpy(), 2 * weight, rtol=1e-5)


def test_weight_norm_learns_size_and_direction() -> None:
    layer = utils.weight_norm(nn.Linear(3, 2, dtype=tt.float64))
    x = tt.ones(1, 3, dtype=tt.float64)

    def run(g: tt.Tensor, v: tt.Tensor) -> tt.Tensor:
        weight = v * (g / v.norm(2, 1, keepdim=True))
        return x @ weight.T + layer.bias.detach()

    g, v = (t.detach().clone().requires_grad_() for t in (layer.weight_g, layer.weight_v))
    run(g, v).sum().backward()
    layer(x).sum().backward()
    np.testing.assert_allclose(layer.weight_g.grad.numpy(), g.grad.numpy())  # type: ignore[union-attr]
    np.testing.assert_allclose(layer.weight_v.grad.numpy(), v.grad.numpy(), atol=1e-15)  # type: ignore[union-attr]
    assert taeda_autograd.gradcheck(run, (g, v))


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Linear(5, 4, dtype=tt.float64),
        lambda: nn.Conv2d(2, 3, 3, dtype=tt.float64),
        lambda: nn.ConvTranspose1d(2, 3, 3, dtype=tt.float64),
    ],
)
def test_spectral_norm_divides_by_the_largest_singular_value(
    make: Callable[[], nn.Module],
) -> None:
    tt.manual_seed(0)
    layer = make()
    dim = 1 if isinstance(layer, nn.ConvTranspose1d) else 0
    weight = layer.weight.detach().numpy().copy()  # type: ignore[union-attr]
    matrix = np.moveaxis(weight, dim, 0).reshape(weight.shape[dim], -1)
    utils.spectral_norm(layer, n_power_iterations=300)
    shape = {2: (1, 5), 4: (1, 2, 4, 4), 3: (1, 2, 4)}[weight.ndim]
    layer(tt.zeros(*shape, dtype=tt.float64))
    largest = np.linalg.svd(matrix, compute_uv=False)[0]
    np.testing.assert_allclose(layer.weight.detach().numpy(), weight / largest, rtol=1e-6)  # type: ignore[union-attr]
    # In evaluation nothing moves.
    u = layer.weight_u.clone()  # type: ignore[union-attr, operator]
    layer.eval()(tt.zeros(*shape, dtype=tt.float64))
    assert tt.equal(u, layer.weight_u)  # type: ignore[arg-type]
    utils.remove_spectral_norm(layer)
    np.testing.assert_allclose(layer.weight.detach().numpy(), weight / largest, rtol=1e-6)  # type: ignore[union-attr]
    assert sorted(dict(layer.named_parameters())) == ["bias", "weight"]
    assert dict(layer.named_buffers()) == {}
    layer.train()(tt.zeros(*shape, dtype=tt.float64))


def test_two_forwards_before_backward() -> None:
    tt.manual_seed(0)
    layer = utils.spectral_norm(nn.Linear(3, 2))
    x = tt.ones(1, 3)
    (layer(x) + layer(x)).sum().backward()
    assert layer.weight_orig.grad is not None
    state = layer.state_dict()
    assert sorted(state) == ["bias", "weight_orig", "weight_u", "weight_v"]


def test_what_cannot_be_normed() -> None:
    layer = utils.weight_norm(nn.Linear(2, 2))
    with pytest.raises(RuntimeError, match="Cannot register two weight_norm hooks on the same"):
        utils.weight_norm(layer)
    with pytest.raises(ValueError, match="spectral_norm: ReLU has no parameter 'weight'"):
        utils.spectral_norm(nn.ReLU())
    with pytest.raises(ValueError, match="Expected n_power_iterations to be positive"):
        utils.spectral_norm(nn.Linear(2, 2), n_power_iterations=0)
    with pytest.raises(ValueError, match="weight_norm of 'weight' not found in Linear"):
        utils.remove_weight_norm(nn.Linear(2, 2))


@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_batch_norm_is_folded_into_the_convolution(transpose: bool, bias: bool) -> None:
    tt.manual_seed(0)
    kind = nn.ConvTranspose2d if transpose else nn.Conv2d
    conv = kind(2, 3, 3, bias=bias, dtype=tt.float64).eval()
    norm = nn.BatchNorm2d(3, dtype=tt.float64)
    norm.train()(tt.randn(4, 3, 5, 5, dtype=tt.float64))
    norm.eval()
    x = tt.randn(2, 2, 6, 6, dtype=tt.float64)
    fused = utils.fuse_conv_bn_eval(conv, norm, transpose)
    np.testing.assert_allclose(
        fused(x).detach().numpy(), norm(conv(x)).detach().numpy(), rtol=1e-10, atol=1e-12
    )
    with pytest.raises(AssertionError, match="Fusion only for eval!"):
        utils.fuse_conv_bn_eval(conv.train(), norm)
