"""Convolutions against a direct sum over windows in NumPy, and their promises."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import taeda_tensor as tt

TOLERANCE = {tt.float32: 2e-5, tt.float64: 1e-13, tt.float16: 4e-3, tt.bfloat16: 3e-2}


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def double(x: tt.Tensor) -> np.ndarray:
    return np.asarray(x.to(tt.float64).numpy())


def reference(x, weight, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    """The definition: a sum over all windows of the padded images."""
    x = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
    kernel = weight.shape[2:]
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    windows = sliding_window_view(x, reach, axis=(2, 3))
    windows = windows[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]
    n, c = x.shape[:2]
    windows = windows.reshape(n, groups, c // groups, *windows.shape[2:])
    weights = weight.reshape(groups, weight.shape[0] // groups, *weight.shape[1:])
    out = np.einsum("ngchwij,gocij->ngohw", windows, weights)
    return out.reshape(n, weight.shape[0], *out.shape[3:])


# images, weight, stride, padding, dilation, groups
CASES = [
    ((1, 1, 1, 1), (1, 1, 1, 1), (1, 1), (0, 0), (1, 1), 1),
    ((2, 3, 8, 8), (4, 3, 3, 3), (1, 1), (1, 1), (1, 1), 1),
    ((3, 1, 28, 28), (32, 1, 3, 3), (1, 1), (0, 0), (1, 1), 1),
    ((2, 4, 9, 11), (6, 2, 3, 2), (2, 3), (1, 0), (1, 1), 2),
    ((2, 6, 12, 7), (6, 1, 3, 3), (1, 1), (1, 1), (1, 1), 6),
    ((2, 6, 12, 17), (12, 1, 5, 3), (2, 1), (2, 1), (1, 2), 6),
    ((1, 5, 10, 10), (7, 5, 3, 3), (1, 1), (4, 4), (2, 3), 1),
    ((2, 70, 7, 7), (160, 70, 3, 3), (1, 1), (1, 1), (1, 1), 1),
    ((40, 3, 4, 4), (10, 3, 3, 3), (1, 1), (1, 1), (1, 1), 1),
    ((1, 2, 20, 300), (3, 2, 1, 7), (1, 4), (0, 3), (1, 1), 1),
    ((2, 12, 15, 15), (8, 3, 1, 1), (2, 2), (0, 0), (1, 1), 4),
    ((2, 1, 5, 5), (1, 1, 2, 2), (3, 3), (0, 0), (1, 1), 1),
    ((2, 6, 9, 7), (5, 6, 1, 1), (1, 1), (0, 0), (1, 1), 1),
    ((3, 8, 17, 23), (6, 4, 1, 1), (1, 1), (0, 0), (1, 1), 2),
    ((2, 3, 19, 40), (4, 3, 3, 5), (1, 1), (0, 0), (1, 1), 1),
    ((0, 2, 5, 5), (3, 2, 3, 3), (1, 1), (0, 0), (1, 1), 1),
    # Of few channels a group: windows of one to seven rows, outputs of few and many rows.
    ((2, 3, 15, 20), (3, 1, 7, 7), (1, 1), (3, 3), (1, 1), 3),
    ((2, 3, 9, 33), (3, 1, 2, 3), (1, 1), (0, 1), (1, 1), 3),
    ((2, 2, 3, 40), (4, 1, 4, 3), (1, 1), (2, 1), (1, 1), 2),
    ((2, 3, 17, 18), (3, 1, 3, 3), (2, 1), (1, 1), (1, 1), 3),
    ((2, 3, 12, 12), (3, 1, 3, 3), (1, 1), (2, 2), (2, 2), 3),
    ((2, 1, 10, 18), (20, 1, 3, 3), (1, 1), (1, 1), (1, 1), 1),
    ((2, 9, 11, 18), (2, 9, 3, 3), (1, 1), (1, 1), (1, 1), 1),
    # By Winograd's products in float32 and less.
    ((3, 16, 4, 4), (16, 16, 3, 3), (1, 1), (1, 1), (1, 1), 1),
    ((2, 17, 9, 6), (33, 17, 3, 3), (1, 1), (0, 0), (1, 1), 1),
    ((2, 40, 33, 21), (50, 40, 3, 3), (1, 1), (1, 1), (1, 1), 1),
    ((3, 24, 7, 70), (20, 24, 3, 3), (1, 1), (2, 0), (1, 1), 1),
    # Many tiles, which take another order than those of an image alone.
    ((7, 17, 14, 30), (40, 17, 3, 3), (1, 1), (1, 1), (1, 1), 1),
    # The same in parts: of groups, and of outputs a dilation apart.
    ((2, 48, 9, 12), (60, 16, 3, 3), (1, 1), (1, 1), (1, 1), 3),
    ((2, 17, 14, 17), (18, 17, 3, 3), (1, 1), (2, 2), (2, 2), 1),
    ((2, 16, 23, 18), (16, 16, 3, 3), (1, 1), (1, 0), (2, 1), 1),
    ((2, 32, 16, 26), (34, 16, 3, 3), (1, 1), (7, 5), (3, 2), 2),
    # The same of other windows and steps, and of windows along one axis.
    ((2, 33, 17, 17), (34, 33, 2, 2), (1, 1), (1, 0), (1, 1), 1),
    ((2, 64, 15, 16), (66, 64, 3, 3), (2, 2), (1, 1), (1, 1), 1),
    ((2, 32, 20, 33), (33, 32, 4, 4), (2, 2), (1, 1), (1, 1), 1),
    ((2, 64, 16, 24), (64, 32, 3, 4), (2, 2), (1, 1), (1, 1), 2),
    ((2, 34, 17, 15), (48, 34, 3, 2), (2, 1), (0, 1), (1, 1), 1),
    ((2, 32, 3, 35), (33, 32, 1, 5), (1, 1), (0, 2), (1, 1), 1),
    ((2, 32, 29, 4), (33, 32, 5, 1), (1, 1), (2, 0), (2, 1), 1),
    # The same of windows whose places between two outputs become channels.
    ((2, 3, 33, 41), (20, 3, 7, 7), (2, 2), (3, 3), (1, 1), 1),
    ((2, 8, 20, 35), (34, 4, 7, 5), (2, 2), (3, 2), (1, 1), 2),
    ((3, 5, 40, 29), (17, 5, 11, 9), (4, 3), (2, 1), (1, 1), 1),
    ((2, 16, 21, 24), (17, 16, 3, 6), (1, 2), (1, 2), (1, 1), 1),
    # By sums of panels that are filled straight from the images: lines of several rows and images
    # in one vector, neighbours one, two and more elements apart.
    ((5, 64, 14, 14), (128, 64, 3, 3), (2, 2), (1, 1), (1, 1), 1),
    ((3, 12, 9, 27), (80, 12, 3, 5), (1, 2), (0, 4), (1, 2), 1),
    ((4, 10, 9, 7), (64, 10, 5, 4), (1, 1), (2, 2), (1, 1), 1),
    ((2, 20, 11, 11), (96, 10, 3, 3), (2, 2), (2, 2), (1, 1), 2),
    ((3, 3, 28, 42), (20, 3, 14, 14), (14, 14), (0, 0), (1, 1), 1),
    ((3, 4, 21, 23), (40, 4, 5, 18), (4, 3), (2, 8), (1, 1), 1),
    # By tiles whose lanes are output channels: of rows of any length, in runs that share a tile or
    # not, of 16 to 64 lanes and both steps, of windows that lie beyond a border or within.
    ((2, 16, 9, 7), (64, 16, 5, 5), (1, 1), (2, 2), (1, 1), 1),
    ((3, 6, 14, 14), (16, 6, 5, 5), (1, 1), (0, 0), (1, 1), 1),
    ((1, 16, 28, 13), (32, 16, 5, 5), (1, 1), (2, 2), (1, 1), 1),
    ((2, 8, 11, 20), (48, 8, 7, 7), (1, 1), (3, 3), (1, 1), 1),
    ((2, 16, 21, 57), (32, 16, 3, 3), (2, 2), (1, 0), (1, 1), 1),
    ((2, 32, 10, 15), (256, 16, 5, 3), (1, 2), (4, 1), (1, 1), 2),
    ((2, 20, 12, 9), (32, 20, 5, 5), (3, 1), (2, 4), (2, 2), 1),
    # Few outputs of many weights, and windows of one place: by the matrix engine.
    ((1, 70, 9, 7), (300, 70, 1, 1), (2, 2), (0, 0), (1, 1), 1),
    ((2, 40, 5, 6), (256, 20, 5, 6), (1, 1), (0, 0), (1, 1), 2),
    ((1, 100, 4, 5), (130, 100, 4, 3), (3, 1), (1, 1), (1, 1), 1),
    ((2, 40, 12, 10), (9, 40, 1, 1), (1, 1), (0, 0), (1, 1), 1),
    ((1, 64, 7, 7), (130, 32, 1, 1), (1, 1), (0, 0), (1, 1), 2),
    # From a box: of few channels, and of windows with gaps between neighbours far apart.
    ((4, 3, 9, 7), (64, 3, 3, 3), (2, 2), (1, 1), (1, 1), 1),
    ((2, 9, 20, 22), (40, 9, 3, 3), (1, 3), (0, 1), (1, 2), 1),
]


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0]) + str(case[1]))
def test_conv2d(case, dtype: tt.dtype) -> None:
    x_shape, w_shape, *geometry = case
    x = tt.tensor(random(*x_shape)).to(dtype)
    weight = tt.tensor(random(*w_shape, seed=1)).to(dtype)
    bias = tt.tensor(random(w_shape[0], seed=2)).to(dtype)
    if x_shape[0] == 0:
        assert tuple(tt.conv2d(x, weight, bias).shape) == (0, 3, 3, 3)
        return
    expected = reference(double(x), double(weight), *geometry)
    tolerance = TOLERANCE[dtype] * (1 + np.abs(expected).max())
    layouts = [x, x.permute(2, 3, 1, 0).contiguous().permute(3, 2, 0, 1)]
    for images in layouts:
        actual = tt.conv2d(images, weight, None, *geometry)
        np.testing.assert_allclose(double(actual), expected, atol=tolerance, rtol=0)
    actual = tt.conv2d(x, weight, bias, *geometry)
    expected = expected + double(bias)[:, None, None]
    np.testing.assert_allclose(double(actual), expected, atol=tolerance, rtol=0)
    single = tt.conv2d(x[0], weight, bias, *geometry)
    assert np.array_equal(double(single), double(actual)[0])
    tt.set_num_threads(1)
    assert np.array_equal(double(tt.conv2d(x, weight, bias, *geometry)), double(actual))


def test_a_weight_that_is_not_finite_meets_the_border_in_any_batch() -> None:
    x, weight = tt.tensor(random(40, 6, 4, 4)), tt.tensor(random(8, 6, 3, 3))
    weight[1, 2, 0, 1] = float("inf")
    weight[3, 4, 2, 2] = float("nan")
    whole = double(tt.conv2d(x, weight, padding=1))
    assert np.isnan(whole[0, 1, 0]).all()  # infinity times the zeros above
    assert np.isfinite(whole[:, 0]).all()
    for image in (0, 39):
        alone = double(tt.conv2d(x[image], weight, padding=1))
        np.testing.assert_array_equal(alone, whole[image])


def test_sums_that_underflow_have_one_sign_in_any_batch() -> None:
    x, weight = tt.full((16, 40, 7, 7), 1e-30), tt.full((64, 40, 1, 1), -1e-30)
    for images in (x, x[:1]):
        assert not np.signbit(double(tt.conv2d(images, weight))).any()


def test_a_weight_that_is_not_finite_meets_the_border_by_channels() -> None:
    x, weight = tt.tensor(random(3, 16, 14, 14)), tt.tensor(random(32, 16, 5, 5))
    weight[1, 2, 0, 1] = float("inf")
    whole = double(tt.conv2d(x, weight, padding=2))
    assert np.isnan(whole[:, 1, :2]).all()  # infinity times the zeros above
    assert not np.isnan(whole[:, 1, 2:, 1:]).any()
    assert np.isfinite(np.delete(whole, 1, axis=1)).all()
    weight[1, 2, 0, 1] = 0.5
    finite = double(tt.conv2d(x, weight, padding=2))
    np.testing.assert_array_equal(np.delete(whole, 1, axis=1), np.delete(finite, 1, axis=1))


def test_named_padding() -> None:
    x, weight = tt.tensor(random(2, 3, 9, 10)), tt.tensor(random(4, 3, 3, 5))
    same = tt.conv2d(x, weight, padding="same")
    expected = reference(double(x), double(weight), padding=(1, 2))
    np.testing.assert_allclose(double(same), expected, atol=1e-12)
    np.testing.assert_allclose(
        double(tt.conv2d(x, weight, padding="valid")),
        reference(double(x), double(weight)),
        atol=1e-12,
    )
    even = tt.tensor(random(4, 3, 2, 4))
    padded = np.pad(double(x), ((0, 0), (0, 0), (0, 1), (1, 2)))
    np.testing.assert_allclose(
        double(tt.conv2d(x, even, padding="same")), reference(padded, double(even)), atol=1e-12
    )


def test_conv1d() -> None:
    x, weight, bias = (tt.tensor(random(*s)) for s in [(2, 4, 30), (6, 2, 5), (6,)])
    actual = tt.conv1d(x, weight, bias, stride=2, padding=3, dilation=2, groups=2)
    expected = reference(
        double(x)[:, :, None], double(weight)[:, :, None], (1, 2), (0, 3), (1, 2), 2
    )[:, :, 0]
    np.testing.assert_allclose(double(actual), expected + double(bias)[:, None], atol=1e-12)
    np.testing.assert_array_equal(
        double(tt.conv1d(x[1], weight, bias, 2, 3, 2, 2)), double(actual)[1]
    )


def test_conv3d() -> None:
    """Of a window whose depths are independent, a sum of two-dimensional convolutions."""
    x, weight, bias = (tt.tensor(random(*s)) for s in [(2, 4, 5, 7, 6), (6, 2, 3, 2, 3), (6,)])
    actual = tt.conv3d(x, weight, bias, (1, 2, 1), (1, 0, 2), (2, 1, 1), 2)
    padded = np.pad(double(x), ((0, 0), (0, 0), (1, 1), (0, 0), (0, 0)))
    expected = np.stack(
        [
            sum(
                reference(
                    padded[:, :, z + 2 * k], double(weight)[:, :, k], (2, 1), (0, 2), (1, 1), 2
                )
                for k in range(3)
            )
            for z in range(3)
        ],
        axis=2,
    )
    np.testing.assert_allclose(
        double(actual), expected + double(bias)[:, None, None, None], atol=1e-12
    )
    np.testing.assert_array_equal(
        double(tt.conv3d(x[1], weight, bias, (1, 2, 1), (1, 0, 2), (2, 1, 1), 2)), double(actual)[1]
    )


# images, weight, stride, padding, output padding, dilation, groups
TRANSPOSED = [
    ((1, 1, 1, 1), (1, 1, 1, 1), (1, 1), (0, 0), (0, 0), (1, 1), 1),
    ((2, 3, 5, 4), (3, 4, 3, 2), (1, 1), (1, 0), (0, 0), (1, 1), 1),
    ((2, 4, 5, 4), (4, 3, 3, 2), (2, 3), (1, 0), (1, 2), (1, 1), 2),
    ((2, 6, 4, 5), (6, 1, 3, 3), (2, 2), (1, 1), (1, 0), (1, 2), 6),
    ((1, 2, 3, 3), (2, 1, 2, 2), (3, 3), (0, 0), (0, 0), (1, 1), 1),
    # By Winograd's products in float32 and less.
    ((2, 64, 4, 4), (64, 17, 4, 4), (2, 2), (1, 1), (0, 0), (1, 1), 1),
    ((1, 64, 4, 4), (64, 17, 3, 3), (2, 2), (1, 1), (1, 1), (1, 1), 1),
    ((1, 64, 1, 30), (64, 32, 1, 4), (1, 2), (0, 1), (0, 0), (1, 1), 1),
    ((2, 40, 8, 7), (40, 3, 7, 7), (2, 2), (3, 3), (1, 1), (1, 1), 1),
    ((1, 32, 8, 6), (32, 16, 4, 6), (2, 3), (1, 2), (0, 1), (1, 1), 1),
    # Both phases of a row at once, and patches side by side.
    ((2, 6, 5, 9), (6, 1, 3, 3), (2, 2), (1, 1), (1, 1), (1, 1), 6),
    ((1, 2, 2, 19), (2, 2, 2, 4), (1, 2), (0, 1), (0, 0), (1, 1), 1),
    ((2, 40, 2, 3), (40, 2, 4, 6), (4, 6), (0, 0), (1, 2), (1, 1), 1),
    ((1, 64, 2, 3), (64, 2, 3, 4), (3, 4), (0, 0), (0, 0), (1, 1), 2),
]


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("case", TRANSPOSED, ids=lambda case: str(case[0]) + str(case[1]))
def test_conv_transpose2d(case, dtype: tt.dtype) -> None:
    """Against the transpose of the matrix of conv2d: <conv(u), x> = <u, transposed(x)>."""
    x_shape, w_shape, stride, padding, added, dilation, groups = case
    x = tt.tensor(random(*x_shape)).to(dtype)
    weight = tt.tensor(random(*w_shape, seed=1)).to(dtype)
    bias = tt.tensor(random(w_shape[1] * groups, seed=2)).to(dtype)
    actual = tt.conv_transpose2d(x, weight, bias, stride, padding, added, groups, dilation)
    sizes = [
        (n - 1) * s - 2 * p + d * (k - 1) + a + 1
        for n, k, s, p, a, d in zip(
            x_shape[2:], w_shape[2:], stride, padding, added, dilation, strict=True
        )
    ]
    assert tuple(actual.shape) == (x_shape[0], w_shape[1] * groups, *sizes)
    units = np.eye(int(np.prod(actual.shape[1:]))).reshape(-1, *actual.shape[1:])
    columns = reference(units, double(weight), stride, padding, dilation, groups)
    expected = np.einsum("uchw,nchw->nu", columns, double(x)).reshape(actual.shape)
    expected = expected + double(bias)[:, None, None]
    tolerance = TOLERANCE[dtype] * (1 + np.abs(expected).max())
    np.testing.assert_allclose(double(actual), expected, atol=tolerance, rtol=0)
    single = tt.conv_transpose2d(x[0], weight, bias, stride, padding, added, groups, dilation)
    assert np.array_equal(double(single), double(actual)[0])


def test_transposes_of_other_ranks() -> None:
    x, weight, bias = (tt.tensor(random(*s)) for s in [(2, 3, 5), (3, 4, 3), (4,)])
    line = tt.conv_transpose1d(x, weight, bias, 2, 1, 1)
    plane = tt.conv_transpose2d(x[:, :, None], weight[:, :, None], bias, (1, 2), (0, 1), (0, 1))
    np.testing.assert_array_equal(double(line), double(plane)[:, :, 0])
    x, weight = tt.tensor(random(2, 3, 2, 3, 4)), tt.tensor(random(3, 2, 1, 2, 2))
    volume = tt.conv_transpose3d(x, weight, stride=2)
    for depth in range(2):
        plane = tt.conv_transpose2d(x[:, :, depth], weight[:, :, 0], stride=2)
        np.testing.assert_array_equal(double(volume)[:, :, 2 * depth], double(plane))
    assert not double(volume)[:, :, 1].any()


ERRORS = [
    (lambda x, w: tt.conv2d(x[0, 0], w), r"the input must be \(N, C, H, W\) or \(C, H, W\)"),
    (lambda x, w: tt.conv2d(x, w[0]), "the weight must have 4 dimensions"),
    (lambda x, w: tt.conv2d(x[:, :2], w), r"has 2 channels, the weight \(4, 3, 3, 3\)"),
    (lambda x, w: tt.conv2d(x, w, tt.ones(3)), r"the bias must have shape \(4,\)"),
    (lambda x, w: tt.conv2d(x.double(), w), "one dtype, got float64 and float32"),
    (lambda x, w: tt.conv2d(x.int(), w.int()), "takes floating-point tensors"),
    (lambda x, w: tt.conv2d(x, w, groups=0), "groups must be at least 1"),
    (lambda x, w: tt.conv2d(x, w, stride=0), "stride must be at least 1"),
    (lambda x, w: tt.conv2d(x, w, padding=(1, 2, 3)), "padding must be an int or 2 numbers"),
    (lambda x, w: tt.conv2d(x, w, padding="full"), 'padding must be "valid", "same"'),
    (lambda x, w: tt.conv2d(x, w, stride=2, padding="same"), "needs stride 1"),
    (lambda x, w: tt.conv2d(x, w, dilation=9), "the kernel's reach 19 does not fit"),
    (lambda x, w: tt.conv1d(x, w), "the weight must have 3 dimensions"),
    (lambda x, w: tt.conv3d(x[0], w[None]), r"the input must be \(N, C, D, H, W\)"),
    (lambda x, w: tt.conv_transpose2d(x, w), "has 3 channels, the weight .* takes 4"),
    (lambda x, w: tt.conv_transpose2d(x, w[:3], output_padding=1), "smaller than stride or dila"),
    (lambda x, w: tt.conv_transpose2d(x, w[:3], tt.ones(2)), r"the bias must have shape \(3,\)"),
    (lambda x, w: tt.conv_transpose2d(x, w[:3], padding=9), "leave no output"),
]


@pytest.mark.parametrize(("call", "message"), ERRORS)
def test_errors(call, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        call(tt.ones(2, 3, 8, 8), tt.ones(4, 3, 3, 3))
