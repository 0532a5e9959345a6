"""Convolutions by Winograd's products: their error, and what is not finite."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import taeda_tensor as tt

OUT = 48


def windows_of(x: np.ndarray, window: tuple[int, int], stride: int) -> np.ndarray:
    """With a border of zeros, so that windows of stride one meet as many places as images have."""
    high, wide = (((n - 1) // 2, n // 2) for n in window)
    padded = np.pad(x, ((0, 0), (0, 0), high, wide))
    return sliding_window_view(padded, window, (2, 3))[:, :, ::stride, ::stride]


def convolved(x: np.ndarray, weight: np.ndarray, stride: int = 1) -> np.ndarray:
    """In double precision."""
    windows = windows_of(x.astype(np.float64), weight.shape[2:], stride)
    return np.einsum("nchwij,ocij->nohw", windows, weight.astype(np.float64), optimize=True)


def operands(
    height: int,
    width: int,
    images: int = 2,
    channels: int = 64,
    window: tuple[int, int] = (3, 3),
) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    x = random.standard_normal((images, channels, height, width)).astype(np.float32)
    return x, random.standard_normal((OUT, channels, *window)).astype(np.float32)


def result(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    found = tt.conv2d(tt.from_numpy(x), tt.from_numpy(weight), padding=1)
    return np.asarray(found.numpy())


def plain(x: np.ndarray, weight: np.ndarray, stride: int = 1) -> np.ndarray:
    """The sum in single precision, channel by channel and tap by tap, each step rounded once."""
    windows = windows_of(x, weight.shape[2:], stride)
    total = np.zeros((x.shape[0], weight.shape[0], *windows.shape[2:4]), np.float32)
    for c, i, j in np.ndindex(weight.shape[1:]):
        factor = weight[:, c, i, j, None, None].astype(np.float64)
        total = (total + factor * windows[:, c, None, :, :, i, j]).astype(np.float32)
    return total


@pytest.mark.parametrize("channels", [16, 64])
@pytest.mark.parametrize("shape", [(4, 4), (14, 14), (31, 57)])
def test_error_beside_that_of_a_plain_sum(shape: tuple[int, int], channels: int) -> None:
    """Terms of both signs are the worst case: where all have one sign, the plain sum errs more."""
    x, weight = operands(*shape, channels=channels)
    hold_error(result(x, weight), x, weight)


@pytest.mark.parametrize(
    ("window", "stride"),
    [
        *(((2, 2), 1), ((3, 2), 1), ((1, 3), 1), ((4, 4), 1), ((1, 5), 1), ((5, 1), 1)),
        *(((3, 3), 2), ((4, 4), 2), ((5, 6), 2), ((7, 7), 2), ((9, 7), 3)),
    ],
)
@pytest.mark.parametrize("channels", [3, 64])
def test_error_of_other_windows(window: tuple[int, int], stride: int, channels: int) -> None:
    x, weight = operands(24, 32, window=window, channels=channels)
    padded = np.pad(x, ((0, 0), (0, 0), *(((n - 1) // 2, n // 2) for n in window)))
    found = tt.conv2d(tt.from_numpy(padded), tt.from_numpy(weight), stride=stride)
    hold_error(np.asarray(found.numpy()), x, weight, stride)


def hold_error(found: np.ndarray, x: np.ndarray, weight: np.ndarray, stride: int = 1) -> None:
    exact = convolved(x, weight, stride)
    error, plain_error = np.abs(found - exact), np.abs(plain(x, weight, stride) - exact)
    # The transforms round each product's factors, and add products that are larger than the terms.
    assert error.max() < 5 * plain_error.max()
    assert np.sqrt((error**2).mean()) < 4 * np.sqrt((plain_error**2).mean())


def test_what_is_not_finite_reaches_its_windows_only() -> None:
    x, weight = operands(13, 18, images=3)
    clean = result(x, weight)
    x[1, 5, 6, 7] = np.inf
    x[1, 9, 12, 0] = np.nan
    found = result(x, weight)
    touched = np.zeros((13, 18), bool)
    touched[5:8, 6:9] = touched[11:13, 0:2] = True
    assert not np.isfinite(found[1][:, touched]).any()
    assert np.isfinite(found[1][:, ~touched]).all()
    np.testing.assert_array_equal(found[[0, 2]], clean[[0, 2]])
    np.testing.assert_array_equal(result(x[1:2], weight)[0], found[1])
    np.testing.assert_allclose(found[1][:, ~touched], clean[1][:, ~touched], atol=1e-3)


def test_what_is_not_finite_reaches_its_windows_only_where_outputs_are_apart() -> None:
    """Both of windows wider than a step and of the phases of their transposes."""
    x, weight = operands(20, 26, images=3, channels=16, window=(7, 7))
    small = operands(10, 13, images=3, channels=OUT)[0]
    kernel = tt.from_numpy(weight)
    calls = [
        (x, lambda images: tt.conv2d(images, kernel, stride=2, padding=3)),
        (small, lambda images: tt.conv_transpose2d(images, kernel[:, :3], None, 2, 3, 1)),
    ]
    for images, convolve in calls:
        clean = np.asarray(convolve(tt.from_numpy(images)).numpy())
        dirty = images.copy()
        dirty[1, 5, 0, 0] = np.inf
        found = np.asarray(convolve(tt.from_numpy(dirty)).numpy())
        finite = np.isfinite(found)
        reach = 2 if images is x else 4
        assert not finite[1, :, :reach, :reach].any()
        assert finite[1, :, reach:].all()
        assert finite[1, :, :, reach:].all()
        np.testing.assert_array_equal(found[[0, 2]], clean[[0, 2]])
        np.testing.assert_allclose(found[finite], clean[finite], atol=1e-3)


@pytest.mark.parametrize(("window", "channels"), [(4, 16), (7, 3), (3, 16)])
def test_error_of_transposes(window: int, channels: int) -> None:
    """Their phases share tiles: outputs between each other's, of windows of their own."""
    x = operands(12, 17)[0]
    random = np.random.default_rng(4)
    weight = random.standard_normal((64, channels, window, window)).astype(np.float32)
    pad, added = (window - 1) // 2, window % 2
    found = tt.conv_transpose2d(tt.from_numpy(x), tt.from_numpy(weight), None, 2, pad, added)
    # A convolution of the places with zeros between them and the turned window.
    apart = np.zeros((2, 64, 23, 33), np.float32)
    apart[:, :, ::2, ::2] = x
    border = window - 1 - pad
    apart = np.pad(apart, ((0, 0), (0, 0), *((border, border + added),) * 2))
    turned = np.ascontiguousarray(weight.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1])
    windows = sliding_window_view(apart, (window, window), (2, 3))
    exact = np.einsum("nchwij,ocij->nohw", windows.astype(np.float64), turned, optimize=True)
    total = np.zeros(exact.shape, np.float32)
    for c, i, j in np.ndindex(turned.shape[1:]):
        factor = turned[:, c, i, j, None, None].astype(np.float64)
        total = (total + factor * windows[:, c, None, :, :, i, j]).astype(np.float32)
    error, plain_error = np.abs(np.asarray(found.numpy()) - exact), np.abs(total - exact)
    assert error.max() < 5 * plain_error.max()
    assert np.sqrt((error**2).mean()) < 4 * np.sqrt((plain_error**2).mean())


def test_large_numbers_do_not_overflow_on_their_way() -> None:
    """Numbers whose transform is infinite while each output is finite."""
    x, weight = operands(8, 8)
    # The signs of the transform's first row, so that its terms add up: 26 times 3e37.
    signs = np.where(np.arange(8) % 4 % 3 == 0, 1, -1)
    x[:] = np.float32(3e37) * np.multiply.outer(signs, signs)
    weight *= np.float32(2e-3)
    wanted = convolved(x, weight)
    np.testing.assert_allclose(result(x, weight), wanted, rtol=0, atol=1e-5 * np.abs(wanted).max())


def test_a_bias_and_layouts() -> None:
    x, weight = operands(10, 9)
    bias = np.random.default_rng(4).standard_normal(OUT).astype(np.float32)
    expected = result(x, weight) + bias[:, None, None]
    last = tt.from_numpy(np.ascontiguousarray(x.transpose(0, 2, 3, 1))).permute(0, 3, 1, 2)
    swapped = tt.from_numpy(np.ascontiguousarray(weight.transpose(1, 3, 2, 0)))
    for images in (tt.from_numpy(x), last):
        for kernel in (tt.from_numpy(weight), swapped.permute(3, 0, 2, 1)):
            found = tt.conv2d(images, kernel, tt.from_numpy(bias), padding=1)
            np.testing.assert_array_equal(np.asarray(found.numpy()), expected)
