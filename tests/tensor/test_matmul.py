"""Products of matrices and vectors against NumPy in float64, and their promises."""

from __future__ import annotations

import numpy as np
import pytest

import taeda_tensor as tt

TOLERANCE = {tt.float32: 1e-5, tt.float64: 1e-13, tt.float16: 3e-3, tt.bfloat16: 2e-2}


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def double(x: tt.Tensor) -> np.ndarray:
    return np.asarray(x.to(tt.float64).numpy())


def assert_product(actual: tt.Tensor, expected: np.ndarray, depth: int) -> None:
    assert tuple(actual.shape) == expected.shape
    tolerance = TOLERANCE[actual.dtype]
    bound = tolerance * max(1.0, depth) ** 0.5
    np.testing.assert_allclose(double(actual), expected, rtol=tolerance, atol=bound)


SHAPES = [
    ((5,), (5,)),
    ((4, 5), (5,)),
    ((5,), (5, 3)),
    ((8, 8), (8, 8)),
    ((1, 1), (1, 1)),
    ((37, 129), (129, 61)),
    ((128, 784), (784, 10)),
    ((1, 1000), (1000, 70)),
    ((70, 1000), (1000, 1)),
    ((3, 4, 5), (5, 2)),
    ((3, 4, 5), (5,)),
    ((5,), (3, 5, 2)),
    ((4, 5), (3, 5, 2)),
    ((2, 1, 4, 5), (3, 5, 2)),
    ((6, 30, 40), (6, 40, 50)),
    ((170, 63), (63, 200)),
    ((350, 33), (33, 130)),
    ((0, 4), (4, 3)),
    ((3, 0), (0, 2)),
    ((0,), (0,)),
    ((2, 0, 3), (3, 4)),
]


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize(("a_shape", "b_shape"), SHAPES)
def test_matmul(a_shape: tuple[int, ...], b_shape: tuple[int, ...], dtype: tt.dtype) -> None:
    a = tt.tensor(random(*a_shape)).to(dtype)
    b = tt.tensor(random(*b_shape, seed=1)).to(dtype)
    expected = np.matmul(double(a), double(b))
    assert_product(a @ b, expected, a_shape[-1])
    assert_product(tt.matmul(a, b), expected, a_shape[-1])
    assert_product(a.matmul(b), expected, a_shape[-1])


@pytest.mark.parametrize("dtype", [tt.float32, tt.float64, tt.int64])
def test_any_strides(dtype: tt.dtype) -> None:
    a = tt.tensor(random(66, 90) * 9).to(dtype)
    b = tt.tensor(random(90, 70, seed=1) * 9).to(dtype)
    expected = double(a) @ double(b)
    lefts = [a, a.t().contiguous().t()]
    rights = [b, b.t().contiguous().t()]
    for left in lefts:
        for right in rights:
            np.testing.assert_allclose(double(left @ right), expected, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(
        double(a[::2, ::3] @ b[::3, ::2]), double(a)[::2, ::3] @ double(b)[::3, ::2], atol=1e-3
    )


@pytest.mark.parametrize("dtype", [tt.int64, tt.int32, tt.int16, tt.int8, tt.uint8])
def test_integers_wrap_around(dtype: tt.dtype) -> None:
    a = tt.tensor(np.random.default_rng(0).integers(0, 100, (7, 30))).to(dtype)
    b = tt.tensor(np.random.default_rng(1).integers(0, 100, (30, 9))).to(dtype)
    product = a @ b
    assert product.dtype is dtype
    assert np.array_equal(product.numpy(), np.matmul(a.numpy(), b.numpy()))


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
@pytest.mark.parametrize("shape", [(1, 5, 600), (9, 33, 70), (4, 1, 256), (3, 0, 4), (130, 64, 3)])
def test_integer_products_of_any_layout(dtype: str, shape: tuple[int, int, int]) -> None:
    m, k, n = shape
    limits = np.iinfo(dtype)
    random = np.random.default_rng(2)
    a, b, c = (
        random.integers(limits.min, limits.max, size, endpoint=True).astype(dtype)
        for size in ((m, k), (k, n), (m, n))
    )
    turned = [tt.tensor(np.ascontiguousarray(x.T)).t() for x in (a, b)]
    part = tt.tensor(np.pad(b, ((0, 0), (3, 5))))[:, 3 : n + 3]
    for left in (tt.tensor(a), turned[0]):
        for right in (tt.tensor(b), turned[1], part):
            np.testing.assert_array_equal((left @ right).numpy(), a @ b)
            two, three = np.array([2, 3], dtype)
            np.testing.assert_array_equal(
                tt.addmm(tt.tensor(c), left, right, beta=2, alpha=3).numpy(),
                c * two + (a @ b) * three,
            )


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize(
    ("m", "k", "n"),
    [
        (64, 64, 64),
        (37, 1001, 53),
        (170, 1025, 200),
        (40, 2100, 70),
        (260, 500, 300),
        (4, 770, 1100),
        (3, 35, 7),
    ],
)
def test_same_bits(m: int, k: int, n: int, dtype: tt.dtype) -> None:
    a, b = tt.tensor(random(m, k)).to(dtype), tt.tensor(random(k, n, seed=1)).to(dtype)
    whole = double(a @ b)
    columns = b.t().contiguous().t()
    spread = tt.tensor(np.repeat(double(b), 2, axis=1)).to(dtype)[:, ::2]
    for right in (columns, spread):
        assert np.array_equal(double(a @ right), whole)
    assert np.array_equal(double(b.t() @ a.t()).T, whole)
    assert np.array_equal(double(tt.linear(a, b.t())), whole)
    for row in (0, m // 2, m - 1):
        assert np.array_equal(double(a[row] @ b), whole[row])
        for count in (1, 2, 3, 4, 5):
            rows = slice(row, min(row + count, m))
            for right in (b, columns):
                assert np.array_equal(double(a[rows] @ right), whole[rows])
            assert np.array_equal(double(a.t().contiguous().t()[rows] @ b), whole[rows])
    for column in (0, n - 1):
        assert np.array_equal(double(a @ b[:, column]), whole[:, column])
        assert np.array_equal(double(a @ b[:, column : column + 2]), whole[:, column : column + 2])
    batch = a.expand(3, m, k) @ b
    assert np.array_equal(double(batch)[2], whole)
    for count in (1, 2, 3):
        tt.set_num_threads(count)
        assert np.array_equal(double(a @ b), whole)


def test_bfloat16_sums_in_float32() -> None:
    # Products of bfloat16 are exact in float32, so only the sums are rounded, and the result once.
    for k in (1, 2, 3, 64, 385, 2001):
        a, b = tt.tensor(random(21, k)).bfloat16(), tt.tensor(random(k, 33, seed=1)).bfloat16()
        magnitude = np.abs(double(a)) @ np.abs(double(b))
        for left, right in [(a, b), (a[:1], b), (a, b[:, :1])]:
            expected = double(left) @ double(right)
            error = np.abs(double(left @ right) - expected)
            bound = 2.0**-8 * np.abs(expected) + k * 2.0**-24 * magnitude.max()
            assert np.all(error <= bound)
    huge = tt.tensor([[3e38, float("inf"), float("nan"), 0.0, -0.0]]).bfloat16()
    product = double(huge.t() @ tt.ones(1, 3).bfloat16())
    assert np.array_equal(product, double(huge.t().expand(5, 3)), equal_nan=True)


@pytest.mark.parametrize("dtype", [tt.float32, tt.float64, tt.bfloat16])
@pytest.mark.parametrize("lead", [(), (6,), (2, 3), (0,), (2, 0, 3)])
def test_linear(lead: tuple[int, ...], dtype: tt.dtype) -> None:
    x = tt.tensor(random(*lead, 50)).to(dtype)
    weight, bias = tt.tensor(random(20, 50)).to(dtype), tt.tensor(random(20)).to(dtype)
    expected = double(x) @ double(weight).T
    assert_product(tt.linear(x, weight), expected, 50)
    assert_product(tt.linear(x, weight, bias), expected + double(bias), 50)
    assert_product(tt.linear(x, weight, bias=bias[3:4]), expected + double(bias)[3], 50)
    if len(lead) == 2:
        moved = x.transpose(0, 1)
        assert_product(tt.linear(moved, weight, bias), expected.swapaxes(0, 1) + double(bias), 50)


@pytest.mark.parametrize("k", [5, 1000])
def test_addmm(k: int) -> None:
    a, b = tt.tensor(random(12, k)), tt.tensor(random(k, 9, seed=1))
    product = double(a) @ double(b)
    for shape in [(12, 9), (9,), (1, 9), (12, 1), (1,), ()]:
        addend = tt.tensor(random(*shape, seed=2))
        expected = 0.5 * double(addend) + 2 * product
        assert_product(tt.addmm(addend, a, b, beta=0.5, alpha=2), expected, k)
        assert_product(addend.addmm(a, b), double(addend) + product, k)
    out = tt.tensor(random(12, 9, seed=3))
    expected = 3 * double(out) + product
    assert out.addmm_(a, b, beta=3) is out
    assert_product(out, expected, k)
    nothing = tt.full((12, 9), float("nan"), dtype=tt.float64)
    assert_product(tt.addmm(nothing, a, b, beta=0), product, k)
    batch = tt.tensor(random(4, 12, k))
    expected = double(batch) @ double(b) + 1
    ones = tt.ones(9, dtype=tt.float64)
    assert_product(tt.baddbmm(ones, batch, b.expand(4, k, 9)), expected, k)


def test_out_and_strict_ranks() -> None:
    a, b = tt.tensor(random(4, 5)), tt.tensor(random(5, 6))
    out = tt.empty(4, 6, dtype=tt.float64)
    assert tt.mm(a, b, out=out) is out
    assert_product(out, double(a) @ double(b), 5)
    columns = tt.empty(6, 4, dtype=tt.float64).t()
    tt.matmul(a, b, out=columns)
    assert_product(columns, double(a) @ double(b), 5)
    square = tt.tensor(random(4, 4))
    expected = double(square) @ double(square)
    tt.matmul(square, square, out=square)
    assert_product(square, expected, 4)
    assert_product(tt.mv(a, b[:, 0]), double(a) @ double(b)[:, 0], 5)
    assert_product(a[0].dot(b[:, 0]), np.dot(double(a)[0], double(b)[:, 0]), 5)
    assert_product(tt.bmm(a[None], b[None]), (double(a) @ double(b))[None], 5)


def test_long_dot_and_special_values() -> None:
    a, b = random(300_003), random(300_003, seed=1)
    for x, y in [(a, b), (a[::2], b[::-1][::2].copy())]:
        assert np.isclose((tt.tensor(x) @ tt.tensor(y)).item(), x @ y, rtol=1e-12)
    assert (tt.ones(3, dtype=tt.int64) @ tt.tensor([1, 2, 3])).item() == 6
    product = tt.tensor([[float("inf"), 1.0], [0.0, 1.0]]) @ tt.tensor([[0.0], [1.0]])
    assert np.isnan(product[0].item())
    assert product[1].item() == 1.0
    sums = set()
    for count in (1, 2, 3):
        tt.set_num_threads(count)
        sums.add((tt.tensor(a) @ tt.tensor(b)).item())
    assert len(sums) == 1


ERRORS = [
    (
        lambda: tt.ones(2, 288) @ tt.ones(10, 288),
        r"matmul: inner sizes differ: \(2, 288\) @ \(10, 288\); did you mean the transpose "
        r"\(288, 10\)\?",
    ),
    (lambda: tt.ones(2, 3) @ tt.ones(4, 5), r"inner sizes differ: \(2, 3\) @ \(4, 5\)$"),
    (lambda: tt.ones(3, 2) @ tt.ones(3, 5), r"the transpose \(2, 3\) on the left"),
    (lambda: tt.ones(3) @ tt.ones(4), r"inner sizes differ"),
    (lambda: tt.ones(2, 2) @ tt.tensor(1.0), "at least one dimension"),
    (lambda: tt.ones(2, 2) @ tt.ones(2, 2).double(), "same dtype, but got: float32 != float64"),
    (lambda: tt.ones(2, 2).bool() @ tt.ones(2, 2).bool(), "not implemented for bool"),
    (lambda: tt.ones(2, 3, 4) @ tt.ones(3, 4, 5), "matmul"),
    (lambda: tt.mm(tt.ones(2), tt.ones(2, 2)), "mm: input must have 2 dimensions"),
    (lambda: tt.bmm(tt.ones(2, 3, 3), tt.ones(1, 3, 3)), "batch sizes differ"),
    (lambda: tt.dot(tt.ones(2, 2), tt.ones(2)), "dot: input must have 1 dimension"),
    (lambda: tt.linear(tt.ones(2, 3), tt.ones(5, 4)), "has 3 features, the weight"),
    (lambda: tt.linear(tt.ones(2, 3), tt.ones(5, 3), tt.ones(4)), r"bias must have shape \(5,\)"),
    (lambda: tt.addmm(tt.ones(7), tt.ones(2, 3), tt.ones(3, 4)), "addmm"),
    (lambda: tt.mm(tt.ones(2, 2), tt.ones(2, 2), out=tt.ones(3, 3)), "output shape"),
]


@pytest.mark.parametrize(("call", "message"), ERRORS)
def test_errors(call, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        call()


def test_a_number_is_no_matrix() -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        tt.ones(2, 2) @ 2
