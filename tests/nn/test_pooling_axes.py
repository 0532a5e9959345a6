"""Pooling of volumes and adaptive maxima against windows cut out in NumPy."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import taeda_autograd  # noqa: F401
import taeda_nn as nn
import taeda_tensor as tt

F = nn.functional


def volumes(*shape: int) -> np.ndarray:
    # Few values, so that windows have several largest ones.
    return np.random.default_rng(0).integers(-4, 5, shape).astype(np.float64)


def spans(size: int, kernel: int, stride: int, padding: int, dilation: int, ceil: bool) -> Any:
    """The places of each window along an axis, and how many of them lie in the padded axis."""
    free = size + 2 * padding - dilation * (kernel - 1) - 1
    count = -(free // -stride) if ceil else free // stride
    if ceil and count * stride >= size + padding:
        count -= 1  # no window begins in the padding on the right
    for o in range(count + 1):
        places = [o * stride - padding + j * dilation for j in range(kernel)]
        padded = sum(p < size + padding for p in places)
        yield [p for p in places if 0 <= p < size], padded


def pooled(x: np.ndarray, window: Any, ceil: bool, fold: Any) -> np.ndarray:
    axes = [list(spans(*w, ceil)) for w in zip(x.shape[-3:], *window, strict=True)]
    flat = np.arange(np.prod(x.shape[-3:])).reshape(x.shape[-3:])
    out = np.empty((*x.shape[:-3], *map(len, axes)))
    for at in itertools.product(*(range(len(a)) for a in axes)):
        places = [a[i] for a, i in zip(axes, at, strict=True)]
        inside = np.ix_(*(p for p, _ in places))
        padded = int(np.prod([count for _, count in places]))
        out[(..., *at)] = fold(x[(..., *inside)], flat[inside], padded)
    return out


def largest(values: np.ndarray, flat: np.ndarray, _: int) -> Any:
    return values.max((-3, -2, -1))


def place_of_largest(values: np.ndarray, flat: np.ndarray, _: int) -> Any:
    return flat.reshape(-1)[values.reshape(*values.shape[:-3], -1).argmax(-1)]


# kernel, stride, padding, dilation of each axis
WINDOWS = [
    ((2, 2, 2), (2, 2, 2), (0, 0, 0), (1, 1, 1)),
    ((3, 2, 4), (2, 1, 3), (1, 0, 2), (1, 1, 1)),
    ((2, 3, 2), (1, 2, 2), (1, 1, 0), (3, 2, 1)),
]


@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize("window", WINDOWS)
def test_max_pool3d(window: Any, ceil: bool) -> None:
    x = volumes(2, 3, 7, 8, 9)
    values, indices = F.max_pool3d(tt.from_numpy(x), *window, ceil, return_indices=True)
    np.testing.assert_array_equal(values.numpy(), pooled(x, window, ceil, largest))
    np.testing.assert_array_equal(indices.numpy(), pooled(x, window, ceil, place_of_largest))
    layer = nn.MaxPool3d(*window, ceil_mode=ceil)
    np.testing.assert_array_equal(layer(tt.from_numpy(x[1])).numpy(), values.numpy()[1])


@pytest.mark.parametrize("include", [True, False])
@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize("window", WINDOWS[:2])
def test_avg_pool3d(window: Any, ceil: bool, include: bool) -> None:
    x = volumes(2, 3, 7, 8, 9)

    def mean(values: np.ndarray, flat: np.ndarray, padded: int) -> Any:
        return values.sum((-3, -2, -1)) / (padded if include else flat.size)

    def total(values: np.ndarray, flat: np.ndarray, padded: int) -> Any:
        return values.sum((-3, -2, -1))

    found = F.avg_pool3d(tt.from_numpy(x), *window[:3], ceil, include)
    np.testing.assert_allclose(found.numpy(), pooled(x, window, ceil, mean), atol=1e-13)
    found = F.avg_pool3d(tt.from_numpy(x), *window[:3], ceil, include, 5)
    np.testing.assert_allclose(found.numpy(), pooled(x, window, ceil, total) / 5, atol=1e-13)
    layer = nn.AvgPool3d(*window[:3], ceil_mode=ceil, count_include_pad=include)
    expected = pooled(x[1], window, ceil, mean)
    np.testing.assert_allclose(layer(tt.from_numpy(x[1])).numpy(), expected, atol=1e-13)


def adaptive(x: np.ndarray, sizes: tuple[int, ...], fold: Any) -> np.ndarray:
    rank = len(sizes)
    flat = np.arange(np.prod(x.shape[-rank:])).reshape(x.shape[-rank:])
    out = np.empty((*x.shape[:-rank], *sizes))
    for at in np.ndindex(*sizes):
        cut = tuple(
            slice(i * n // s, -((i + 1) * n // -s))
            for i, n, s in zip(at, x.shape[-rank:], sizes, strict=True)
        )
        values = x[(..., *cut)].reshape(*x.shape[:-rank], -1)
        out[(..., *at)] = fold(values, flat[cut].reshape(-1))
    return out


@pytest.mark.parametrize("sizes", [(4,), (3, 5), (7, 2), (2, 3, 4), (5, 1, 7)])
def test_adaptive_maxima(sizes: tuple[int, ...]) -> None:
    rank = len(sizes)
    x = volumes(2, 3, *(5, 6, 7)[:rank])
    function = getattr(F, f"adaptive_max_pool{rank}d")
    values, indices = function(tt.from_numpy(x), sizes, return_indices=True)
    np.testing.assert_array_equal(values.numpy(), adaptive(x, sizes, lambda v, _: v.max(-1)))
    expected = adaptive(x, sizes, lambda v, flat: flat[v.argmax(-1)])
    np.testing.assert_array_equal(indices.numpy(), expected)
    layer = getattr(nn, f"AdaptiveMaxPool{rank}d")(sizes)
    np.testing.assert_array_equal(layer(tt.from_numpy(x[1])).numpy(), values.numpy()[1])


@pytest.mark.parametrize("sizes", [(2, 3, 4), (5, 1, 9), 2])
def test_adaptive_means(sizes: Any) -> None:
    x = volumes(2, 3, 5, 6, 7)
    three = (sizes,) * 3 if isinstance(sizes, int) else sizes
    expected = adaptive(x, three, lambda v, _: v.mean(-1))
    found = F.adaptive_avg_pool3d(tt.from_numpy(x), sizes)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-13)
    kept = nn.AdaptiveAvgPool3d((None, 2, None))(tt.from_numpy(x))
    assert tuple(kept.shape) == (2, 3, 5, 2, 7)


def test_gradients_reach_the_largest() -> None:
    x = tt.from_numpy(np.random.default_rng(1).permutation(np.arange(420.0)).reshape(1, 2, 5, 6, 7))
    for function, argument in ((F.max_pool3d, 2), (F.adaptive_max_pool3d, (2, 3, 3))):
        leaf = x.clone().requires_grad_()
        values, indices = function(leaf, argument, return_indices=True)
        values.sum().backward()
        expected = np.zeros((2, 5 * 6 * 7))
        for c in range(2):
            np.add.at(expected[c], indices.numpy()[0, c].reshape(-1), 1)
        np.testing.assert_array_equal(leaf.grad.numpy().reshape(2, -1), expected)


def test_errors() -> None:
    for name in ("max_pool3d", "avg_pool3d", "adaptive_avg_pool3d", "adaptive_max_pool3d"):
        with pytest.raises(ValueError, match=rf"{name}: the input must be"):
            getattr(F, name)(tt.zeros(3, 4, 4), 2)
    with pytest.raises(ValueError, match="not empty"):
        F.adaptive_max_pool1d(tt.zeros(2, 3, 0), 2)
