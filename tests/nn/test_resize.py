"""Interpolation against sums written out, shuffled pixels and windows against NumPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import taeda_autograd
import taeda_nn as nn
import taeda_nn.functional as F
import taeda_tensor as tt

RANDOM = np.random.default_rng(0)
# Sums of at most 16 products of float64.
CLOSE = {"rtol": 1e-11, "atol": 1e-12}


def keys(t: float, a: float = -0.75) -> float:
    t = abs(t)
    if t <= 1:
        return (a + 2) * t**3 - (a + 3) * t**2 + 1
    return a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a if t < 2 else 0.0


def resized(x: np.ndarray, after: int, mode: str, corners: bool, step: float) -> np.ndarray:
    """The last axis at another length, one output after the other."""
    before = x.shape[-1]
    columns = []
    for i in range(after):
        if mode == "nearest":
            columns.append(x[..., min(math.floor(i * step), before - 1)])
            continue
        if mode == "nearest-exact":
            columns.append(x[..., min(math.floor((i + 0.5) * step), before - 1)])
            continue
        if mode == "area":
            start, end = i * before // after, math.ceil((i + 1) * before / after)
            columns.append(x[..., start:end].mean(-1))
            continue
        if corners:
            at = i * (before - 1) / (after - 1) if after > 1 else 0.0
        else:
            at = (i + 0.5) * step - 0.5
        if mode == "linear":
            at = max(at, 0.0)
        first = math.floor(at)
        taps = range(first - 1, first + 3) if mode == "cubic" else range(first, first + 2)
        weight = keys if mode == "cubic" else lambda t: max(0.0, 1 - abs(t))
        columns.append(sum(x[..., min(max(tap, 0), before - 1)] * weight(at - tap) for tap in taps))
    return np.stack(columns, -1)


MODES = [
    ("nearest", "nearest", None),
    ("nearest-exact", "nearest-exact", None),
    ("bilinear", "linear", False),
    ("bilinear", "linear", True),
    ("bicubic", "cubic", False),
    ("bicubic", "cubic", True),
    ("area", "area", None),
]


@pytest.mark.parametrize(("mode", "kind", "corners"), MODES)
@pytest.mark.parametrize("size", [(7, 9), (3, 4), (5, 1), (5, 6)])
def test_interpolation_to_a_size(
    mode: str, kind: str, corners: bool | None, size: tuple[int, int]
) -> None:
    x = RANDOM.standard_normal((2, 3, 5, 6))
    expected = resized(x, size[1], kind, bool(corners), 6 / size[1])
    expected = resized(expected.swapaxes(2, 3), size[0], kind, bool(corners), 5 / size[0])
    found = F.interpolate(tt.from_numpy(x), size, mode=mode, align_corners=corners)
    np.testing.assert_allclose(found.numpy(), expected.swapaxes(2, 3), **CLOSE)


def test_nearest_neighbours_are_copies() -> None:
    values = np.array([[[-0.0, np.nan, np.inf, 0.0, -np.inf, 1e-42]]], np.float32)
    found = F.interpolate(tt.tensor(values).requires_grad_(), 11).detach().numpy()
    index = np.floor(np.arange(11, dtype=np.float32) * np.float32(6 / 11)).astype(int)
    assert found.tobytes() == values[..., index].tobytes()
    # The quotient meets whole numbers, which a float64 may miss: places are those of float32.
    index = np.floor(np.arange(46, dtype=np.float32) * np.float32(52 / 46)).astype(int)
    assert (index != np.floor(np.arange(46) * (52 / 46)).astype(int)).any()
    doubles = tt.arange(52, dtype=tt.float64).reshape(1, 1, 52)
    assert F.interpolate(doubles, 46).flatten().tolist() == index.tolist()
    whole = tt.arange(6).reshape(1, 1, 6)
    assert F.interpolate(whole, 3).tolist() == [[[0, 2, 4]]]


@pytest.mark.parametrize("factor", [2.0, 0.5, 1.7])
def test_a_factor_decides_on_positions(factor: float) -> None:
    x = RANDOM.standard_normal((1, 2, 7))
    after = math.floor(7 * factor)
    found = F.interpolate(tt.from_numpy(x), scale_factor=factor, mode="linear")
    np.testing.assert_allclose(
        found.numpy(), resized(x, after, "linear", False, 1 / factor), **CLOSE
    )
    again = F.interpolate(
        tt.from_numpy(x), scale_factor=factor, mode="linear", recompute_scale_factor=True
    )
    np.testing.assert_allclose(
        again.numpy(), resized(x, after, "linear", False, 7 / after), **CLOSE
    )


def test_a_constant_image_stays_constant_under_every_filter() -> None:
    x = tt.full((1, 1, 12, 9), 3.0)
    for mode in ("bilinear", "bicubic"):
        for size in ((5, 4), (20, 2)):
            found = F.interpolate(x, size, mode=mode, antialias=True)
            # Weights sum to one within a few roundings.
            np.testing.assert_allclose(found.numpy(), 3.0, rtol=1e-5)


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic", "area"])
def test_derivative_of_interpolation(mode: str) -> None:
    x = tt.from_numpy(RANDOM.standard_normal((1, 2, 3, 4))).requires_grad_()
    assert taeda_autograd.gradcheck(lambda x: F.interpolate(x, (5, 3), mode=mode), (x,))


# Windows of one vector, of two and of more than that; sizes that leave rests.
@pytest.mark.parametrize("mode", ["bilinear", "bicubic", "area", "antialiased"])
@pytest.mark.parametrize(("before", "after"), [(37, 90), (90, 37), (150, 61), (700, 9), (3, 100)])
@pytest.mark.parametrize("dtype", [tt.float32, tt.float64, tt.float16])
def test_gradients_are_the_transposed_sums(
    mode: str, before: int, after: int, dtype: tt.dtype
) -> None:
    """<A x, g> = <x, A^T g>, and A a matrix whose columns are images of one point."""
    options = {"mode": mode}
    if mode == "antialiased":
        options = {"mode": "bilinear", "antialias": True}
    points = tt.eye(before, dtype=dtype).reshape(1, before, before, 1).contiguous()
    down = F.interpolate(points, (after, 1), **options)[0, :, :, 0].T.double().numpy()
    along = F.interpolate(points.mT.contiguous(), (1, after), **options)[0, :, 0].T.double().numpy()
    np.testing.assert_array_equal(down, along)  # both ways add in the same order
    np.testing.assert_allclose(down.sum(1), 1.0, rtol=0.002 if dtype is tt.float16 else 1e-5)
    x = tt.from_numpy(RANDOM.standard_normal((2, 3, 4, before))).to(dtype).requires_grad_()
    g = tt.from_numpy(RANDOM.standard_normal((2, 3, 4, after))).to(dtype)
    y = F.interpolate(x, (4, after), **options)
    y.backward(g)
    assert x.grad is not None
    # Halves are computed in float32 and rounded once; the matrix above has been rounded as well.
    error = {tt.float16: 0.02, tt.float32: 2e-5, tt.float64: 1e-12}[dtype]
    exact = x.detach().double().numpy() @ along.T, g.double().numpy() @ along
    np.testing.assert_allclose(y.detach().double().numpy(), exact[0], rtol=error, atol=error)
    np.testing.assert_allclose(x.grad.double().numpy(), exact[1], rtol=error, atol=error)


def test_a_point_that_is_not_a_number_reaches_its_neighbours_only() -> None:
    x = tt.ones(1, 1, 40, 40)
    x[0, 0, 7, 20] = math.nan
    for mode, size, reached in (("area", 10, 1), ("bilinear", 80, 16), ("bicubic", 20, 4)):
        found = F.interpolate(x, size, mode=mode)
        assert int(found.isnan().sum()) == reached
    found = F.interpolate(x, 20, mode="bilinear", antialias=True)
    assert int(found.isnan().sum()) == 4


def test_windows_that_do_not_fit_are_refused() -> None:
    weights = tt.ones(1, 2)
    for begin, end in ((-1, 1), (2, 4), (0, 3), (2, 1)):
        windows = tt.tensor([[begin, end]])
        with pytest.raises(RuntimeError, match=r"resample: the window from .* does not fit"):
            tt._resample(tt.ones(3), 0, windows, weights, windows, weights)
    with pytest.raises(RuntimeError, match=r"resample: windows \(n, 2\) of int64"):
        tt._resample(tt.ones(3), 0, weights, weights, weights, weights)
    with pytest.raises(RuntimeError, match="floating-point"):
        F.interpolate(tt.ones(1, 1, 4, dtype=tt.int64), 2, mode="linear")


def test_volumes_and_lines() -> None:
    x = tt.from_numpy(RANDOM.standard_normal((1, 1, 2, 3, 4)))
    assert tuple(F.interpolate(x, scale_factor=2, mode="trilinear").shape) == (1, 1, 4, 6, 8)
    assert tuple(F.upsample(x[0], size=(2, 2)).shape) == (1, 2, 2, 2)
    assert tuple(nn.Upsample(scale_factor=(1, 2))(x[0]).shape) == (1, 2, 3, 8)
    assert repr(nn.Upsample(scale_factor=2, mode="nearest")) == (
        "Upsample(scale_factor=2.0, mode='nearest')"
    )


ERRORS: list[tuple[type[Exception], str, dict[str, Any]]] = [
    (ValueError, "only one of size or scale_factor", {}),
    (ValueError, "only one of size or scale_factor", {"size": 2, "scale_factor": 2}),
    (ValueError, "align_corners option can only be set", {"size": 2, "align_corners": True}),
    (NotImplementedError, "unknown mode 'cubic'", {"size": 2, "mode": "cubic"}),
    (NotImplementedError, "Got 4D input, but linear mode needs 3D", {"size": 2, "mode": "linear"}),
    (ValueError, "same number of spatial dimensions", {"size": (2, 2, 2)}),
    (ValueError, "sizes must be greater than 0", {"size": 0}),
    (ValueError, "Anti-alias option is restricted", {"size": 2, "antialias": True}),
    (ValueError, "not meaningful with an explicit", {"size": 2, "recompute_scale_factor": True}),
]


@pytest.mark.parametrize(("error", "text", "options"), ERRORS)
def test_what_does_not_fit(error: type[Exception], text: str, options: dict[str, Any]) -> None:
    with pytest.raises(error, match=text):
        F.interpolate(tt.zeros(1, 1, 3, 3), **options)


def test_pixels_are_shuffled_and_back() -> None:
    x = RANDOM.standard_normal((2, 8, 3, 5))
    expected = x.reshape(2, 2, 2, 2, 3, 5).transpose(0, 1, 4, 2, 5, 3).reshape(2, 2, 6, 10)
    found = F.pixel_shuffle(tt.from_numpy(x), 2)
    assert np.array_equal(found.numpy(), expected)
    assert tt.equal(nn.PixelUnshuffle(2)(found), tt.from_numpy(x))
    assert tt.equal(nn.PixelShuffle(2)(tt.from_numpy(x)), found)
    with pytest.raises(RuntimeError, match="divisible by the square of upscale_factor, got 8"):
        F.pixel_shuffle(tt.from_numpy(x), 3)
    with pytest.raises(RuntimeError, match="divisible by downscale_factor, got 3, 5"):
        F.pixel_unshuffle(tt.from_numpy(x), 2)


def test_channels_are_shuffled() -> None:
    x = tt.arange(6.0).reshape(1, 6, 1, 1)
    assert nn.ChannelShuffle(2)(x).flatten().tolist() == [0, 3, 1, 4, 2, 5]
    with pytest.raises(RuntimeError, match="must be divisible by groups"):
        F.channel_shuffle(x, 4)


WINDOWS: list[dict[str, Any]] = [
    {"kernel_size": 2},
    {"kernel_size": (2, 3), "stride": 2},
    {"kernel_size": 3, "padding": 1, "dilation": 2},
    {"kernel_size": (1, 2), "padding": (0, 1), "stride": (2, 1)},
]


@pytest.mark.parametrize("options", WINDOWS)
def test_windows_convolve(options: dict[str, Any]) -> None:
    x = tt.from_numpy(RANDOM.standard_normal((2, 3, 6, 7)))
    kernel = options["kernel_size"]
    height, width = (kernel, kernel) if isinstance(kernel, int) else kernel
    weight = tt.from_numpy(RANDOM.standard_normal((4, 3, height, width)))
    others = {key: value for key, value in options.items() if key != "kernel_size"}
    expected = F.conv2d(x, weight, **others)
    columns = F.unfold(x, **options)
    found = (weight.reshape(4, -1) @ columns).reshape(expected.shape)
    np.testing.assert_allclose(found.numpy(), expected.numpy(), **CLOSE)
    # fold is the adjoint of unfold: <unfold(x), y> = <x, fold(y)>.
    y = tt.from_numpy(RANDOM.standard_normal(tuple(columns.shape)))
    folded = nn.Fold((6, 7), **options)(y)
    np.testing.assert_allclose((x * folded).sum(), (columns * y).sum(), rtol=1e-10)
    assert tt.equal(nn.Unfold(**options)(x), columns)


def test_derivative_of_windows() -> None:
    x = tt.from_numpy(RANDOM.standard_normal((1, 2, 4, 4))).requires_grad_()
    assert taeda_autograd.gradcheck(lambda x: F.unfold(x, 2, padding=1, stride=2), (x,))
    y = tt.from_numpy(RANDOM.standard_normal((1, 8, 9))).requires_grad_()
    assert taeda_autograd.gradcheck(lambda y: F.fold(y, (4, 4), 2), (y,))


def test_windows_that_do_not_fit() -> None:
    with pytest.raises(RuntimeError, match="unfold: the kernel 4 with dilation 1 does not fit"):
        F.unfold(tt.zeros(1, 1, 3, 3), 4)
    with pytest.raises(RuntimeError, match=r"fold: columns \(N, C \* 4, 4\) are needed"):
        F.fold(tt.zeros(1, 4, 5), 3, 2)
