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
VOLUMES = RANDOM.standard_normal((2, 2, 3, 4, 5))
PLACES = RANDOM.uniform(-2.5, 2.5, (2, 3, 2, 4, 3))

MODES = ["bilinear", "nearest", "bicubic"]
PADDINGS = ["zeros", "border", "reflection"]


def returned(at: float, size: int, padding: str, corners: bool) -> float:
    """A place or point by the border or by mirrors, if there are any."""
    if padding == "reflection":
        low, high = (0.0, size - 1.0) if corners else (-0.5, size - 0.5)
        while low < high and not low <= at <= high:
            at = 2 * low - at if at < low else 2 * high - at
    return at if padding == "zeros" else min(max(at, 0.0), size - 1.0)


def cubic(distance: float) -> float:
    """Cubic convolution: 1 at zero, 0 at whole distances, slopes of -0.75 at one."""
    d = abs(distance)
    if d <= 1:
        return 1.25 * d**3 - 2.25 * d**2 + 1
    return -0.75 * (d**3 - 5 * d**2 + 8 * d - 4) if d < 2 else 0.0


def taps(at: float, size: int, mode: str, padding: str, corners: bool) -> list[tuple[int, float]]:
    """The points along a dimension that a coordinate reads, and their weights."""
    at = (at + 1) / 2 * (size - 1) if corners else ((at + 1) * size - 1) / 2
    if mode == "bicubic":
        around = range(math.floor(at) - 1, math.floor(at) + 3)
        pairs = [(int(returned(i, size, padding, corners)), cubic(at - i)) for i in around]
    else:
        at = returned(at, size, padding, corners)
        around = range(math.floor(at), math.floor(at) + 2)
        pairs = [(i, 1 - abs(at - i)) for i in around] if mode == "bilinear" else [(round(at), 1.0)]
    return [(i, weight) for i, weight in pairs if 0 <= i < size]


def sampled(
    images: np.ndarray, grid: np.ndarray, mode: str, padding: str, corners: bool
) -> np.ndarray:
    result = np.zeros((*images.shape[:2], *grid.shape[1:-1]))
    for n, *at in itertools.product(*map(range, grid.shape[:-1])):
        coordinates = reversed(grid[n, *at].tolist())  # in the order of the dimensions
        axes = [
            taps(c, size, mode, padding, corners)
            for c, size in zip(coordinates, images.shape[2:], strict=True)
        ]
        for points in itertools.product(*axes):
            weight = math.prod(weight for _, weight in points)
            result[n, :, *at] += weight * images[n, :, *(i for i, _ in points)]
    return result


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("corners", [False, True])
def test_values(mode: str, padding: str, corners: bool) -> None:
    # Rows of a point too: fewer than are read at a time.
    for width in (5, 2, 1):
        images = IMAGES[..., :width].copy()
        found = F.grid_sample(tt.from_numpy(images), tt.from_numpy(GRID), mode, padding, corners)
        # Places are rounded a few times on each way.
        expected = sampled(images, GRID, mode, padding, corners)
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("corners", [False, True])
def test_values_of_volumes(mode: str, padding: str, corners: bool) -> None:
    volumes, places = tt.from_numpy(VOLUMES), tt.from_numpy(PLACES)
    found = F.grid_sample(volumes, places, mode, padding, corners)
    expected = sampled(VOLUMES, PLACES, mode, padding, corners)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_many_places_of_many_channels(mode: str) -> None:
    """More places than are found at a time, more channels than share them, in any layout."""
    images = RANDOM.standard_normal((2, 70, 9, 8)).astype(np.float32)
    grid = RANDOM.uniform(-1.2, 1.2, (2, 11, 13, 2)).astype(np.float32)
    expected = sampled(images, grid, mode, "zeros", False)
    strided = tt.from_numpy(images.transpose(3, 2, 1, 0).copy()).permute(3, 2, 1, 0)
    turned = tt.from_numpy(grid.transpose(2, 1, 0, 3).copy()).permute(2, 1, 0, 3)
    found = F.grid_sample(strided, turned, mode, align_corners=False)
    # Places of float32 are known to 1e-6 of a pixel, and weights are at most 2.25 a pixel apart.
    np.testing.assert_allclose(found.numpy(), expected, atol=5e-5)
    halves = F.grid_sample(
        tt.from_numpy(images).half(), tt.from_numpy(grid).half(), mode, align_corners=False
    )
    assert halves.dtype == tt.float16
    read = F.grid_sample(
        tt.from_numpy(images).half().float(),
        tt.from_numpy(grid).half().float(),
        mode,
        align_corners=False,
    )
    assert halves.equal(read.half())  # computed in float32, rounded once


def test_what_lies_outside_counts_nothing() -> None:
    images = tt.full((1, 2, 2, 2), math.inf)
    corner = tt.tensor([[[[-3.0, -3.0], [9.0, 0.0]]]])
    for mode in MODES:
        assert F.grid_sample(images, corner, mode, align_corners=False).tolist() == [[[[0, 0]]] * 2]
    # On the last point: its neighbours beyond the border have the weight zero.
    last = F.grid_sample(images, tt.tensor([[[[1.0, 1.0]]]]), align_corners=True)
    assert last.isposinf().all()
    # What stands beside an infinity that lies in none of its taps.
    wide = tt.tensor([[[[1.0, 2.0, math.inf, math.nan]]]])
    place = tt.tensor([[[[-0.9, 0.0]]]])
    for padding in PADDINGS:
        assert F.grid_sample(wide, place, "bilinear", padding, False).isfinite().all()


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("mode", MODES)
def test_places_that_are_no_numbers_or_far_away(mode: str, padding: str) -> None:
    images = tt.ones(1, 1, 4, 4)
    places = [math.nan, math.inf, -math.inf, 1e30, -1e30]
    grid = tt.tensor([[[[p, 0.0], [0.0, p]] for p in places]], requires_grad=True)
    found = F.grid_sample(images, grid, mode, padding, False)
    found.sum().backward()
    # All points are one: a place reads it, nothing, or what is no number.
    rest = found[0, 0, 1:].detach()
    assert (rest.isnan() | ((rest >= -0.001) & (rest <= 1.001))).all()
    if mode != "nearest":
        assert found[0, 0, 0].isnan().all()


@pytest.mark.parametrize("shape", [(0, 2, 3, 3), (2, 0, 3, 3), (2, 2, 3, 3)])
@pytest.mark.parametrize("places", [(0, 2), (2, 3)])
def test_nothing_to_sample(shape: tuple[int, ...], places: tuple[int, ...]) -> None:
    images = tt.ones(shape).requires_grad_()
    grid = tt.zeros(shape[0], *places, 2).requires_grad_()
    found = F.grid_sample(images, grid, align_corners=True)
    assert found.shape == (*shape[:2], *places)
    found.sum().backward()
    assert images.grad is not None
    assert images.grad.sum() == found.numel()
    assert grid.grad is not None
    assert grid.grad.shape == grid.shape


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_derivatives(mode: str, padding: str) -> None:
    images = tt.from_numpy(IMAGES[:1, :2].copy()).requires_grad_()
    grid = tt.from_numpy(GRID[:1, :2].copy()).requires_grad_()
    for check in (taeda_autograd.gradcheck, taeda_autograd.gradgradcheck):
        assert check(lambda x, g: F.grid_sample(x, g, mode, padding, False), (images, grid))


def test_third_derivatives() -> None:
    images = tt.from_numpy(IMAGES[:1, :1].copy())
    grid = tt.from_numpy(GRID[:1, :1, :2].copy()).requires_grad_()

    def slope(grid: tt.Tensor) -> tt.Tensor:
        found = F.grid_sample(images, grid, "bicubic", "border", False)
        return taeda_autograd.grad([found.sum()], [grid], create_graph=True)[0]

    assert taeda_autograd.gradgradcheck(slope, (grid,))


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


def test_the_grid_of_a_volume() -> None:
    theta = tt.eye(3, 4, dtype=tt.float64).expand(2, 3, 4)
    for corners in (False, True):
        grid = F.affine_grid(theta, VOLUMES.shape, corners)
        found = F.grid_sample(tt.from_numpy(VOLUMES), grid, align_corners=corners)
        np.testing.assert_allclose(found.numpy(), VOLUMES, atol=1e-12)


def test_what_does_not_fit() -> None:
    x, grid = tt.zeros(1, 1, 2, 2), tt.zeros(1, 2, 2, 2)
    with pytest.raises(ValueError, match="one of bilinear, nearest, bicubic, got 'cubic'"):
        F.grid_sample(x, grid, "cubic")
    with pytest.raises(ValueError, match="padding_mode must be one of zeros, border, reflection"):
        F.grid_sample(x, grid, padding_mode="wrap")
    for images, places in ((x, tt.zeros(2, 2, 2, 2)), (tt.zeros(1, 1, 2, 2, 2), grid)):
        with pytest.raises(ValueError, match=r"a grid \(N, h, w, 2\), or"):
            F.grid_sample(images, places)
    with pytest.raises(ValueError, match=r"bicubic takes images \(N, C, H, W\)"):
        F.grid_sample(tt.zeros(1, 1, 2, 2, 2), tt.zeros(1, 1, 1, 1, 3), "bicubic")
    with pytest.raises(
        RuntimeError, match=r"a plane must have 1 to 536870911 points, got \(1, 1, 0"
    ):
        F.grid_sample(tt.zeros(1, 1, 0, 2), grid, align_corners=True)
    with pytest.raises(RuntimeError, match="of one floating-point type, got int64 and float32"):
        tt.grid_sampler(x.long(), grid, 0, 0, False)
    with pytest.raises(ValueError, match="must be 0 to 2, got 3 and 0"):
        tt.grid_sampler(x, grid, 3, 0, False)
    with pytest.raises(ValueError, match=r"theta \(N, 2, 3\)"):
        F.affine_grid(tt.zeros(1, 3, 3), (1, 1, 2, 2))
    with pytest.warns(UserWarning, match="Default grid_sample behavior has changed"):
        F.grid_sample(x, grid)
