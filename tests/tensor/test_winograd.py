"""Convolutions of 3x3 windows by Winograd's products: their error, and what is not finite."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import taeda_tensor as tt

OUT = 48


def convolved(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """In double precision, with a border of zeros."""
    windows = sliding_window_view(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), (3, 3), (2, 3))
    return np.einsum("nchwij,ocij->nohw", windows.astype(np.float64), weight.astype(np.float64))


def operands(
    height: int, width: int, images: int = 2, channels: int = 64
) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    x = random.standard_normal((images, channels, height, width)).astype(np.float32)
    return x, random.standard_normal((OUT, channels, 3, 3)).astype(np.float32)


def result(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    found = tt.conv2d(tt.from_numpy(x), tt.from_numpy(weight), padding=1)
    return np.asarray(found.numpy())


def plain(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The sum in single precision, channel by channel and tap by tap, each step rounded once."""
    windows = sliding_window_view(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), (3, 3), (2, 3))
    total = np.zeros((x.shape[0], weight.shape[0], *x.shape[2:]), np.float32)
    for c, i, j in np.ndindex(weight.shape[1:]):
        factor = weight[:, c, i, j, None, None].astype(np.float64)
        total = (total + factor * windows[:, c, None, :, :, i, j]).astype(np.float32)
    return total


@pytest.mark.parametrize("channels", [16, 64])
@pytest.mark.parametrize("shape", [(4, 4), (14, 14), (31, 57)])
def test_error_beside_that_of_a_plain_sum(shape: tuple[int, int], channels: int) -> None:
    """Terms of both signs are the worst case: where all have one sign, the plain sum errs more."""
    x, weight = operands(*shape, channels=channels)
    exact = convolved(x, weight)
    error, plain_error = np.abs(result(x, weight) - exact), np.abs(plain(x, weight) - exact)
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
