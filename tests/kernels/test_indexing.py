"""Reading and writing of elements that indices and masks name, against NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import taeda_kernels as tk

Array = np.ndarray[Any, Any]

DTYPES = ["bool", "uint8", "int16", "int64", "float16", "float32", "float64"]


def numbers(*shape: int, seed: int = 0, dtype: str = "float64") -> Array:
    return np.random.default_rng(seed).integers(0, 9, shape).astype(dtype)


def indices(size: int, *shape: int, seed: int = 1) -> Array:
    return np.random.default_rng(seed).integers(-size, size, shape)


def views(x: Array) -> list[Array]:
    return [x, np.asfortranarray(x), x[::-1], np.repeat(x, 2, -1)[..., ::2]]


def near(size: int, seed: int) -> Array:
    """Runs of neighbours, mirrored and repeated elements, and a few from anywhere."""
    random = np.random.default_rng(seed)
    parts = []
    for _ in range(random.integers(1, 12)):
        start, count = random.integers(0, size), random.integers(1, 70)
        run = start + random.choice([-1, 1, 2]) * np.arange(count) // random.integers(1, 3)
        parts += [run % size, random.integers(0, size, random.integers(0, 3))]
    return np.concatenate(parts)


@pytest.mark.parametrize("dtype", ["int16", "float32", "float64"])
@pytest.mark.parametrize("size", [1, 5, 16, 17, 40, 300])
def test_take_of_elements_that_lie_close_together(size: int, dtype: str) -> None:
    x = np.arange(9 * size).reshape(9, size).astype(dtype)
    strided = np.repeat(x, 2, -1)[..., ::2]
    for seed in range(20):
        index = near(size, seed)
        for source in (x, strided, np.asfortranarray(x)):
            np.testing.assert_array_equal(tk.take(source, index, 1), x[:, index])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(5,), (4, 6), (3, 5, 7), (300, 40)])
def test_take(shape: tuple[int, ...], dtype: str) -> None:
    for x in views(numbers(*shape, dtype=dtype)):
        for axis in range(-x.ndim, x.ndim):
            for wanted in [(), (3,), (2, 4), (0,)]:
                index = indices(x.shape[axis], *wanted)
                result = np.take(x, index, axis)
                np.testing.assert_array_equal(tk.take(x, index, axis), result)
                out = np.empty(result.shape[::-1], dtype).T
                assert (
                    tk.take(x, index.astype(np.int8 if len(x) < 99 else int), axis, out=out) is out
                )
                np.testing.assert_array_equal(out, result)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(5,), (4, 6), (3, 5, 7)])
def test_index_copy_and_add(shape: tuple[int, ...], dtype: str) -> None:
    for x in views(numbers(*shape, dtype=dtype)):
        for axis in range(x.ndim):
            index = indices(x.shape[axis], 2, 3)
            values = numbers(*np.take(x, index, axis).shape, seed=2, dtype=dtype)
            key = (slice(None),) * axis + (index,)
            added = x.copy()
            np.add.at(added, key, values)
            np.testing.assert_array_equal(tk.index_add(x, index, values, axis), added)
            copied = x.copy()
            copied[key] = values  # NumPy too writes in the order of the indices
            np.testing.assert_array_equal(tk.index_copy(x, index, values, axis), copied)
            inside = x.copy()
            assert tk.index_add(inside, index, values, axis, out=inside) is inside
            np.testing.assert_array_equal(inside, added)
    np.testing.assert_array_equal(tk.index_add(np.zeros(3), np.array([1, 1]), 2), [0, 4, 0])


@pytest.mark.parametrize("dtype", DTYPES)
def test_gather_and_scatter(dtype: str) -> None:
    for x in views(numbers(6, 5, dtype=dtype)):
        for axis in (0, 1, -1):
            index = indices(x.shape[axis], 4, 5)
            rows = x if axis == 0 else x[:4]
            wanted = np.take_along_axis(rows, index, axis)
            np.testing.assert_array_equal(tk.gather(x, index, axis), wanted)
            values = numbers(4, 5, seed=3, dtype=dtype)
            for reduce, combine in {
                None: lambda a, b: b,
                "add": lambda a, b: a + b,
                "multiply": lambda a, b: a * b,
                "amax": max,
                "amin": min,
            }.items():
                expected = x.copy()
                for i, j in np.ndindex(4, 5):
                    at = (index[i, j], j) if axis == 0 else (i, index[i, j])
                    expected[at] = combine(expected[at], values[i, j])
                actual = tk.scatter(x, index, values, axis, reduce=reduce)
                np.testing.assert_array_equal(actual, expected)
                inside = x.copy()
                tk.scatter(inside, index, values, axis, reduce=reduce, out=inside)
                np.testing.assert_array_equal(inside, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16"])
@pytest.mark.parametrize("axis", [0, 1])
def test_scatter_to_far_places(axis: int, dtype: str) -> None:
    """Targets that no cache near the core holds are fetched ahead."""
    random = np.random.default_rng(3)
    shape = (200_003, 2) if axis == 0 else (2, 200_003)
    index = random.integers(0, 200_003, (1001, 2) if axis == 0 else (2, 1001))
    values = random.integers(0, 9, index.shape).astype(dtype)  # whole: any order has the same sum
    expected = np.zeros(shape, dtype)
    across = np.broadcast_to(np.arange(2)[:, None] if axis else np.arange(2), index.shape)
    np.add.at(expected, (index, across) if axis == 0 else (across, index), values)
    added = tk.scatter(np.zeros(shape, dtype), index, values, axis, reduce="add")
    np.testing.assert_array_equal(added, expected)
    np.testing.assert_array_equal(
        tk.gather(expected, index, axis), np.take_along_axis(expected, index, axis)
    )


@pytest.mark.parametrize("rows", [1, 7, 3000])
def test_large_index_add(rows: int) -> None:
    """Positions are sorted by the row they name, and added in their order."""
    index = np.random.default_rng(5).integers(-rows, rows, 4000)
    values = np.random.default_rng(6).normal(size=(4000, 24)).astype(np.float32)
    wanted = np.zeros((rows, 24), np.float32)
    np.add.at(wanted, index, values)
    zeros = np.zeros_like(wanted)
    np.testing.assert_array_equal(tk.index_add(zeros, index, values), wanted)
    strided = np.asfortranarray(zeros)
    np.testing.assert_array_equal(tk.index_add(strided, index, values), wanted)
    np.testing.assert_array_equal(tk.embedding_backward(values, index, rows), wanted)
    copied = zeros.copy()
    copied[index] = values
    np.testing.assert_array_equal(tk.index_copy(zeros, index, values), copied)


def test_nothing_is_written_before_all_indices_are_known_to_be_valid() -> None:
    x = np.zeros(4)
    with pytest.raises(IndexError, match="index 4 is out of bounds"):
        tk.index_add(x, np.array([0, 1, 4]), np.ones(3), out=x)
    np.testing.assert_array_equal(x, 0)


def test_short_and_long_lines() -> None:
    for shape in [(3000, 1), (1, 3000), (700, 5), (5, 700), (30, 20, 40)]:
        x = np.random.default_rng(0).normal(size=shape)
        for axis in range(len(shape)):
            index = indices(shape[axis], *shape)
            for layout in (np.ascontiguousarray, np.asfortranarray):
                gathered = tk.gather(layout(x), layout(index), axis)
                np.testing.assert_array_equal(gathered, np.take_along_axis(x, index, axis))
            wanted = np.zeros(shape)
            places = list(np.indices(shape))
            places[axis] = index
            np.add.at(wanted, tuple(places), x)
            added = tk.scatter(np.zeros(shape), index, x, axis, reduce="add")
            np.testing.assert_array_equal(added, wanted)


def test_embedding() -> None:
    weight, index = numbers(9, 5, dtype="float32"), indices(9, 4, 6)
    np.testing.assert_array_equal(tk.embedding(weight, index), weight[index])
    grad = numbers(4, 6, 5, seed=2, dtype="float32")
    wanted = np.zeros((9, 5), np.float32)
    np.add.at(wanted, index, grad)
    np.testing.assert_array_equal(tk.embedding_backward(grad, index, 9), wanted)
    wanted[3] = 0
    strided = np.asfortranarray(grad)
    out = np.ones((5, 9), np.float32).T
    tk.embedding_backward(strided, index, 9, padding_idx=3, out=out)
    np.testing.assert_array_equal(out, wanted)
    assert tk.embedding(weight, np.empty((0, 2), int)).shape == (0, 2, 5)
    np.testing.assert_array_equal(tk.embedding_backward(np.ones((0, 5)), np.empty(0, int), 2), 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (5,), (4, 6), (3, 5, 7), (300, 400), (0, 3)])
def test_masks(shape: tuple[int, ...], dtype: str) -> None:
    x = numbers(*shape, dtype=dtype)
    mask = numbers(*shape, seed=7) > 4
    for seen in views(x) if x.ndim else [x]:
        np.testing.assert_array_equal(tk.masked_select(seen, mask), np.atleast_1d(seen[mask]))
        wanted = np.where(mask, np.array(3, dtype), seen)
        np.testing.assert_array_equal(tk.masked_fill(seen, mask, 3), wanted)
        positions = np.argwhere(seen)
        np.testing.assert_array_equal(tk.nonzero(seen), positions)
        if x.ndim > 1:
            for diagonal in (-9, -1, 0, 2, 9):
                np.testing.assert_array_equal(tk.tril(seen, diagonal), np.tril(seen, diagonal))
                np.testing.assert_array_equal(tk.triu(seen, diagonal), np.triu(seen, diagonal))
    inside = x.copy()
    if inside.ndim:
        assert tk.masked_fill(inside, mask, 1, out=inside) is inside
        np.testing.assert_array_equal(inside, np.where(mask, np.array(1, dtype), x))
    row = np.arange(3.0)
    mask = np.array([[True], [False]])
    np.testing.assert_array_equal(tk.masked_select(row, mask), row)


@pytest.mark.parametrize("source", DTYPES)
@pytest.mark.parametrize("target", DTYPES)
def test_cast_and_fill(source: str, target: str) -> None:
    x = numbers(7, 9, dtype=source)
    for seen in views(x):
        for dtype in (target, np.dtype(target), getattr(np, target)):
            result = tk.cast(seen, dtype)
            assert result.dtype == target
            np.testing.assert_array_equal(result, seen.astype(target))
        out = np.empty((9, 7), target).T
        tk.fill(out[::2], np.array(3, source))
        np.testing.assert_array_equal(out[::2], np.array(3, source).astype(target))


def test_the_same_bits_for_any_number_of_threads() -> None:
    values, index = np.random.default_rng(0).normal(size=(20_000, 40)), indices(50, 20_000)
    grad = values.astype(np.float32)
    whole = tk.embedding_backward(grad, index, 50)
    sums = tk.scatter(np.zeros(50, np.float32), index, grad[:, 0], 0, reduce="add")
    tk.set_num_threads(1)
    np.testing.assert_array_equal(tk.embedding_backward(grad, index, 50), whole)
    np.testing.assert_array_equal(whole[:, 0], sums)


X, AT = np.ones((2, 3)), np.array([0, 1])


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (IndexError, lambda: tk.take(X, AT + 1), "take: index 2 is out of bounds .* size 2"),
        (IndexError, lambda: tk.take(X, AT - 3), "take: index -3 is out of bounds"),
        (IndexError, lambda: tk.take(X, AT, 2), "axis 2"),
        (IndexError, lambda: tk.take(np.array(1.0), AT), "at least one dimension"),
        (TypeError, lambda: tk.take(X, AT * 1.0), "indices must be integers, got float64"),
        (TypeError, lambda: tk.take(X, AT > 0), "indices must be integers, got bool"),
        (ValueError, lambda: tk.take(X, AT, out=np.ones(2)), r"but the result has \(2, 3\)"),
        (ValueError, lambda: tk.take(X, AT, out=X), "overlaps"),
        (ValueError, lambda: tk.index_add(X, AT, np.ones(4)), "do not broadcast"),
        (ValueError, lambda: tk.index_add(X, AT, X[::-1], out=X), "overlaps"),
        (IndexError, lambda: tk.index_copy(X, AT + 5, 1), "index 5"),
        (ValueError, lambda: tk.gather(X, AT, 0), "have the dimensions of x"),
        (ValueError, lambda: tk.gather(X, np.zeros((2, 4), int), 0), "be no larger"),
        (IndexError, lambda: tk.gather(X, np.full((2, 3), 2), 0), "gather: index 2"),
        (ValueError, lambda: tk.scatter(X, np.zeros((2, 3), int), 1, 0, reduce="mean"), "reduce"),
        (IndexError, lambda: tk.scatter(X, np.full((2, 3), -4), 1, 1), "scatter: index -4"),
        (ValueError, lambda: tk.embedding(np.ones(3), AT), "weight must have 2 dimensions"),
        (ValueError, lambda: tk.embedding_backward(X, AT, 2, padding_idx=2), "padding_idx must be"),
        (ValueError, lambda: tk.embedding_backward(X, AT[:1], 2), r"shape \(1, 3\)"),
        (IndexError, lambda: tk.embedding_backward(X, AT, 1), "index 1 is out of bounds"),
        (TypeError, lambda: tk.masked_select(X, X), "mask must be bool, got float64"),
        (ValueError, lambda: tk.masked_select(X, np.ones(2, bool)), "do not broadcast"),
        (ValueError, lambda: tk.masked_fill(X, X > 0, X), "no dimensions"),
        (ValueError, lambda: tk.tril(AT), "at least 2 dimensions"),
        (TypeError, lambda: tk.cast(X, "complex64"), "dtype must be one of bool"),
        (ValueError, lambda: tk.fill(X, AT), "no dimensions"),
    ],
)
def test_errors(error: type[Exception], call: Callable[[], Any], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
    assert (X == 1).all()
