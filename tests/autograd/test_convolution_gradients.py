"""Gradients of convolutions large enough for each of their kernels, against sums in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import taeda_autograd  # noqa: F401
import taeda_tensor as tt

# images, weight, padding, dilation, groups; stride 1
CASES = [
    # A weight of few channels: windows of three rows and columns, more and fewer rows, few outputs.
    ((2, 4, 28, 28), (4, 1, 3, 3), 1, 1, 4),
    ((2, 4, 16, 40), (8, 1, 5, 3), 1, 1, 4),
    ((3, 3, 9, 20), (3, 1, 4, 3), 0, 1, 3),
    ((3, 2, 3, 5), (2, 1, 3, 3), 0, 1, 2),
    ((2, 2, 4, 33), (2, 1, 3, 3), 0, 1, 2),
    ((2, 2, 13, 13), (2, 1, 7, 7), 3, 1, 2),
    ((2, 3, 12, 12), (3, 1, 3, 3), 2, 2, 3),
    ((3, 5, 10, 10), (1, 5, 3, 3), 1, 1, 1),
    ((3, 1, 10, 18), (20, 1, 3, 3), 1, 1, 1),
]
# A sum of n products of numbers about 1 errs by less than n roundings of its size.
TOLERANCE = {tt.float32: 1e-4, tt.float64: 1e-12}


def windows_of(x: np.ndarray, kernel: tuple[int, int], padding: int, dilation: int) -> np.ndarray:
    x = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    reach = [dilation * (k - 1) + 1 for k in kernel]
    return sliding_window_view(x, reach, axis=(2, 3))[..., ::dilation, ::dilation]


def expected_gradients(
    x: np.ndarray, weight: np.ndarray, scale: np.ndarray, padding: int, dilation: int, groups: int
) -> tuple[np.ndarray, np.ndarray]:
    windows = windows_of(x, weight.shape[2:], padding, dilation)
    n = x.shape[0]
    split = windows.reshape(n, groups, -1, *windows.shape[2:])
    g = scale.reshape(n, groups, -1, *scale.shape[2:])
    weight_gradient = np.einsum("ngchwij,ngohw->gocij", split, g).reshape(weight.shape)
    # Each product of the forward sum gives its weight to the place that it met.
    w = weight.reshape(groups, -1, *weight.shape[1:])
    places = np.zeros((n, x.shape[1], x.shape[2] + 2 * padding, x.shape[3] + 2 * padding))
    height, width = scale.shape[2:]
    for i, j in np.ndindex(weight.shape[2:]):
        met = np.einsum("goc,ngohw->ngchw", w[..., i, j], g).reshape(n, -1, height, width)
        y, z = i * dilation, j * dilation
        places[:, :, y : y + height, z : z + width] += met
    inside = slice(padding, -padding or None)
    return places[:, :, inside, inside], weight_gradient


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0]) + str(case[1]))
def test_gradients(case, dtype: tt.dtype) -> None:
    x_shape, w_shape, padding, dilation, groups = case
    random = np.random.default_rng(0)
    x = tt.tensor(random.standard_normal(x_shape)).to(dtype).requires_grad_()
    weight = tt.tensor(random.standard_normal(w_shape)).to(dtype).requires_grad_()
    bias = tt.tensor(random.standard_normal(w_shape[0])).to(dtype).requires_grad_()
    out = tt.conv2d(x, weight, bias, 1, padding, dilation, groups)
    scale = tt.tensor(random.standard_normal(tuple(out.shape))).to(dtype)
    (out * scale).sum().backward()
    operands = (np.asarray(t.detach().double().numpy()) for t in (x, weight, scale))
    expected = expected_gradients(*operands, padding, dilation, groups)
    sums = np.asarray(scale.double().numpy()).sum((0, 2, 3))
    for found, wanted in zip((x.grad, weight.grad, bias.grad), (*expected, sums), strict=True):
        scaled = TOLERANCE[dtype] * (1 + np.abs(wanted).max())
        np.testing.assert_allclose(found.double().numpy(), wanted, atol=scaled, rtol=0)


def test_what_no_output_meets_does_not_reach_a_weight() -> None:
    """The first row of images meets the first row of a window only."""
    random = np.random.default_rng(1)
    images = random.standard_normal((2, 3, 9, 20)).astype(np.float32)
    images[1, 2, 0, 5] = np.inf
    x, weight = tt.from_numpy(images), tt.ones(3, 1, 3, 3).requires_grad_()
    tt.conv2d(x, weight, groups=3).sum().backward()
    found = np.asarray(weight.grad.numpy())
    assert np.isinf(found[2, 0, 0]).all()
    assert np.isfinite(found[2, 0, 1:]).all()
    assert np.isfinite(found[:2]).all()
