"""Attention and its gradients against their formulas in double precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import taeda_kernels as tk
from tests.kernels.arrays import FLOATS, Array, close, fresh, layouts, same_bits

# Queries, keys, width of query and key, width of value: parts of panels and blocks, and whole ones.
SIZES = [(1, 1, 1, 1), (5, 7, 8, 3), (33, 120, 16, 20), (70, 130, 33, 65), (2, 300, 4, 1)]
SIZES += [(1, 250, 64, 80), (3, 113, 7, 64), (4, 31, 40, 33)]
KINDS = ["plain", "causal", "allowed", "added", "keys", "queries"]


def weights_of(query: Array, key: Array, mask: Array | None, causal: bool, scale: float) -> Array:
    scores = scale * (query @ np.swapaxes(key, -1, -2))
    if causal:
        scores = np.where(np.tri(*scores.shape[-2:], dtype=bool), scores, -np.inf)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf) if mask.dtype == bool else scores + mask
    largest = scores.max(-1, keepdims=True)
    powers = np.exp(scores - np.where(np.isinf(largest), 0, largest))
    total = powers.sum(-1, keepdims=True)
    return np.asarray(powers / np.where(total == 0, 1, total))


def gradients_of(grad: Array, query: Array, key: Array, value: Array, weights: Array, scale: float):
    of_weights = grad @ np.swapaxes(value, -1, -2)
    of_scores = weights * (of_weights - (of_weights * weights).sum(-1, keepdims=True))
    return (
        scale * (of_scores @ key),
        scale * (np.swapaxes(of_scores, -1, -2) @ query),
        np.swapaxes(weights, -1, -2) @ grad,
    )


def mask_of(kind: str, queries: int, keys: int, dtype: str) -> Array | None:
    random = np.random.default_rng(5)
    if kind == "allowed":
        mask = random.random((2, queries, keys)) < 0.6
        mask[0, 0] = False  # a query without any key
        return mask
    if kind == "added":
        return fresh((queries, keys), dtype, 6)
    if kind == "keys":
        return random.random((2, 1, keys)) < 0.6
    return random.random((queries, 1)) < 0.6 if kind == "queries" else None


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("kind", KINDS)
def test_values_and_gradients(kind: str, dtype: str) -> None:
    for queries, keys, width, columns in SIZES:
        shapes = [(2, queries, width), (2, keys, width), (2, keys, columns), (2, queries, columns)]
        mask = mask_of(kind, queries, keys, dtype)
        scale = 0.7 / np.sqrt(width)
        options: dict[str, Any] = {"causal": kind == "causal", "scale": scale}
        first: list[Array] = []
        for layout in ("contiguous", "transposed", "strided", "reversed"):
            arrays = [layouts(shape, dtype, seed)[layout] for seed, shape in enumerate(shapes)]
            query, key, value, grad = arrays
            result, log_sum = tk.attention(query, key, value, mask, **options)
            found = tk.attention_backward(grad, query, key, value, result, log_sum, mask, **options)
            if first:
                for a, b in zip([result, log_sum, *found], first, strict=True):
                    same_bits(a, b)
                continue
            first = [result, log_sum, *found]
            wide = [np.asarray(x, "float64") for x in arrays]
            added = None if mask is None or mask.dtype == bool else mask.astype("float64")
            weights = weights_of(
                wide[0], wide[1], mask if added is None else added, options["causal"], scale
            )
            # Sums of up to 300 rounded products of factors up to 4.
            close(result, weights @ wide[2], dtype, scale=8)
            expected = gradients_of(wide[3], *wide[:3], weights, scale)
            for a, b in zip(found, expected, strict=True):
                close(a, b, dtype, scale=32)


def test_a_query_without_keys_is_zero() -> None:
    query, none = fresh((3, 2), "float64"), np.zeros((0, 2))
    result, log_sum = tk.attention(query, none, none)
    np.testing.assert_array_equal(result, np.zeros((3, 2)))
    assert np.isposinf(log_sum).all()
    found = tk.attention_backward(query, query, none, none, result, log_sum)
    np.testing.assert_array_equal(found[0], np.zeros((3, 2)))
    assert found[1].shape == (0, 2)


def test_extreme_scores() -> None:
    key = np.array([[1e4], [-1e4], [1e4]], "float32")
    value = np.array([[1.0], [2.0], [5.0]], "float32")
    result, log_sum = tk.attention(np.ones((1, 1), "float32"), key, value)
    np.testing.assert_array_equal(result, [[3.0]])
    np.testing.assert_allclose(log_sum, [1e4 + np.log(2)], rtol=1e-7)
    for bad in (np.nan, np.inf):
        key[0] = bad
        assert np.isnan(tk.attention(np.ones((1, 1), "float32"), key, value)[0]).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("causal", [False, True])
def test_same_bits(causal: bool, dtype: str) -> None:
    """Any number of threads, and an item alone: its backward then runs block by block."""
    arrays = [fresh((6, 200, 40), dtype, seed) for seed in range(4)]

    def run(parts: list[Array]) -> list[Array]:
        query, key, value, grad = parts
        result, log_sum = tk.attention(query, key, value, causal=causal)
        found = tk.attention_backward(grad, query, key, value, result, log_sum, causal=causal)
        return [result, log_sum, *found]

    tk.set_num_threads(1)
    alone = run(arrays)
    tk.set_num_threads(2)
    for a, b in zip(run(arrays), alone, strict=True):
        same_bits(a, b)
    for i in (0, 5):
        for a, b in zip(run([x[i : i + 1] for x in arrays]), alone, strict=True):
            same_bits(a, b[i : i + 1])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("kind", KINDS)
def test_few_queries_get_the_bits_of_many(kind: str, dtype: str) -> None:
    """Few of them go by rows, many by panels."""
    shapes = [(2, 40, 72), (2, 260, 72), (2, 260, 101)]
    query, key, value = (fresh(shape, dtype, seed) for seed, shape in enumerate(shapes))
    mask, causal = mask_of(kind, 40, 260, dtype), kind == "causal"
    for finite in (True, False):
        if not finite:
            key[0, 7], value[1, 120] = np.inf, np.nan
        many = tk.attention(query, key, value, mask, causal=causal)
        for count in (1, 2, 3, 4):
            some = None if mask is None else mask[..., :count, :]
            few = tk.attention(query[:, :count], key, value, some, causal=causal)
            for a, b in zip(few, many, strict=True):
                same_bits(a, np.ascontiguousarray(b[:, :count]))
            assert not finite or np.isfinite(few[0]).all()


X = np.ones((2, 3))


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (TypeError, lambda: tk.attention(X.astype(int), X, X), "query must be of a float dtype"),
        (
            TypeError,
            lambda: tk.attention(X, X.astype("float32"), X),
            "key must be of dtype float64",
        ),
        (ValueError, lambda: tk.attention(X[0], X, X), "query must have at least 2 dimensions"),
        (ValueError, lambda: tk.attention(X, X[:, :2], X), r"key must have the shape \(2, 3\)"),
        (ValueError, lambda: tk.attention(X, X, X[:1]), r"value must have the shape \(2, 3\)"),
        (ValueError, lambda: tk.attention(X, X, X, X), "attention: .*broadcast"),
        (
            ValueError,
            lambda: tk.attention_backward(X, X, X, X, X, X[0]),
            r"log_sum must have the shape \(2,\)",
        ),
    ],
)
def test_errors(error: type[Exception], call: Callable[[], Any], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
