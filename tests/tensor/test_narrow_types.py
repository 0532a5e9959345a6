"""Maths on elements of one and two bytes, which are not converted on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import taeda_tensor as tt

NARROW = ("uint8", "int8", "int16")
HALVES = (tt.float16, tt.bfloat16)
DIVISIONS = {
    "floor_divide": np.floor_divide,
    "remainder": np.remainder,
    "fmod": np.fmod,
    "trunc_divide": lambda x, y: np.trunc(x / y),
}


def operands(dtype: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """All pairs of bytes; of wider integers the ends, the small ones and some others."""
    limits = np.iinfo(dtype)
    if limits.bits == 8:
        values = np.arange(limits.min, limits.max + 1)
    else:
        random = np.random.default_rng(0).integers(limits.min, limits.max, 60)
        ends = [limits.min, limits.min + 1, limits.max - 1, limits.max]
        values = np.array([*ends, *range(-9, 10), *random], np.int64)
    x, y = np.meshgrid(values, values)
    return x.astype(dtype).ravel(), y.astype(dtype).ravel()


@pytest.mark.parametrize("dtype", [*NARROW, "int32"])
@pytest.mark.parametrize("name", DIVISIONS)
def test_quotients_are_exact(name: str, dtype: str) -> None:
    x, y = operands(dtype)
    x, y = x[y != 0], y[y != 0]
    # In doubles, which hold every quotient of int32 to its integer part.
    wide = DIVISIONS[name](x.astype(np.float64), y.astype(np.float64))
    expected = wide.astype(np.int64).astype(dtype)
    function = getattr(tt, name, None) or (lambda a, b: tt.div(a, b, rounding_mode="trunc"))
    np.testing.assert_array_equal(function(tt.tensor(x), tt.tensor(y)).numpy(), expected)


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize(
    "name", ["add", "subtract", "multiply", "maximum", "minimum", "bitwise_xor", "less", "equal"]
)
def test_integers_wrap_as_those_of_numpy(name: str, dtype: str) -> None:
    x, y = operands(dtype)
    ours = {"subtract": "sub", "multiply": "mul", "less": "lt", "equal": "eq"}.get(name, name)
    result = getattr(tt, ours)(tt.tensor(x), tt.tensor(y))
    np.testing.assert_array_equal(result.numpy(), getattr(np, name)(x, y))


def test_shifts_by_the_width_and_more() -> None:
    by = tt.tensor([0, 1, 7, 8, 200], dtype=tt.uint8)
    ones = tt.full((5,), 255, dtype=tt.uint8)
    assert (ones >> by).tolist() == [255, 127, 1, 0, 0]
    assert (ones << by).tolist() == [255, 254, 128, 0, 0]
    by = tt.tensor([0, 1, 7, 8, -1], dtype=tt.int8)
    assert (tt.full((5,), -128, dtype=tt.int8) >> by).tolist() == [-128, -64, -1, -1, -1]


def test_numbers_that_no_byte_holds() -> None:
    x = tt.tensor([0, 7, 200, 255], dtype=tt.uint8)
    assert x.clamp(-5, 300).tolist() == [0, 7, 200, 255]
    assert x.clamp(min=8).tolist() == [8, 8, 200, 255]
    assert tt.add(x, x, alpha=300).tolist() == [(v + 300 * v) % 256 for v in x.tolist()]
    assert (x**300).tolist() == [pow(v, 300, 256) for v in x.tolist()]


def layouts(x: tt.Tensor) -> Iterator[tt.Tensor]:
    """Of 192 rows of 130 elements: each way in which an operand may lie in memory."""
    yield x
    yield x[:, :7]
    yield x.t()
    yield x[:, ::2]
    yield x[:1].expand(192, 130)
    yield x[:, :1].expand(192, 130)
    yield x[:1, :1].expand(192, 130)
    yield x[:, :1].expand(192, 7)
    yield x[:1, :1].expand(192, 7)
    yield x[0, :5]


def half_values(dtype: tt.dtype, seed: int) -> tt.Tensor:
    """Every kind of value: any bits, so subnormal ones, infinities and NaN, beside common ones."""
    random = np.random.default_rng(seed)
    bits = tt.tensor(random.integers(-(2**15), 2**15, (192, 130)).astype(np.int16)).view(dtype)
    common = tt.tensor(random.standard_normal((192, 130)).astype(np.float32)).to(dtype)
    return tt.where(tt.tensor(random.random((192, 130)) < 0.5), bits, common)


def assert_same_bits(actual: tt.Tensor, expected: tt.Tensor) -> None:
    assert actual.dtype == expected.dtype
    if not actual.is_floating_point():
        np.testing.assert_array_equal(actual.numpy(), expected.numpy())
        return
    # The payload of a NaN is nobody's business.
    assert bool((actual.isnan() == expected.isnan()).all())
    found, wanted = (t.nan_to_num(0.0).contiguous().view(tt.int16) for t in (actual, expected))
    np.testing.assert_array_equal(found.numpy(), wanted.numpy())


UNARY = {
    "neg": tt.neg,
    "abs": tt.abs,
    "relu": tt.relu,
    "sqrt": tt.sqrt,
    "clamp": lambda x: x.clamp(-0.3, 0.7),
    "plus": lambda x: x + 0.1,
    "times": lambda x: 0.1 * x,
    "isnan": tt.isnan,
    "above": lambda x: x > 0.1,
}


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("name", UNARY)
def test_halves_are_rounded_once(name: str, dtype: tt.dtype) -> None:
    for x in layouts(half_values(dtype, 0)):
        expected = UNARY[name](x.float())
        assert_same_bits(
            UNARY[name](x), expected.to(dtype) if expected.is_floating_point() else expected
        )


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "maximum", "le"])
def test_two_operands_of_halves(name: str, dtype: tt.dtype) -> None:
    function = getattr(tt, name)
    for x in layouts(half_values(dtype, 1)):
        for y in layouts(half_values(dtype, 2)):
            if x.shape != y.shape:
                continue
            expected = function(x.float(), y.float())
            assert_same_bits(
                function(x, y), expected.to(dtype) if expected.is_floating_point() else expected
            )


@pytest.mark.parametrize("dtype", HALVES)
def test_three_operands_of_halves(dtype: tt.dtype) -> None:
    x, y, z = (half_values(dtype, seed) for seed in (3, 4, 5))
    wide = [t.float() for t in (x, y, z)]
    assert_same_bits(tt.addcmul(x, y, z, value=0.3), tt.addcmul(*wide, value=0.3).to(dtype))
    assert_same_bits(tt.lerp(x, y, z), tt.lerp(*wide).to(dtype))
    assert_same_bits(tt.lerp(x, y, 0.3), tt.lerp(wide[0], wide[1], 0.3).to(dtype))
    x += y
    assert_same_bits(x, (wide[0] + wide[1]).to(dtype))


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("name", ["sum", "mean", "amax", "amin", "prod", "nansum"])
@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.parametrize("shape", [(3000, 37), (33, 70), (70, 20), (5, 4100)])
def test_halves_are_reduced_as_floats(
    name: str, dtype: tt.dtype, dim: int, shape: tuple[int, int]
) -> None:
    x = tt.tensor(np.random.default_rng(6).standard_normal(shape).astype(np.float32)).to(dtype)
    for case in (x, x[:, ::2], x.t()):
        actual, expected = (getattr(t, name)(dim) for t in (case, case.float()))
        assert_same_bits(actual, expected.to(dtype))


@pytest.mark.parametrize("dtype", [*NARROW, "int32"])
@pytest.mark.parametrize("shape", [(3000, 37), (33, 70), (70, 20), (2, 200000)])
def test_the_ends_of_integers(dtype: str, shape: tuple[int, int]) -> None:
    limits = np.iinfo(dtype)
    x = np.random.default_rng(7).integers(limits.min, limits.max, shape, endpoint=True)
    x = x.astype(dtype)
    for case in (x, x[:, ::2], x.T):
        tensor = tt.from_numpy(case)
        for axis in (None, 0, 1):
            dims = () if axis is None else (axis,)
            np.testing.assert_array_equal(tensor.amax(*dims).numpy(), case.max(axis))
            np.testing.assert_array_equal(tensor.amin(*dims).numpy(), case.min(axis))
            np.testing.assert_array_equal(tensor.all(*dims).numpy(), case.all(axis))
            np.testing.assert_array_equal(tensor.any(*dims).numpy(), case.any(axis))
            np.testing.assert_array_equal(
                tensor.count_nonzero(*dims).numpy(), np.count_nonzero(case, axis)
            )


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("logarithm", [False, True])
def test_softmax_across_memory_has_the_bits_of_rows(dtype: tt.dtype, logarithm: bool) -> None:
    x = tt.tensor(np.random.default_rng(8).standard_normal((3, 40, 50)).astype(np.float32))
    x = x.to(dtype)
    function = tt.log_softmax if logarithm else tt.softmax
    rows = function(x.transpose(1, 2).contiguous(), 2).transpose(1, 2)
    assert_same_bits(function(x, 1), rows.contiguous())


@pytest.mark.parametrize("dtype", [tt.uint8, tt.int16, tt.int64, tt.float16])
def test_long_runs_backwards(dtype: tt.dtype) -> None:
    x = tt.arange(200 * 301).reshape(200, 301).to(dtype)
    np.testing.assert_array_equal(x.flip(0, 1).numpy(), x.numpy()[::-1, ::-1])
