"""Sorting, ranking, searching and counting, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import taeda_tensor as tt

DTYPES = [np.float32, np.float64, np.float16, np.int64, np.int32, np.uint8, np.bool_]


def sample(shape: tuple[int, ...], dtype: type) -> np.ndarray:
    random = np.random.default_rng(5)
    x = random.integers(-20, 20, shape)
    return (x if dtype is not np.uint8 else x + 20).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("shape", [(3, 7, 5), (2, 3000, 2), (4, 0, 3), (1, 1, 1)])
def test_sort(dtype: type, dim: int, descending: bool, shape: tuple[int, ...]) -> None:
    x = sample(shape, dtype)
    values, indices = tt.sort(tt.tensor(x), dim, descending)
    order = np.argsort(-x.astype(np.float64) if descending else x, axis=dim, kind="stable")
    np.testing.assert_array_equal(indices.numpy(), order)
    np.testing.assert_array_equal(values.numpy(), np.take_along_axis(x, order, dim))


@pytest.mark.parametrize("count", [9, 5000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_special_values(count: int, dtype: type) -> None:
    random = np.random.default_rng(6)
    x = random.standard_normal(count).astype(dtype)
    special = np.array([np.nan, -np.inf, 0.0, -0.0, np.inf, np.nan, 5e-324, -1e30], dtype)
    x[random.permutation(count)[:8]] = special
    order = np.argsort(x, kind="stable")
    np.testing.assert_array_equal(tt.argsort(tt.tensor(x)).numpy(), order)
    descending = tt.sort(tt.tensor(x), descending=True).values.numpy()
    assert np.isnan(descending[:2]).all()
    np.testing.assert_array_equal(descending[2:], np.sort(x)[::-1][2:])


@pytest.mark.parametrize("largest", [False, True])
@pytest.mark.parametrize("dim", [0, 1, 2])
def test_topk(largest: bool, dim: int) -> None:
    x = sample((6, 40, 9), np.float32)
    key = -x if largest else x
    for k in (0, 1, 4, x.shape[dim]):
        values, indices = tt.topk(tt.tensor(x), k, dim, largest)
        order = np.take(np.argsort(key, axis=dim, kind="stable"), np.arange(k), dim)
        np.testing.assert_array_equal(indices.numpy(), order)
        np.testing.assert_array_equal(values.numpy(), np.take_along_axis(x, order, dim))
    with pytest.raises(RuntimeError, match="k not in range"):
        tt.topk(tt.tensor(x), 41, dim)


def test_ranks() -> None:
    x = np.random.default_rng(7).standard_normal((5, 8))
    t = tt.tensor(x)
    np.testing.assert_array_equal(t.kthvalue(3, 1).values.numpy(), np.sort(x, 1)[:, 2])
    np.testing.assert_array_equal(t.median(1).values.numpy(), np.sort(x, 1)[:, 3])
    assert t.median().item() == np.sort(x.ravel())[19]
    assert t.median(0, keepdim=True).values.shape == (1, 8)
    x[2, 4] = np.nan
    values, indices = tt.tensor(x).median(1)
    assert np.isnan(values.numpy()).tolist() == [False, False, True, False, False]
    assert indices[2].item() == 4
    with pytest.raises(RuntimeError, match="kthvalue"):
        t.kthvalue(9, 1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_unique(dtype: type) -> None:
    x = sample((7, 30), dtype)
    mine = tt.unique(tt.tensor(x), return_inverse=True, return_counts=True)
    theirs = np.unique(x, return_inverse=True, return_counts=True)
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.reshape(a.shape))
    assert tt.unique(tt.zeros(0)).shape == (0,)
    values, inverse, counts = tt.unique_consecutive(
        tt.tensor([1, 1, 2, 2, 1]), return_inverse=True, return_counts=True
    )
    assert values.tolist() == [1, 2, 1]
    assert counts.tolist() == [2, 2, 1]
    assert inverse.tolist() == [0, 0, 1, 1, 2]


@pytest.mark.parametrize("side", ["left", "right"])
def test_searching(side: str) -> None:
    edges = np.sort(sample((12,), np.float64))
    x = sample((4, 6), np.float64) + 0.5 * (sample((4, 6), np.int64) % 2)
    expected = np.searchsorted(edges, x, side)
    mine = tt.searchsorted(tt.tensor(edges), tt.tensor(x), side=side)
    np.testing.assert_array_equal(mine.numpy(), expected)
    binned = tt.bucketize(tt.tensor(x), tt.tensor(edges), right=side == "right")
    np.testing.assert_array_equal(binned.numpy(), expected)
    rows = np.sort(sample((4, 9), np.int64), 1)
    found = tt.searchsorted(tt.tensor(rows), tt.tensor(x), side=side, out_int32=True)
    assert found.dtype is tt.int32
    for i in range(4):
        np.testing.assert_array_equal(found[i].numpy(), np.searchsorted(rows[i], x[i], side))


def test_bincount() -> None:
    x = np.array([3, 1, 1, 7])
    weights = np.array([0.5, 1.0, 2.0, 4.0])
    np.testing.assert_array_equal(tt.bincount(tt.tensor(x)).numpy(), np.bincount(x))
    np.testing.assert_array_equal(
        tt.bincount(tt.tensor(x), tt.tensor(weights), 10).numpy(), np.bincount(x, weights, 10)
    )
    with pytest.raises(RuntimeError, match="negative"):
        tt.bincount(tt.tensor([-1]))
