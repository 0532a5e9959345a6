"""Random numbers: their distributions, what they depend on, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

import taeda_kernels as tk

Array = np.ndarray[Any, Any]

CONTINUOUS = {
    "uniform": ((-1.0, 3.0), stats.uniform(-1, 4)),
    "normal": ((2.0, 0.5), stats.norm(2, 0.5)),
    "log_normal": ((0.5, 0.25), stats.lognorm(0.25, scale=np.exp(0.5))),
    "exponential": ((2.0,), stats.expon(scale=0.5)),
    "cauchy": ((1.0, 2.0), stats.cauchy(1, 2)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CONTINUOUS)
def test_distributions(name: str, dtype: str) -> None:
    parameters, wanted = CONTINUOUS[name]
    x = getattr(tk, name)(200_000, *parameters, seed=3, dtype=dtype)
    assert x.dtype == dtype
    # The seed is fixed, so the outcome is too; a smaller value would mean another distribution.
    assert stats.kstest(x.astype("float64"), wanted.cdf).pvalue > 1e-3


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_uniform_stays_below_its_bound(dtype: str) -> None:
    x = tk.uniform(300_000, 1.0, 2.0, seed=1, dtype=dtype)
    assert x.min() >= 1
    assert x.max() < 2
    np.testing.assert_array_equal(tk.uniform(5, 2.0, 2.0, seed=1, dtype=dtype), 2)


def test_discrete() -> None:
    x = tk.integers(60_000, -2, 4, seed=5)
    assert x.dtype == np.int64
    assert stats.chisquare(np.bincount(x + 2)).pvalue > 1e-3
    trials = tk.geometric(60_000, 0.3, seed=5)
    assert trials.min() == 1
    assert abs(trials.mean() - 1 / 0.3) < 0.05  # five standard errors of the mean
    p = np.linspace(0, 1, 5)[:, None] + np.zeros((1, 40_000))
    hits = tk.bernoulli(p, seed=6)
    assert hits.dtype == np.bool_
    # Five standard errors: 5 * 0.5 / sqrt(40000).
    np.testing.assert_allclose(hits.mean(1), p[:, 0], atol=0.0125)
    assert not hits[0].any()
    assert hits[-1].all()


def test_whole_range_of_integers() -> None:
    for dtype, low, high in [
        ("uint8", 0, 256),
        ("int8", -128, 128),
        ("int64", -(2**63), 2**63 - 1),
        ("bool", 0, 2),
    ]:
        x = tk.integers(5000, low, high, seed=1, dtype=dtype)
        assert x.dtype == dtype
        if dtype != "int64":
            assert len(np.unique(x)) == high - low
        else:
            assert (x < 0).any()
            assert (x > 2**62).any()


def test_permutation_and_multinomial() -> None:
    for n in (0, 1, 2, 1000, 70_000):
        order = tk.permutation(n, seed=2)
        np.testing.assert_array_equal(np.sort(order), np.arange(n))
    assert not np.array_equal(order, np.arange(n))
    firsts = [int(tk.permutation(4, seed=2, offset=i)[0]) for i in range(4000)]
    assert stats.chisquare(np.bincount(firsts)).pvalue > 1e-3

    weights = np.array([[0.0, 1.0, 3.0], [2.0, 2.0, 0.0]])
    draws = tk.multinomial(weights, 40_000, replacement=True, seed=7)
    shares = np.stack([np.bincount(row, minlength=3) for row in draws]) / 40_000
    np.testing.assert_allclose(shares, weights / weights.sum(1, keepdims=True), atol=0.0125)
    alone = tk.multinomial(np.ones((5, 4), np.float32), 4, seed=7)
    np.testing.assert_array_equal(np.sort(alone, -1), np.tile(np.arange(4), (5, 1)))
    assert tk.multinomial(np.ones(4), 2, seed=7).shape == (2,)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_dropout(dtype: str) -> None:
    x = np.arange(1, 40_001, dtype="float64").reshape(200, 200).astype(dtype) % 100 + 1
    x = x.astype(dtype)
    y = tk.dropout(x, 0.25, seed=9)
    kept = y != 0
    assert abs(kept.mean() - 0.75) < 0.011  # five standard errors
    np.testing.assert_allclose(y[kept], x[kept] / 0.75, rtol=1e-3 if dtype == "float16" else 1e-6)
    np.testing.assert_array_equal(tk.dropout(np.ones_like(x), 0.25, seed=9) != 0, kept)
    np.testing.assert_array_equal(tk.dropout(x.T.copy().T, 0.25, seed=9), y)
    np.testing.assert_array_equal(tk.dropout(x, 0.0, seed=9), x)
    np.testing.assert_array_equal(tk.dropout(x, 1.0, seed=9), 0)
    assert tk.dropout(x, 0.25, seed=9, out=x) is x
    np.testing.assert_array_equal(x, y)


def test_an_element_depends_on_stream_and_place_alone() -> None:
    calls: dict[str, Callable[..., Array]] = {
        name: lambda shape, name=name, **k: getattr(tk, name)(shape, **k)
        for name in [*CONTINUOUS, "geometric"]
    }
    calls["integers"] = lambda shape, **k: tk.integers(shape, 0, 1000, **k)
    for call in calls.values():
        tk.set_num_threads(2)
        whole = call(50_001, seed=4, offset=8)
        np.testing.assert_array_equal(call(777, seed=4, offset=8), whole[:777])
        np.testing.assert_array_equal(call((3, 5), seed=4, offset=8), whole[:15].reshape(3, 5))
        assert not np.array_equal(call(777, seed=5, offset=8), whole[:777])
        assert not np.array_equal(call(777, seed=4, offset=9), whole[:777])
        out = np.empty((5, 3), whole.dtype).T
        assert call((3, 5), seed=4, offset=8, out=out) is out
        np.testing.assert_array_equal(out, whole[:15].reshape(3, 5))
        tk.set_num_threads(1)
        np.testing.assert_array_equal(call(50_001, seed=4, offset=8), whole)


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (TypeError, lambda: tk.uniform(3), "seed"),
        (TypeError, lambda: tk.uniform(3, seed=-1), "seed must be an int from 0"),
        (TypeError, lambda: tk.uniform(3, seed=1, offset=2**64), "offset must be an int from 0"),
        (ValueError, lambda: tk.uniform(3, 2, 1, seed=1), "low must not exceed high, got 2 and 1"),
        (TypeError, lambda: tk.uniform(3, seed=1, dtype="int64"), "float dtype"),
        (ValueError, lambda: tk.normal(3, 0, -1, seed=1), "std must not be negative"),
        (ValueError, lambda: tk.exponential(3, 0, seed=1), "rate must be positive"),
        (ValueError, lambda: tk.cauchy(3, 0, 0, seed=1), "scale must be positive"),
        (ValueError, lambda: tk.geometric(3, 1, seed=1), "p must lie between"),
        (ValueError, lambda: tk.normal((2, -1), seed=1), r"negative size in the shape \(2, -1\)"),
        (TypeError, lambda: tk.normal("ab", seed=1), "shape must be an int or a tuple"),
        (ValueError, lambda: tk.normal(3, seed=1, out=np.ones(4)), r"result has \(3,\)"),
        (ValueError, lambda: tk.integers(3, 5, 5, seed=1), "low must be below high"),
        (ValueError, lambda: tk.integers(3, 0, 257, seed=1, dtype="uint8"), "uint8 does not hold"),
        (TypeError, lambda: tk.bernoulli(np.ones(2, int), seed=1), "float dtype"),
        (RuntimeError, lambda: tk.bernoulli(np.full(2, 1.5), seed=1), "must lie in"),
        (ValueError, lambda: tk.dropout(np.ones(2), -0.5, seed=1), "p must lie between"),
        (TypeError, lambda: tk.dropout(np.ones(2, int), seed=1), "float dtype"),
        (ValueError, lambda: tk.permutation(-1, seed=1), "must not be negative"),
        (ValueError, lambda: tk.multinomial(np.ones(2), 3, seed=1), "without replacement"),
        (RuntimeError, lambda: tk.multinomial(np.array([1.0, -1.0]), 1, seed=1), "element < 0"),
        (RuntimeError, lambda: tk.multinomial(np.zeros(2), 1, seed=1), "invalid distribution"),
    ],
)
def test_errors(error: type[Exception], call: Callable[[], Any], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def philox(counter: int, seed: int, offset: int) -> list[int]:
    """The four words of a counter of Philox4x32-10, as its authors define them."""
    low = 0xFFFFFFFF
    c = [counter & low, counter >> 32, offset & low, offset >> 32]
    k = [seed & low, seed >> 32]
    for _ in range(10):
        first, second = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [second >> 32 ^ c[1] ^ k[0], second & low, first >> 32 ^ c[3] ^ k[1], first & low]
        k = [(k[0] + 0x9E3779B9) & low, (k[1] + 0xBB67AE85) & low]
    return c


@pytest.mark.parametrize(("seed", "offset"), [(0, 0), (7, 2), (2**63 + 12345, 2**40 + 3)])
def test_words_are_those_of_philox(seed: int, offset: int) -> None:
    words = np.array([philox(i, seed, offset) for i in range(300)], np.uint32).reshape(-1)
    fractions = (words >> 8).astype(np.float32) * np.float32(2.0**-24)
    np.testing.assert_array_equal(tk.uniform(1200, 0.0, 1.0, seed=seed, offset=offset), fractions)
    wide = words.view(np.uint64)
    for low, high in [(0, 1000), (-5, 2**31), (-(2**62), 2**62)]:
        wanted = [low + (int(word) * (high - low) >> 64) for word in wide]
        drawn = tk.integers(600, low, high, seed=seed, offset=offset)
        np.testing.assert_array_equal(drawn, wanted)


def test_permutations_follow_their_keys() -> None:
    for count in (5, 64, 65, 3000, 40_000):
        keys = np.array([philox(i, 3, 1) for i in range((count + 1) // 2)], np.uint32)
        order = np.argsort(keys.reshape(-1).view(np.uint64)[:count], kind="stable")
        np.testing.assert_array_equal(tk.permutation(count, seed=3, offset=1), order)
