"""Reductions against NumPy in float64, their order, and what they refuse."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import taeda_tensor as tt

SHAPES = [(8, 8), (3,), (7, 5000), (5000, 7), (4, 3, 50, 6), (130, 2049), (2, 3000, 5), ()]
FLOATS = [np.float32, np.float64, np.float16, ml_dtypes.bfloat16]
TOLERANCE = {np.float32: 2e-6, np.float64: 1e-13, np.float16: 2e-3, ml_dtypes.bfloat16: 2e-2}

REFERENCES: dict[str, Callable[..., Any]] = {
    "sum": np.sum,
    "mean": np.mean,
    "amax": np.max,
    "amin": np.min,
    "nansum": np.nansum,
}


def dim_sets(ndim: int) -> list[tuple[int, ...]]:
    return [
        dims for size in range(1, ndim + 1) for dims in itertools.combinations(range(ndim), size)
    ]


def views(x: tt.Tensor) -> list[tt.Tensor]:
    found = [x]
    if x.ndim > 0:
        found.append(x[..., ::2])
    if x.ndim > 1:
        found += [x.transpose(0, -1), x[:, 1:]]
    return found


def random(shape: tuple[int, ...], dtype: type, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(shape) * 2).astype(dtype)


def double(x: tt.Tensor) -> np.ndarray:
    return np.asarray(x.to(tt.float64).numpy())


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", REFERENCES)
def test_values(name: str, shape: tuple[int, ...], dtype: type) -> None:
    for x in views(tt.tensor(random(shape, np.float32)).to(tt.tensor(random((), dtype)).dtype)):
        exact = double(x)
        for dims in dim_sets(x.ndim) or [()]:
            reference = REFERENCES[name](exact, axis=dims or None)
            scale = np.max(np.abs(exact)) * (
                exact.size / max(np.size(reference), 1) if name in ("sum", "nansum") else 1
            )
            actual = getattr(tt, name)(x, dims)
            kept = getattr(x, name)(dim=dims, keepdim=True)
            assert tuple(kept.shape) == tuple(
                1 if d in dims or not dims else x.shape[d] for d in range(x.ndim)
            )
            np.testing.assert_allclose(double(actual), reference, atol=TOLERANCE[dtype] * scale)
            assert np.array_equal(double(kept).ravel(), double(actual).ravel())


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int8, np.int32, np.int64])
def test_integers(dtype: type) -> None:
    exact = np.random.default_rng(0).integers(0, 2 if dtype is np.bool_ else 100, (33, 65, 3))
    exact = exact.astype(dtype)
    for x in views(tt.tensor(exact)):
        values = x.numpy()
        for dims in dim_sets(x.ndim):
            assert np.array_equal(x.sum(dims).numpy(), values.sum(dims, dtype=np.int64))
            assert np.array_equal(x.amax(dims).numpy(), values.max(dims))
            assert np.array_equal(x.any(dims).numpy(), values.any(dims))
            assert np.array_equal(x.all(dims).numpy(), values.all(dims))
            assert np.array_equal(x.count_nonzero(dims).numpy(), np.count_nonzero(values, dims))
    assert tt.tensor(exact).sum().dtype is tt.int64
    assert tt.tensor([3, 4]).prod().item() == 12


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_positions_of_extremes(dtype: type) -> None:
    # Few distinct values, so that there are ties: the first counts.
    exact = np.random.default_rng(1).integers(-3, 4, (6, 70, 40)).astype(dtype)
    for x in views(tt.tensor(exact)):
        values = x.numpy()
        for dim in range(3):
            largest, smallest = x.max(dim), x.min(dim, keepdim=True)
            assert np.array_equal(largest.values.numpy(), values.max(dim))
            assert np.array_equal(largest.indices.numpy(), values.argmax(dim))
            assert np.array_equal(smallest.values.numpy(), values.min(dim, keepdims=True))
            assert np.array_equal(smallest.indices.numpy(), values.argmin(dim, keepdims=True))
            assert np.array_equal(x.argmax(dim).numpy(), values.argmax(dim))
        assert x.argmin().item() == values.argmin()


def test_nan_wins() -> None:
    x = tt.tensor([[1.0, float("nan"), 3.0], [5.0, 5.0, 2.0]])
    assert np.isnan(x.amax(1).numpy()).tolist() == [True, False]
    assert x.argmax(1).tolist() == [1, 0]
    assert x.argmin(1).tolist() == [1, 2]
    assert np.isnan(x.max().item())
    assert x.nansum().item() == 16.0
    assert x.nanmean().item() == pytest.approx(3.2)


@pytest.mark.parametrize("correction", [0, 1, 2])
@pytest.mark.parametrize("shape", [(7, 500), (500, 7), (6, 4, 50)])
def test_variance(shape: tuple[int, ...], correction: int) -> None:
    for x in views(tt.tensor(random(shape, np.float64) + 1000)):
        values = x.numpy()
        for dims in dim_sets(x.ndim):
            expected = values.var(dims, ddof=correction)
            variance, mean = tt.var_mean(x, dims, correction=correction)
            np.testing.assert_allclose(variance.numpy(), expected, rtol=1e-10)
            np.testing.assert_allclose(mean.numpy(), values.mean(dims), rtol=1e-13)
            deviation = x.std(dims, correction=correction, keepdim=True)
            np.testing.assert_allclose(
                deviation.numpy(), values.std(dims, ddof=correction, keepdims=True), rtol=1e-10
            )
    assert tt.tensor([1.0, 3.0]).var(False).item() == 1.0
    assert tt.tensor([1.0, 3.0]).var(unbiased=True).item() == 2.0


@pytest.mark.parametrize("order", [0, 1, 2, 3.5, np.inf, -np.inf])
def test_norms(order: float) -> None:
    x = random((5, 40), np.float64)
    expected = np.linalg.norm(x, order, axis=1)
    np.testing.assert_allclose(tt.tensor(x).norm(order, 1).numpy(), expected, rtol=1e-13)
    np.testing.assert_allclose(tt.linalg_vector_norm(tt.tensor(x), order, 1).numpy(), expected)


def test_logsumexp() -> None:
    x = np.array([[1000.0, 1000.0], [-np.inf, -np.inf], [np.inf, 0.0]])
    expected = [1000 + np.log(2), -np.inf, np.inf]
    np.testing.assert_allclose(tt.tensor(x).logsumexp(1).numpy(), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("length", [1, 5, 31, 32, 33, 64, 100, 2047, 2048, 2049, 5000, 70000])
@pytest.mark.parametrize("name", ["sum", "mean", "norm", "var"])
def test_same_bits(name: str, length: int, dtype: type) -> None:
    """Rows, columns, strided views, single rows and any number of threads agree to the last bit."""
    if name == "var" and length == 1:
        pytest.skip("not a number")

    def reduce(x: tt.Tensor, dim: int) -> np.ndarray:
        return np.asarray((x.norm(2, dim) if name == "norm" else getattr(x, name)(dim)).numpy())

    values = random((length, 67), dtype)
    x = tt.tensor(values)
    columns = reduce(x, 0)
    assert np.array_equal(reduce(tt.tensor(np.ascontiguousarray(values.T)), 1), columns)
    assert np.array_equal(reduce(x[:, :10], 0), columns[:10])
    assert np.array_equal(reduce(tt.tensor(np.repeat(values, 3, axis=1))[:, ::3], 0), columns)
    assert reduce(tt.tensor(values[:, 5].copy()), 0) == columns[5]
    tt.set_num_threads(1)
    assert np.array_equal(reduce(x, 0), columns)


@pytest.mark.parametrize("name", ["sum", "var"])
@pytest.mark.parametrize("length", [3, 20, 32, 40, 1100, 2100])
def test_same_bits_of_wide_rows(name: str, length: int) -> None:
    """Columns of long rows, where lanes may be shared out, agree with rows to the last bit."""
    values = random((length, 4500), np.float32)
    columns = getattr(tt.tensor(values), name)(0).numpy()
    rows = getattr(tt.tensor(np.ascontiguousarray(values.T)), name)(1).numpy()
    np.testing.assert_array_equal(columns, rows)
    part = getattr(tt.tensor(values)[:, 7:4107], name)(0).numpy()
    np.testing.assert_array_equal(part, rows[7:4107])


def test_full_reduction_of_many_elements() -> None:
    x = np.random.default_rng(0).standard_normal(3_000_001)
    np.testing.assert_allclose(tt.tensor(x).sum().item(), x.sum(), atol=1e-9)
    results = set()
    for count in (1, 2, 3):
        tt.set_num_threads(count)
        results.add(tt.tensor(x.astype(np.float32)).sum().item())
    assert len(results) == 1


def test_empty() -> None:
    x = tt.tensor(np.zeros((0, 3), np.float32))
    assert x.sum().item() == 0
    assert x.prod(0).tolist() == [1, 1, 1]
    assert x.any(0).tolist() == [False] * 3
    assert x.all(0).tolist() == [True] * 3
    assert np.isnan(x.mean(0).numpy()).all()
    assert x.amax(1).tolist() == []
    with pytest.raises(IndexError, match=r"amax: no result over dimension 0 of size 0"):
        x.amax(0)
    with pytest.raises(IndexError, match="argmin"):
        x.argmin()


def test_dtype_out_and_axis() -> None:
    x = tt.tensor([[1, 2], [3, 4]])
    assert x.sum(dtype=tt.float32).dtype is tt.float32
    assert x.float().sum(dtype=tt.float64).dtype is tt.float64
    assert x.sum(axis=0, keepdims=True).tolist() == [[4, 6]]
    out = tt.tensor([0.0, 0.0])
    assert tt.sum(x.float(), 0, out=out) is out
    assert out.tolist() == [4.0, 6.0]
    assert tt.max(x, tt.tensor([[9, 0], [0, 9]])).tolist() == [[9, 2], [3, 9]]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: x.sum(5), IndexError, r"sum: Dimension out of range .*\[-2, 1\].*got 5"),
        (lambda x: x.sum((0, 0)), RuntimeError, "sum: dim 0 appears multiple times"),
        (lambda x: x.max(2), IndexError, "max: Dimension out of range"),
        (lambda x: x.long().mean(), RuntimeError, "mean: the result needs a floating-point dtype"),
        (lambda x: x.long().var(), RuntimeError, "var: takes floating-point tensors, got int64"),
        (lambda x: x.norm("nuc"), RuntimeError, 'norm: p must be a number, "fro"'),
        (lambda x: x.cumsum(2), IndexError, "cumsum: Dimension out of range"),
        (lambda x: x.long().softmax(0), RuntimeError, "softmax: takes floating-point tensors"),
        (lambda x: x.softmax(-3), IndexError, "softmax: Dimension out of range"),
    ],
)
def test_errors(call: Callable[[tt.Tensor], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(tt.tensor([[1.0, 2.0], [3.0, 4.0]]))


@pytest.mark.parametrize("name", ["cumsum", "cumprod", "cummax", "cummin", "logcumsumexp"])
def test_scans(name: str) -> None:
    values = random((4, 30, 5), np.float64)
    if name != "logcumsumexp":
        values[1, 7, 2] = np.nan
    references = {
        "cumsum": np.add,
        "cumprod": np.multiply,
        "cummax": np.maximum,
        "cummin": np.minimum,
        "logcumsumexp": np.logaddexp,
    }
    for x in views(tt.tensor(values)):
        for dim in range(3):
            expected = references[name].accumulate(x.numpy(), dim)
            actual = getattr(x, name)(dim)
            if name in ("cummax", "cummin"):
                taken = np.take_along_axis(x.numpy(), actual.indices.numpy(), dim)
                np.testing.assert_array_equal(taken, expected)
                actual = actual.values
            np.testing.assert_allclose(actual.numpy(), expected, rtol=1e-11)
    assert tt.tensor([1, 2, 3]).cumsum(0).tolist() == [1, 3, 6]
