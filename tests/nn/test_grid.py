"""Sampling at the places of a grid against sums written out."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import taeda_autograd
import taeda_nn.functional as F
import taeda_tensor as tt

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.standard_normal((2, 3, 4, 5))
# Beyond the borders too, twice as far as the image is wide.
GRID = RANDOM.uniform(-2.5, 2.5, (2, 3, 6, 2))


def place(at: float, size: int, padding: str, corners: bool) -> float:
    at = (at + 1) / 2 * (size - 1) if corners else ((at + 1) * size - 1) / 2
    if padding == "reflection":
        low, high = (0.0, size - 1.0) if corners else (-0.5, size - 0.5)
        while not low <= at <= high:
            at = 2 * low - at if at < low else 2 * high - at
    return at if padding == "zeros" else min(max(at, 0.0), size - 1.0)


def sampled(mode: str, padding: str, corners: bool) -> np.ndarray:
    count, channels, height, width = IMAGES.shape
    result = np.zeros((count, channels, *GRID.shape[1:3]))
    for n, i, j in itertools.product(range(count), *map(range, GRID.shape[1:3])):
        x = place(GRID[n, i, j, 0], width, padding, corners)
        y = place(GRID[n, i, j, 1], height, padding, corners)
        if mode == "nearest":
            terms = [(round(y), round(x), 1.0)]
        else:
            top, left = math.floor(y), math.floor(x)
            terms = [
                (top + a, left + b, (1 - abs(y - top - a)) * (1 - abs(x - left - b)))
                for a in (0, 1)
                for b in (0, 1)
            ]
        for row, column, weight in terms:
            if 0 <= row < height and 0 <= column < width:
                result[n, :, i, j] += weight * IMAGES[n, :, row, column]
    return result


@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("corners", [False, True])
def test_values(mode: str, padding: str, corners: bool) -> None:
    images, grid = tt.from_numpy(IMAGES), tt.from_numpy(GRID)
    found = F.grid_sample(images, grid, mode, padding, corners)
    # Places are rounded a few times on each way.
    np.testing.assert_allclose(found.numpy(), sampled(mode, padding, corners), atol=1e-12)


def test_what_lies_outside_counts_nothing() -> None:
    images = tt.full((1, 2, 2, 2), math.inf)
    corner = tt.tensor([[[[-3.0, -3.0], [9.0, 0.0]]]])
    for mode in ("bilinear", "nearest"):
        assert F.grid_sample(images, corner, mode, align_corners=False).tolist() == [[[[0, 0]]] * 2]
    # On the last point: its neighbours beyond the border have the weight zero.
    last = F.grid_sample(images, tt.tensor([[[[1.0, 1.0]]]]), align_corners=True)
    assert last.isposinf().all()


@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
def test_derivatives(padding: str) -> None:
    images = tt.from_numpy(IMAGES[:1, :2].copy()).requires_grad_()
    grid = tt.from_numpy(GRID[:1, :2].copy()).requires_grad_()
    assert taeda_autograd.gradcheck(
        lambda x, g: F.grid_sample(x, g, "bilinear", padding, False), (images, grid)
    )


@pytest.mark.parametrize("corners", [False, True])
def test_the_grid_of_the_identity_gives_the_image(corners: bool) -> None:
    theta = tt.tensor([[[1.0, 0, 0], [0, 1, 0]]], dtype=tt.float64).expand(2, 2, 3)
    grid = F.affine_grid(theta, IMAGES.shape, corners)
    found = F.grid_sample(tt.from_numpy(IMAGES), grid, align_corners=corners)
    np.testing.assert_allclose(found.numpy(), IMAGES, atol=1e-12)


def test_the_grid_of_a_rotation() -> None:
    # A quarter turn: what lies at (x, y) comes from (-y, x).
    theta = tt.tensor([[[0.0, -1, 0], [1, 0, 0]]], dtype=tt.float64)
    square = IMAGES[:1, :, :, :4]
    grid = F.affine_grid(theta, square.shape, False)
    found = F.grid_sample(tt.from_numpy(square.copy()), grid, align_corners=False)
    np.testing.assert_allclose(found.numpy(), np.rot90(square, 1, (2, 3)), atol=1e-12)


def test_what_does_not_fit() -> None:
    x, grid = tt.zeros(1, 1, 2, 2), tt.zeros(1, 2, 2, 2)
    with pytest.raises(ValueError, match="mode must be bilinear or nearest, got 'cubic'"):
        F.grid_sample(x, grid, "cubic")
    with pytest.raises(ValueError, match="padding_mode must be one of zeros, border, reflection"):
        F.grid_sample(x, grid, padding_mode="wrap")
    with pytest.raises(ValueError, match=r"a grid \(N, h, w, 2\) are needed"):
        F.grid_sample(x, tt.zeros(2, 2, 2, 2))
    with pytest.raises(ValueError, match=r"theta \(N, 2, 3\)"):
        F.affine_grid(tt.zeros(1, 3, 3), (1, 1, 2, 2))
    with pytest.warns(UserWarning, match="Default grid_sample behavior has changed"):
        F.grid_sample(x, grid)
