"""Matrix products and convolutions on NumPy arrays, with no other package."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import taeda_kernels as tk


def random(*shape: int, seed: int = 0, dtype: str = "float64") -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def correlate(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    windows = sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    return np.einsum("nchwij,ocij->nohw", windows, weight)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32", "int64", "uint8"])
@pytest.mark.parametrize(
    ("a_shape", "b_shape"),
    [
        ((3, 4), (4, 5)),
        ((70, 500), (500, 90)),
        ((2, 1, 6, 30), (3, 30, 7)),
        ((5, 0), (0, 2)),
        ((1, 400), (400, 300)),
        ((300, 400), (400, 1)),
    ],
)
def test_matmul(a_shape: tuple[int, ...], b_shape: tuple[int, ...], dtype: str) -> None:
    scale = 1 if dtype.startswith("f") else 5
    a = np.abs(random(*a_shape) * scale).astype(dtype)
    b = np.abs(random(*b_shape, seed=1) * scale).astype(dtype)
    wide = "float64" if dtype.startswith("f") else dtype
    expected = np.matmul(a.astype(wide), b.astype(wide))
    actual = tk.matmul(a, b)
    assert actual.dtype == a.dtype
    tolerance = {"float16": 2e-3, "float32": 2e-6, "float64": 1e-13}.get(dtype, 0)
    np.testing.assert_allclose(actual, expected, rtol=tolerance)
    np.testing.assert_array_equal(tk.matmul(a, b.swapaxes(-1, -2).copy().swapaxes(-1, -2)), actual)
    out = np.empty(expected.shape[::-1], dtype).T if expected.ndim == 2 else None
    np.testing.assert_array_equal(tk.matmul(a, b, out=out), actual)


@pytest.mark.parametrize("k", [3, 1000])
def test_epilogue(k: int) -> None:
    a, b = random(9, k), random(k, 21, seed=1)
    for shape in [(21,), (9, 1), (9, 21), ()]:
        addend = random(*shape, seed=2)
        expected = np.maximum(0.5 * (a @ b) + 3 * addend, 0)
        actual = tk.matmul(a, b, addend=addend, alpha=0.5, beta=3, activation="relu")
        np.testing.assert_allclose(actual, expected, atol=1e-12)
    plain = tk.matmul(a, b, addend=addend)
    for name in ("gelu", "tanh", "sigmoid", "exp"):
        np.testing.assert_array_equal(
            tk.matmul(a, b, addend=addend, activation=name), getattr(tk, name)(plain)
        )


@pytest.mark.parametrize("shape", [(3, 40, 7), (33, 600, 47), (150, 70, 130), (300, 1100, 200)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_addend_is_added_after_the_last_product(shape: tuple[int, int, int], dtype: str) -> None:
    m, k, n = shape
    a, b = random(m, k, dtype=dtype), random(k, n, seed=1, dtype=dtype)
    product = tk.matmul(a, b)
    wide = random(2 * m, 2 * n, seed=2, dtype=dtype)
    for addend in (wide[0, :n], wide[::2, :n], wide[:m, ::2], wide[:m, :1], wide[0, 0]):
        np.testing.assert_array_equal(tk.matmul(a, b, addend=addend), product + addend)


def test_a_row_alone_has_the_bits_it_has_in_its_batch() -> None:
    a, b = random(150, 700, dtype="float32"), random(700, 130, seed=1, dtype="float32")
    whole = tk.matmul(a, b)
    for row in (0, 77, 149):
        np.testing.assert_array_equal(tk.matmul(a[row : row + 1], b)[0], whole[row])
    np.testing.assert_array_equal(tk.matmul(a[40:46], b), whole[40:46])
    np.testing.assert_array_equal(tk.matmul(b.T, a.T), whole.T)
    tk.set_num_threads(1)
    np.testing.assert_array_equal(tk.matmul(a, b), whole)


@pytest.mark.parametrize("k", [16, 64, 512])
@pytest.mark.parametrize("columns", [5, 8, 12, 16, 20, 24])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_narrow_products(columns: int, k: int, dtype: str) -> None:
    """Whether lanes run along rows or columns does not show in the bits."""
    a, b = random(150, k, dtype=dtype), random(k, columns, seed=1, dtype=dtype)
    actual = tk.matmul(a, b)
    expected = a.astype("float64") @ b.astype("float64")
    # A sum of k terms of size one errs by k roundings at most.
    np.testing.assert_allclose(actual, expected, atol=4 * k * np.finfo(dtype).eps)
    for rows in (slice(0, 1), slice(7, 12), slice(60, 150)):
        np.testing.assert_array_equal(tk.matmul(a[rows], b), actual[rows])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("k", "columns"), [(40, 300), (256, 70), (600, 70)])
@pytest.mark.parametrize("transposed", [False, True])
def test_many_rows(transposed: bool, k: int, columns: int, dtype: str) -> None:
    """Whether tasks are rows or columns does not show in the bits."""
    a, b = random(715, k, dtype=dtype), random(k, columns, seed=1, dtype=dtype)
    if transposed:
        a = np.asfortranarray(a)
    actual = tk.matmul(a, b)
    expected = a.astype("float64") @ b.astype("float64")
    # A sum of k terms of size one errs by k roundings at most.
    np.testing.assert_allclose(actual, expected, atol=4 * k * np.finfo(dtype).eps)
    for rows in (slice(0, 20), slice(350, 364), slice(700, 715)):
        np.testing.assert_array_equal(tk.matmul(a[rows], b), actual[rows])
    tk.set_num_threads(1)
    np.testing.assert_array_equal(tk.matmul(a, b), actual)


@pytest.mark.parametrize("rows", [16, 24, 40])
def test_a_deep_product_of_few_rows(rows: int) -> None:
    """Its left operand is packed in several parts, and lies pages apart."""
    a, b = random(rows, 20480), random(20480, 16, seed=1)
    actual = tk.matmul(a, b)
    np.testing.assert_allclose(actual, a @ b, atol=1e-10)  # 20480 roundings of sums near 150
    np.testing.assert_array_equal(tk.matmul(a[3:4], b), actual[3:4])
    tk.set_num_threads(1)
    np.testing.assert_array_equal(tk.matmul(a, b), actual)


@pytest.mark.parametrize("rows", [5, 14, 20, 28])
@pytest.mark.parametrize("result", ["float16", "float32", "float64"])
def test_few_rows_by_columns_that_lie_pages_apart(rows: int, result: str) -> None:
    """Rows of the right operand are read some at a time, of more columns than a tile has."""
    dtype = "float64" if result == "float64" else "float32"
    k, columns = 100, 1700
    a, b = random(rows, k, dtype=dtype), random(k, columns, seed=1, dtype=dtype)
    actual = tk.matmul(a, b, addend=b[0], activation="relu")
    expected = np.maximum(a.astype("float64") @ b.astype("float64") + b[0], 0)
    # A sum of k terms of size one errs by k roundings at most.
    np.testing.assert_allclose(actual, expected, atol=4 * k * np.finfo(dtype).eps)
    out = np.empty((rows, columns), result)
    np.testing.assert_array_equal(
        tk.matmul(a, b, addend=b[0], activation="relu", out=out), actual.astype(result)
    )
    np.testing.assert_array_equal(tk.matmul(a[3:4], b, addend=b[0], activation="relu"), actual[3:4])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_row_by_more_than_caches_hold(dtype: str) -> None:
    columns = 4200 * 4 // np.dtype(dtype).itemsize
    a, b = random(1, 2111, dtype=dtype), random(2111, columns, seed=1, dtype=dtype)
    for right in (b, np.ascontiguousarray(b.T).T):
        product = tk.matmul(a, right)
        for start in (0, 1000, columns - 77):
            some = slice(start, start + 77)
            np.testing.assert_array_equal(product[:, some], tk.matmul(a, right[:, some]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_convolution_and_its_gradients(dtype: str) -> None:
    x, weight = random(3, 4, 9, 11, dtype=dtype), random(5, 4, 3, 2, seed=1, dtype=dtype)
    bias = random(5, seed=2, dtype=dtype)
    tolerance = 1e-4 if dtype == "float32" else 1e-11
    expected = correlate(x.astype("float64"), weight) + bias[:, None, None]
    actual = tk.convolution(x, weight, bias)
    np.testing.assert_allclose(actual, expected, atol=tolerance)
    np.testing.assert_allclose(
        tk.convolution(x, weight, bias, activation="relu"), np.maximum(expected, 0), atol=tolerance
    )
    padded = np.pad(x.astype("float64"), ((0, 0), (0, 0), (1, 1), (2, 2)))
    strided = correlate(padded, weight)[:, :, ::2, ::3]
    options = {"padding": (1, 2), "stride": (2, 3)}
    np.testing.assert_allclose(tk.convolution(x, weight, **options), strided, atol=tolerance)

    # The gradients are the adjoints of the linear maps x -> conv and weight -> conv.
    grad = random(*strided.shape, seed=3, dtype=dtype)
    product = np.sum(strided * grad)
    by_input = tk.convolution_input_gradient(grad, weight, (9, 11), **options)
    by_weight = tk.convolution_weight_gradient(grad, x, (3, 2), **options)
    assert by_input.shape == x.shape
    assert by_weight.shape == weight.shape
    assert np.isclose(np.sum(by_input.astype("float64") * x), product, rtol=tolerance)
    assert np.isclose(np.sum(by_weight.astype("float64") * weight), product, rtol=tolerance)
    for position in [(0, 0, 0, 0), (2, 3, 8, 10), (1, 2, 4, 5)]:
        unit = np.zeros_like(x)
        unit[position] = 1
        step = np.sum(tk.convolution(unit, weight, **options) * grad)
        assert np.isclose(by_input[position], step, atol=tolerance)
    for position in [(0, 0, 0, 0), (4, 3, 2, 1), (2, 1, 1, 0)]:
        unit = np.zeros_like(weight)
        unit[position] = 1
        step = np.sum(tk.convolution(x, unit, **options) * grad)
        assert np.isclose(by_weight[position], step, atol=tolerance)


@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_an_image_alone_has_the_bits_it_has_in_its_batch(kernel: int) -> None:
    x, weight = (
        random(9, 8, 20, 20, dtype="float32"),
        random(16, 8, kernel, kernel, dtype="float32"),
    )
    whole = tk.convolution(x, weight, padding=1)
    backward = tk.convolution_input_gradient(whole, weight, (20, 20), padding=1)
    by_weight = tk.convolution_weight_gradient(whole, x, (kernel, kernel), padding=1)
    for image in (0, 4, 8):
        one = slice(image, image + 1)
        np.testing.assert_array_equal(tk.convolution(x[one], weight, padding=1), whole[one])
        alone = tk.convolution_input_gradient(whole[one], weight, (20, 20), padding=1)
        np.testing.assert_array_equal(alone, backward[one])
    for count in (1, 2):
        tk.set_num_threads(count)
        np.testing.assert_array_equal(tk.convolution(x, weight, padding=1), whole)
        again = tk.convolution_weight_gradient(whole, x, (kernel, kernel), padding=1)
        np.testing.assert_array_equal(again, by_weight)


ONES = np.ones((2, 3))
IMAGE, WINDOW = np.ones((1, 2, 5, 5)), np.ones((4, 2, 3, 3))


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: tk.matmul(ONES, ONES), r"inner sizes differ: \(2, 3\) @ \(2, 3\)"),
        (ValueError, lambda: tk.matmul(ONES, np.ones(3)), "must be matrices"),
        (TypeError, lambda: tk.matmul(ONES, ONES.T.astype("float32")), "numbers of one dtype"),
        (ValueError, lambda: tk.matmul(ONES, ONES.T, addend=np.ones(5)), "matmul"),
        (ValueError, lambda: tk.matmul(ONES, ONES.T, activation="jump"), "activation must name"),
        (ValueError, lambda: tk.matmul(ONES, ONES.T, out=np.ones((3, 3))), "matmul"),
        (ValueError, lambda: tk.matmul(ONES[:, :2], ONES[:, :2], out=ONES[:, 1:]), "matmul"),
        (ValueError, lambda: tk.convolution(IMAGE[0], WINDOW), "the same number of dimensions"),
        (ValueError, lambda: tk.convolution(IMAGE[:, :1], WINDOW), "do not fit together"),
        (
            ValueError,
            lambda: tk.convolution(IMAGE, WINDOW, np.ones(3)),
            r"bias must have shape \(4,\)",
        ),
        (ValueError, lambda: tk.convolution(IMAGE, WINDOW, stride=0), "stride must be at least 1"),
        (
            TypeError,
            lambda: tk.convolution(IMAGE, WINDOW, padding="1"),
            "padding must be an int or",
        ),
        (TypeError, lambda: tk.convolution(IMAGE, WINDOW.astype("int64")), "float dtype"),
        (ValueError, lambda: tk.convolution_input_gradient(IMAGE, WINDOW, (9, 9)), "do not fit"),
        (ValueError, lambda: tk.convolution_weight_gradient(IMAGE, IMAGE, (9, 9)), "do not fit"),
    ],
)
def test_errors(error: type[Exception], call, message: str) -> None:
    with pytest.raises(error, match=message):
        call()
