"""Reading and writing with indices and masks, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import taeda_tensor as tt

X = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
MASK = X % 3 == 0

READS: list[Any] = [
    0,
    -1,
    (1, 2, 3, 4),
    slice(None, None, 2),
    (Ellipsis, 1),
    (None, 0, slice(1, 3), None),
    [1, 0, 1],
    ([0, 1], [2, -1]),
    (slice(None), [2, 0]),
    (slice(None), [2, 0], [[1], [3]]),
    ([0, 1], slice(None), [1, 3]),
    ([0, 1], slice(None), slice(1, 3), [0, -1]),
    (Ellipsis, [[0, 1], [2, 3]]),
    (slice(None), None, [0, 2]),
    np.array([1, 0], np.int32),
    range(2),
    [],
    True,
    False,
    MASK,
    MASK[:, :, 0, 0],
    (slice(None), MASK[0, :, :, 0]),
    (MASK[:, :, 0, 0], slice(1, 3)),
    (MASK[:, 0, 0, 0], slice(None), [1, 3, 0][:1]),
    (slice(None), slice(None), [True, False, True, True]),
    (MASK[:, :, 0, 0], slice(None), [1]),
]


def converted(index: Any) -> Any:
    """The same index with tensors in place of arrays."""
    if isinstance(index, tuple):
        return tuple(converted(part) for part in index)
    return tt.tensor(index) if isinstance(index, np.ndarray) else index


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.uint8, np.float16])
@pytest.mark.parametrize("index", READS, ids=repr)
def test_read(index: Any, dtype: type) -> None:
    x = X.astype(dtype)
    expected = x[index]
    for given in (index, converted(index)):
        actual = tt.tensor(x)[given]
        assert actual.shape == expected.shape
        np.testing.assert_array_equal(actual.numpy(), expected)
    strided = tt.tensor(x.transpose(3, 1, 0, 2).copy()).permute(2, 1, 3, 0)
    np.testing.assert_array_equal(strided[index].numpy(), expected)


@pytest.mark.parametrize("index", READS, ids=repr)
def test_write(index: Any) -> None:
    expected = X.copy()
    mine = tt.tensor(X)
    if not np.size(expected[index]):
        return
    # Where an element is written twice the last write wins.
    flat = np.arange(np.size(expected[index])).reshape(np.shape(expected[index])) + 1000
    expected[index] = flat
    mine[converted(index)] = tt.tensor(flat)
    np.testing.assert_array_equal(mine.numpy(), expected)
    expected[index] = 7
    mine[index] = 7
    np.testing.assert_array_equal(mine.numpy(), expected)


def test_accumulate_adds_in_index_order() -> None:
    random = np.random.default_rng(0)
    rows = random.integers(0, 10, 5000)
    values = random.standard_normal((5000, 300)).astype(np.float32)
    expected = np.zeros((10, 300), np.float32)
    for row, value in zip(rows, values, strict=True):
        expected[row] += value
    out = tt.zeros(10, 300)
    out.index_put_((tt.tensor(rows),), tt.tensor(values), accumulate=True)
    np.testing.assert_array_equal(out.numpy(), expected)
    np.testing.assert_array_equal(
        tt.zeros(10, 300).index_add(0, tt.tensor(rows), tt.tensor(values)).numpy(), expected
    )
    index = tt.tensor(rows)[:, None].expand(5000, 300)
    np.testing.assert_array_equal(
        tt.zeros(10, 300).scatter_add(0, index, tt.tensor(values)).numpy(), expected
    )


def test_index_errors() -> None:
    x = tt.zeros(3, 4)
    with pytest.raises(IndexError, match="index 3 is out of bounds for dimension 0 with size 3"):
        x[tt.tensor([0, 3])]
    with pytest.raises(IndexError, match="index -5 is out of bounds for dimension 1 with size 4"):
        x[:, [-5]]
    with pytest.raises(IndexError, match="too many indices"):
        x[0, 0, 0]
    with pytest.raises(IndexError, match="too many indices"):
        x[[0], [0], [0]]
    with pytest.raises(IndexError, match="mask"):
        x[tt.tensor([True, False])]
    with pytest.raises(IndexError, match="str"):
        x["a"]
    with pytest.raises(IndexError, match="float32"):
        x[tt.tensor([1.0])]
    with pytest.raises(RuntimeError, match="do not broadcast"):
        x[[0, 1]] = tt.zeros(3)
    with pytest.raises(ValueError, match="step"):
        x[::-1]


def test_large_mask() -> None:
    random = np.random.default_rng(1)
    x = random.standard_normal(200_003)
    for density in (0.0, 0.02, 0.5, 1.0):
        mask = random.random(x.size) < density
        np.testing.assert_array_equal(tt.tensor(x)[tt.tensor(mask)].numpy(), x[mask])
        np.testing.assert_array_equal(
            tt.tensor(mask).nonzero().numpy(), np.argwhere(mask).reshape(-1, 1)
        )


def test_gather_and_scatter() -> None:
    random = np.random.default_rng(2)
    x = random.standard_normal((4, 5, 6))
    for dim in range(3):
        shape = [3, 5, 2]
        shape[dim] = 7
        shape = [min(s, x.shape[d]) if d != dim else s for d, s in enumerate(shape)]
        index = random.integers(0, x.shape[dim], shape)
        part = x[tuple(slice(s if d != dim else None) for d, s in enumerate(shape))]
        np.testing.assert_array_equal(
            tt.gather(tt.tensor(x), dim, tt.tensor(index)).numpy(),
            np.take_along_axis(part, index, dim),
        )
        src = random.standard_normal(shape)
        expected = x.copy()
        for position in np.ndindex(*shape):
            target = list(position)
            target[dim] = index[position]
            expected[tuple(target)] += src[position]
        np.testing.assert_allclose(
            tt.scatter_add(tt.tensor(x), dim, tt.tensor(index), tt.tensor(src)).numpy(),
            expected,
            rtol=1e-14,
        )
    one_hot = tt.zeros(3, 4).scatter_(1, tt.tensor([[1], [0], [3]]), 1.0)
    assert one_hot.argmax(1).tolist() == [1, 0, 3]
    assert one_hot.sum().item() == 3
    with pytest.raises(IndexError, match="gather: index 9"):
        tt.gather(tt.zeros(3), 0, tt.tensor([9]))


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_cat_and_stack(dim: int) -> None:
    random = np.random.default_rng(3)
    parts = [random.standard_normal((2, 3, 4)) for _ in range(3)]
    parts[1] = parts[1].astype(np.float32)
    mine = [tt.tensor(part) for part in parts]
    np.testing.assert_array_equal(tt.cat(mine, dim).numpy(), np.concatenate(parts, dim))
    np.testing.assert_array_equal(tt.stack(mine, dim).numpy(), np.stack(parts, dim))
    strided = [m.transpose(0, 2) for m in mine]
    np.testing.assert_array_equal(
        tt.cat(strided, dim).numpy(), np.concatenate([p.T for p in parts], dim)
    )
    assert tt.cat([tt.zeros(0), mine[0]], dim).shape == (2, 3, 4)
    with pytest.raises(RuntimeError, match="non-empty"):
        tt.cat([])
    with pytest.raises(RuntimeError, match="sizes must match"):
        tt.cat([mine[0], tt.zeros(5, 6, 7)], dim)
    with pytest.raises(RuntimeError, match="equal size"):
        tt.stack([tt.zeros(2), tt.zeros(3)])


def test_embedding() -> None:
    weight = np.random.default_rng(4).standard_normal((10, 6))
    ids = np.array([[1, 9, 1], [0, 3, 3]])
    for kind in (np.int64, np.int32):
        out = tt.embedding(tt.tensor(weight), tt.tensor(ids.astype(kind)))
        np.testing.assert_array_equal(out.numpy(), weight[ids])
    with pytest.raises(IndexError, match="embedding: index 10"):
        tt.embedding(tt.tensor(weight), tt.tensor([10]))


def test_masked_writes() -> None:
    x = np.arange(12.0).reshape(3, 4)
    mask = x % 2 == 0
    t, m = tt.tensor(x), tt.tensor(mask)
    np.testing.assert_array_equal(t.masked_fill(m, -1).numpy(), np.where(mask, -1, x))
    np.testing.assert_array_equal(t.masked_fill(m[:, :1], 5).numpy(), np.where(mask[:, :1], 5, x))
    expected = x.copy()
    expected[mask] = np.arange(6) + 50
    source = tt.arange(50.0, 60.0, dtype=tt.float64)
    np.testing.assert_array_equal(t.masked_scatter(m, source).numpy(), expected)
    np.testing.assert_array_equal(tt.masked_select(t, m[0]).numpy(), x[:, mask[0]].ravel())
    t.t().masked_fill_(m.t(), 9)
    np.testing.assert_array_equal(t.numpy(), np.where(mask, 9, x))


def test_rearranging() -> None:
    x = np.arange(24).reshape(2, 3, 4)
    t = tt.tensor(x)
    np.testing.assert_array_equal(t.flip(0, -1).numpy(), np.flip(x, (0, 2)))
    np.testing.assert_array_equal(t.roll(5).numpy(), np.roll(x, 5))
    np.testing.assert_array_equal(t.roll((1, -2), (0, 2)).numpy(), np.roll(x, (1, -2), (0, 2)))
    np.testing.assert_array_equal(t.repeat(2, 1, 3, 2).numpy(), np.tile(x, (2, 1, 3, 2)))
    for k in (-5, -1, 0, 2, 9):
        np.testing.assert_array_equal(t.tril(k).numpy(), np.tril(x, k))
        np.testing.assert_array_equal(t.transpose(0, 2).triu(k).numpy(), np.triu(x.T, k))


def test_rows_by_index() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    index = np.array([2, 0, 2])
    t, i = tt.tensor(x), tt.tensor(index)
    np.testing.assert_array_equal(t.index_select(1, i).numpy(), x[:, index])
    expected = x.copy()
    expected[:, index] = 5
    np.testing.assert_array_equal(t.index_fill(1, i, 5).numpy(), expected)
    source = -np.arange(24.0).reshape(2, 3, 4)
    expected = x.copy()
    np.add.at(expected, (slice(None), index), 2 * source)
    np.testing.assert_array_equal(t.index_add(1, i, tt.tensor(source), alpha=2).numpy(), expected)
    expected = x.copy()
    expected[:, index] = source
    np.testing.assert_array_equal(t.index_copy(1, i, tt.tensor(source)).numpy(), expected)
    np.testing.assert_array_equal(t.take(tt.tensor([5, -1])).numpy(), x.ravel()[[5, -1]])


@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.parametrize("transposed", [False, True])
def test_an_index_that_stands_for_all_rows_or_columns(dim: int, transposed: bool) -> None:
    random = np.random.default_rng(0)
    x = random.integers(0, 9, (40, 50)).astype(np.float32)
    line = random.integers(0, x.shape[dim], 30)
    shape = (40, 30) if dim == 1 else (30, 50)
    index = np.broadcast_to(line if dim == 1 else line[:, None], shape)
    base = tt.tensor(np.ascontiguousarray(x.T)).t() if transposed else tt.tensor(x)
    named = tt.tensor(line).unsqueeze(1 - dim).expand(shape)
    expected = np.take_along_axis(x, index, dim)
    np.testing.assert_array_equal(base.gather(dim, named).numpy(), expected)
    added = x.copy()
    np.add.at(added, (slice(None), line) if dim == 1 else line, expected)
    found = base.scatter_add(dim, named, tt.tensor(expected))
    np.testing.assert_array_equal(found.numpy(), added)


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.float16, np.uint8])
@pytest.mark.parametrize("rows", [3, 40])
def test_neighbours_by_index(rows: int, dtype: type) -> None:
    """Indices of which long runs follow each other, some of them twice and some alone."""
    index = np.concatenate([np.arange(60, 95), [3], np.arange(-100, -50), np.arange(70, 90), [7]])
    x = np.random.default_rng(0).integers(0, 7, (rows, 100)).astype(dtype)
    t, i = tt.tensor(x), tt.tensor(index)
    np.testing.assert_array_equal(t.index_select(1, i).numpy(), x[:, index])
    source = np.random.default_rng(1).integers(0, 7, (rows, index.size)).astype(dtype)
    expected = x.copy()
    np.add.at(expected, (slice(None), index), source)  # small numbers: exact in any order
    np.testing.assert_array_equal(t.index_add(1, i, tt.tensor(source)).numpy(), expected)
    for position, named in enumerate(index):
        expected[:, named] = source[:, position]
    np.testing.assert_array_equal(t.index_copy(1, i, tt.tensor(source)).numpy(), expected)
    with pytest.raises(IndexError, match="index 110 is out of bounds"):
        t.index_select(1, i + 50)


@pytest.mark.parametrize("include_self", [False, True])
@pytest.mark.parametrize("reduce", ["sum", "prod", "mean", "amax", "amin"])
@pytest.mark.parametrize("dtype", [np.float64, np.int32])
def test_scatter_reduce(reduce: str, include_self: bool, dtype: type) -> None:
    random = np.random.default_rng(9)
    x = random.integers(1, 9, (3, 4)).astype(dtype)
    src = random.integers(1, 9, (6, 4)).astype(dtype)
    index = random.integers(0, 2, (6, 4))
    expected = x.copy()
    combine = {"sum": np.sum, "prod": np.prod, "mean": np.sum, "amax": np.max, "amin": np.min}
    for row, column in np.ndindex(*x.shape):
        met = list(src[index[:, column] == row, column])
        if not met:
            continue
        met += [x[row, column]] if include_self else []
        expected[row, column] = combine[reduce](met)
        if reduce == "mean":
            whole = expected[row, column]
            expected[row, column] = whole / len(met) if dtype is np.float64 else whole // len(met)
    mine = tt.tensor(x)
    arguments = (0, tt.tensor(index), tt.tensor(src), reduce)
    result = tt.scatter_reduce(mine, *arguments, include_self=include_self)
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-14)
    mine.scatter_reduce_(*arguments, include_self=include_self)
    np.testing.assert_allclose(mine.numpy(), expected, rtol=1e-14)


def test_take_along_dim() -> None:
    x = np.random.default_rng(10).standard_normal((3, 4))
    order = np.argsort(x, 1)
    mine = tt.take_along_dim(tt.tensor(x), tt.tensor(order), 1)
    np.testing.assert_array_equal(mine.numpy(), np.sort(x, 1))
    column = tt.take_along_dim(tt.tensor(x), tt.tensor([[2]]), 1)
    np.testing.assert_array_equal(column.numpy(), x[:, 2:3])
    flat = tt.take_along_dim(tt.tensor(x), tt.tensor([5, 0]))
    np.testing.assert_array_equal(flat.numpy(), x.ravel()[[5, 0]])
