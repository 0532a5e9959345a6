"""Convolution and pooling layers of other ranks beside those of two dimensions."""

import numpy as np
import pytest

import taeda_nn as nn
import taeda_tensor as tt

F = nn.functional
RNG = np.random.default_rng(5)


def array(*shape):
    return tt.from_numpy(RNG.standard_normal(shape))


def close(result, expected):
    np.testing.assert_allclose(
        result.detach().numpy(), expected.detach().numpy(), rtol=1e-12, atol=1e-12
    )


def with_weights(layer, weight, bias):
    layer = layer.double()
    layer.load_state_dict({"weight": weight, "bias": bias})
    return layer


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("padding", [2, "same", "valid"])
def test_conv1d_is_a_row_of_conv2d(mode, padding):
    x, weight, bias = array(2, 4, 11), array(6, 2, 4), array(6)
    layer = with_weights(
        nn.Conv1d(4, 6, 4, padding=padding, groups=2, padding_mode=mode), weight, bias
    )
    plane = padding if isinstance(padding, str) else (0, padding)
    plane_layer = nn.Conv2d(4, 6, (1, 4), padding=plane, groups=2, padding_mode=mode)
    plane_layer = with_weights(plane_layer, weight[:, :, None], bias)
    close(layer(x), plane_layer(x[:, :, None])[:, :, 0])
    close(layer(x[0]), layer(x)[0])


def test_conv3d_of_one_slice_is_conv2d():
    x, weight, bias = array(2, 4, 5, 6, 7), array(3, 4, 1, 3, 2), array(3)
    layer = nn.Conv3d(4, 3, (1, 3, 2), stride=(2, 1, 2), padding=(0, 1, 1))
    layer = with_weights(layer, weight, bias)
    plane_layer = nn.Conv2d(4, 3, (3, 2), stride=(1, 2), padding=1)
    plane_layer = with_weights(plane_layer, weight[:, :, 0], bias)
    result = layer(x)
    assert tuple(result.shape) == (2, 3, 3, 6, 4)
    for depth in range(3):
        close(result[:, :, depth], plane_layer(x[:, :, 2 * depth]))
    close(layer(x[1]), result[1])


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_transposes_are_gradients(rank):
    kernel, stride = (3, 2, 4)[:rank], (2, 3, 1)[:rank]
    layer = getattr(nn, f"ConvTranspose{rank}d")(4, 6, kernel, stride, 1, groups=2, bias=False)
    layer = layer.double()
    assert tuple(layer.weight.shape) == (4, 3, *kernel)
    x = array(2, 4, *(4, 3, 5)[:rank])
    y = layer(x)
    probe = array(*y.shape)
    forward = getattr(F, f"conv{rank}d")(probe, layer.weight, None, stride, 1, 1, 2)
    np.testing.assert_allclose((forward * x).sum().item(), (y * probe).sum().item(), rtol=1e-10)
    close(layer(x[0]), y[0])


def test_output_size_chooses_among_sizes():
    layer = nn.ConvTranspose2d(2, 3, 3, stride=(2, 3), padding=1)
    x = tt.zeros(1, 2, 4, 4)
    assert tuple(layer(x).shape) == (1, 3, 7, 10)
    assert tuple(layer(x, (8, 12)).shape) == (1, 3, 8, 12)
    assert tuple(layer(x, [1, 3, 7, 11]).shape) == (1, 3, 7, 11)
    with pytest.raises(ValueError, match="valid sizes range from"):
        layer(x, (9, 12))
    with pytest.raises(ValueError, match="must have 2 or 4 elements"):
        layer(x, (8,))
    with pytest.raises(ValueError, match='Only "zeros" padding mode'):
        nn.ConvTranspose2d(2, 3, 3, padding_mode="reflect")


def test_initial_values_lie_within_their_bounds():
    for layer, fan in ((nn.Conv3d(4, 9, 2), 32), (nn.ConvTranspose1d(9, 4, 5), 20)):
        for parameter in layer.parameters():
            assert parameter.abs().max().item() <= fan**-0.5
        # Of that many uniform values, the largest misses a tenth of the bound with 0.9^180.
        assert layer.weight.abs().max().item() > 0.9 * fan**-0.5


def test_pools_of_signals():
    x = array(2, 3, 11)
    values, indices = F.max_pool1d(x, 3, 2, 1, return_indices=True)
    close(values, nn.MaxPool1d(3, 2, 1)(x))
    close(x.gather(-1, indices), values)
    close(values, F.max_pool2d(x[:, :, None], (1, 3), (1, 2), (0, 1))[:, :, 0])
    close(nn.AvgPool1d(4)(x)[..., 0], x[..., :4].mean(-1))
    close(nn.AvgPool1d(3, 2, 1, count_include_pad=False)(x)[..., 0], x[..., :2].mean(-1))
    close(nn.AdaptiveAvgPool1d(1)(x[0]), x[0].mean(-1, keepdim=True))
