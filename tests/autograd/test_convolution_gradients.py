"""Gradients of convolutions large enough for each of their kernels, against sums in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import taeda_autograd  # noqa: F401
import taeda_tensor as tt

# images, weight, padding, dilation, groups, stride
CASES = [
    # A weight of few channels: windows of three rows and columns, more and fewer rows, few outputs.
    ((2, 4, 28, 28), (4, 1, 3, 3), 1, 1, 4, 1),
    ((2, 4, 16, 40), (8, 1, 5, 3), 1, 1, 4, 1),
    ((3, 3, 9, 20), (3, 1, 4, 3), 0, 1, 3, 1),
    ((3, 2, 3, 5), (2, 1, 3, 3), 0, 1, 2, 1),
    ((2, 2, 4, 33), (2, 1, 3, 3), 0, 1, 2, 1),
    ((2, 2, 13, 13), (2, 1, 7, 7), 3, 1, 2, 1),
    ((2, 3, 12, 12), (3, 1, 3, 3), 2, 2, 3, 1),
    ((3, 5, 10, 10), (1, 5, 3, 3), 1, 1, 1, 1),
    ((3, 1, 10, 18), (20, 1, 3, 3), 1, 1, 1, 1),
    # Bands of four, five and seven columns: fewer rows than a band, odd halves, several chunks.
    ((2, 3, 12, 19), (6, 1, 4, 4), 2, 1, 3, 1),
    ((2, 3, 17, 33), (3, 1, 5, 5), 2, 1, 3, 1),
    ((9, 2, 14, 14), (2, 1, 7, 7), 3, 1, 2, 1),
    ((1, 2, 3, 40), (2, 1, 7, 7), 3, 1, 2, 1),
    ((2, 2, 5, 16), (2, 1, 5, 5), 2, 1, 2, 1),
    ((1, 2, 61, 70), (2, 1, 7, 7), 3, 1, 2, 1),
    ((2, 1, 1, 90), (1, 1, 1, 7), 0, 1, 1, 1),
    ((2, 9, 15, 21), (2, 9, 7, 7), 3, 1, 1, 1),
    ((2, 6, 7, 7), (4, 3, 5, 5), 2, 1, 2, 1),
    # By Winograd's products: of groups, and of outputs a dilation apart.
    ((3, 32, 9, 12), (40, 16, 3, 3), 1, 1, 2, 1),
    ((2, 17, 14, 17), (18, 17, 3, 3), 2, 2, 1, 1),
    ((2, 32, 16, 26), (34, 16, 3, 3), 5, 3, 2, 1),
    # A weight of few channels, every second place: three columns, more and fewer, few outputs.
    ((3, 5, 17, 40), (5, 1, 3, 3), 1, 1, 5, 2),
    ((2, 4, 16, 71), (8, 1, 5, 4), 2, 1, 4, 2),
    ((2, 3, 5, 6), (3, 1, 2, 3), 0, 1, 3, 2),
    ((3, 2, 19, 21), (2, 1, 3, 3), 2, 2, 2, 2),
    ((2, 3, 20, 22), (3, 1, 3, 3), 1, 1, 3, 3),
    # Patches side by side, with and without inputs beyond the last ones, and with padding.
    ((3, 3, 32, 48), (40, 3, 16, 16), 0, 1, 1, 16),
    ((2, 8, 22, 90), (64, 4, 5, 5), 0, 1, 2, 5),
    ((2, 3, 30, 20), (34, 3, 20, 20), 0, 1, 1, 20),
    ((2, 3, 22, 26), (34, 3, 8, 8), 1, 1, 1, 8),
]
# A sum of n products of numbers about 1 errs by less than n roundings of its size.
TOLERANCE = {tt.float32: 1e-4, tt.float64: 1e-12}


def windows_of(
    x: np.ndarray, kernel: tuple[int, int], padding: int, dilation: int, stride: int = 1
) -> np.ndarray:
    x = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    reach = [dilation * (k - 1) + 1 for k in kernel]
    return sliding_window_view(x, reach, axis=(2, 3))[
        :, :, ::stride, ::stride, ::dilation, ::dilation
    ]


def expected_gradients(
    x: np.ndarray,
    weight: np.ndarray,
    scale: np.ndarray,
    padding: int,
    dilation: int,
    groups: int,
    stride: int,
) -> tuple[np.ndarray, np.ndarray]:
    windows = windows_of(x, weight.shape[2:], padding, dilation, stride)
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
        rows, columns = y + stride * np.arange(height), z + stride * np.arange(width)
        places[:, :, rows[:, None], columns] += met
    inside = slice(padding, -padding or None)
    return places[:, :, inside, inside], weight_gradient


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0]) + str(case[1]))
def test_gradients(case, dtype: tt.dtype) -> None:
    x_shape, w_shape, padding, dilation, groups, stride = case
    random = np.random.default_rng(0)
    x = tt.tensor(random.standard_normal(x_shape)).to(dtype).requires_grad_()
    weight = tt.tensor(random.standard_normal(w_shape)).to(dtype).requires_grad_()
    bias = tt.tensor(random.standard_normal(w_shape[0])).to(dtype).requires_grad_()
    out = tt.conv2d(x, weight, bias, stride, padding, dilation, groups)
    scale = tt.tensor(random.standard_normal(tuple(out.shape))).to(dtype)
    (out * scale).sum().backward()
    operands = (np.asarray(t.detach().double().numpy()) for t in (x, weight, scale))
    expected = expected_gradients(*operands, padding, dilation, groups, stride)
    sums = np.asarray(scale.double().numpy()).sum((0, 2, 3))
    for found, wanted in zip((x.grad, weight.grad, bias.grad), (*expected, sums), strict=True):
        scaled = TOLERANCE[dtype] * (1 + np.abs(wanted).max())
        np.testing.assert_allclose(found.double().numpy(), wanted, atol=scaled, rtol=0)


VOLUMES = [
    ((2, 17, 5, 9, 8), (18, 17, 3, 3, 3), 1, 1, 1),
    ((2, 16, 7, 13, 10), (33, 16, 2, 3, 3), (0, 2, 1), (2, 1, 2), 1),
    ((3, 32, 3, 8, 8), (32, 16, 1, 3, 3), 1, 1, 2),
    ((2, 16, 40, 30, 44), (16, 16, 4, 3, 3), (3, 1, 1), (3, 1, 1), 1),  # several blocks of tiles
]


@pytest.mark.parametrize("case", VOLUMES, ids=lambda case: str(case[0]) + str(case[1]))
def test_volumes_beside_double_precision(case) -> None:
    hold_double_precision(tt.conv3d, case[0], case[1], case[1][0], 1, *case[2:])


# images, weight, stride, padding: windows and steps that have products of their own
PLANES = [
    ((2, 32, 13, 17), (36, 32, 2, 2), 1, 0),
    ((2, 64, 32, 31), (66, 64, 3, 3), 2, 1),
    ((2, 130, 17, 16), (33, 130, 4, 4), 2, 1),
    ((3, 64, 31, 30), (64, 32, 3, 4), (2, 2), (1, 2)),
    ((2, 33, 5, 70), (34, 33, 1, 5), 1, (0, 2)),
    ((2, 34, 40, 9), (48, 34, 3, 2), (2, 1), (1, 0)),
    ((1, 20, 50, 47), (70, 20, 3, 3), 1, 1),  # shares of an image
    ((2, 70, 14, 18), (230, 70, 3, 3), 1, 1),  # channels, not shares, are dealt
]


@pytest.mark.parametrize("case", PLANES, ids=lambda case: str(case[0]) + str(case[1]))
def test_planes_beside_double_precision(case) -> None:
    x_shape, w_shape, *geometry = case
    groups = x_shape[1] // w_shape[1]
    hold_double_precision(tt.conv2d, x_shape, w_shape, w_shape[0], *geometry, 1, groups)


@pytest.mark.parametrize("kernel", [3, 4])
def test_transposed_beside_double_precision(kernel: int) -> None:
    shapes = (2, 64, 14, 17), (64, 33, kernel, kernel)
    hold_double_precision(tt.conv_transpose2d, *shapes, 33, 2, 1)


def hold_double_precision(convolve, x_shape, w_shape, channels, *geometry) -> None:
    """In float64, where sums are plain, as test_rules.py holds against finite differences."""
    random = np.random.default_rng(3)
    arrays = [random.standard_normal(s).astype(np.float32) for s in (x_shape, w_shape, channels)]
    found: list[list[np.ndarray]] = []
    for dtype in (tt.float32, tt.float64):
        inputs = [tt.from_numpy(a).to(dtype).requires_grad_() for a in arrays]
        out = convolve(*inputs, *geometry)
        scale = np.random.default_rng(4).standard_normal(tuple(out.shape)).astype(np.float32)
        (out * tt.from_numpy(scale).to(dtype)).sum().backward()
        results = [out.detach(), *(t.grad for t in inputs)]
        found.append([np.asarray(t.double().numpy()) for t in results])
    for single, double in zip(*found, strict=True):
        bound = TOLERANCE[tt.float32] * (1 + np.abs(double).max())
        np.testing.assert_allclose(single, double, atol=bound, rtol=0)


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


def weight_gradient(x: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Of windows of 3x3 with a border of one, by taeda."""
    weight = tt.zeros(scale.shape[1], x.shape[1], 3, 3).requires_grad_()
    out = tt.conv2d(tt.from_numpy(x), weight, padding=1)
    (out * tt.from_numpy(scale)).sum().backward()
    return np.asarray(weight.grad.numpy())


def operands(
    images: int, channels: int, out: int, height: int, width: int
) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(2)
    x = random.standard_normal((images, channels, height, width)).astype(np.float32)
    return x, random.standard_normal((images, out, height, width)).astype(np.float32)


def plain_weight_gradient(windows: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The sum in single precision, place by place, each step rounded once."""
    total = np.zeros((scale.shape[1], windows.shape[1], *windows.shape[4:]), np.float32)
    for n, y, z in np.ndindex(scale.shape[0], *scale.shape[2:]):
        factor = scale[n, :, y, z, None, None, None].astype(np.float64)
        total = (total + factor * windows[n, :, y, z]).astype(np.float32)
    return total


def hold_error(found: np.ndarray, windows: np.ndarray, scale: np.ndarray) -> None:
    """Terms of both signs, as many as it takes to prefer products: they round each factor."""
    exact = np.einsum(
        "nchwij,nohw->ocij", windows.astype(np.float64), scale.astype(np.float64), optimize=True
    )
    error = np.abs(found - exact)
    plain_error = np.abs(plain_weight_gradient(windows, scale) - exact)
    assert error.max() < 5 * plain_error.max()
    assert np.sqrt((error**2).mean()) < 4 * np.sqrt((plain_error**2).mean())


@pytest.mark.parametrize(
    ("window", "stride"),
    [
        *(((2, 2), 1), ((1, 5), 1), ((1, 3), 1), ((4, 4), 1), ((3, 3), 2), ((4, 4), 2)),
        *(((5, 6), 2), ((7, 7), 2), ((9, 7), 3)),
    ],
)
@pytest.mark.parametrize("channels", [3, 64])
def test_error_of_other_windows(window: tuple[int, int], stride: int, channels: int) -> None:
    random = np.random.default_rng(5)
    x = random.standard_normal((2, channels, 34, 41)).astype(np.float32)
    windows = sliding_window_view(x, window, (2, 3))[:, :, ::stride, ::stride]
    scale = random.standard_normal((2, 64, *windows.shape[2:4])).astype(np.float32)
    weight = tt.zeros(64, channels, *window).requires_grad_()
    (tt.conv2d(tt.from_numpy(x), weight, stride=stride) * tt.from_numpy(scale)).sum().backward()
    hold_error(np.asarray(weight.grad.numpy()), windows, scale)


# The last two take several blocks of input channels, and of tiles.
@pytest.mark.parametrize(
    "shape", [(16, 16, 16, 4, 4), (3, 17, 33, 14, 9), (7, 130, 20, 7, 6), (2, 20, 40, 70, 90)]
)
def test_error_of_winograd_beside_a_plain_sum(shape: tuple[int, ...]) -> None:
    x, scale = operands(*shape)
    hold_error(weight_gradient(x, scale), windows_of(x, (3, 3), 1, 1), scale)


def test_what_is_not_finite_reaches_the_weights_that_met_it() -> None:
    x, scale = operands(3, 17, 20, 9, 10)
    clean = weight_gradient(x, scale)
    x[1, 5, 0, 0] = np.inf
    found = weight_gradient(x, scale)
    # The corner meets the taps that lie above and left of the middle, and the middle.
    touched = np.zeros_like(found, bool)
    touched[:, 5, :2, :2] = True
    assert not np.isfinite(found[touched]).any()
    np.testing.assert_allclose(found[~touched], clean[~touched], atol=1e-3)


def test_large_numbers_do_not_overflow_on_their_way() -> None:
    x, scale = operands(4, 16, 16, 8, 8)
    x *= np.float32(1e38) / np.abs(x).max()
    scale *= np.float32(1e-3)
    windows = windows_of(x.astype(np.float64), (3, 3), 1, 1)
    exact = np.einsum("nchwij,nohw->ocij", windows, scale.astype(np.float64), optimize=True)
    found = weight_gradient(x, scale)
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-5 * np.abs(exact).max())
