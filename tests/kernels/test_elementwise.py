"""Each elementwise operation against NumPy and SciPy, for every dtype it accepts."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest

import taeda_kernels
from taeda_kernels import _kernels
from tests.kernels.operations import ARITY, ROWS, Row

FACTS = {facts["name"]: facts for facts in _kernels._operations()}
FLOATS = ("float16", "float32", "float64")
INTEGERS = ("uint8", "int8", "int16", "int32", "int64")
TOLERANCE = {"float16": 2e-3, "float32": 1e-6, "float64": 1e-13}
DIVISIONS = ("floor_divide", "trunc_divide", "remainder", "fmod")


def test_every_operation_has_a_row() -> None:
    assert {name: facts["arity"] for name, facts in FACTS.items()} == ARITY


def dtypes_of(name: str) -> tuple[str, ...]:
    return {
        "all": ("bool", *INTEGERS, *FLOATS),
        "no_bool": (*INTEGERS, *FLOATS),
        "bits": ("bool", *INTEGERS),
        "integers": INTEGERS,
        "floats": FLOATS,
    }[FACTS[name]["accepts"]]


def sample(name: str, row: Row, dtype: str, size: int) -> list[np.ndarray[Any, Any]]:
    random = np.random.default_rng(zlib.crc32(name.encode()))
    operands: list[np.ndarray[Any, Any]] = []
    for i in range(ARITY[name]):
        if (row.condition and i == 0) or dtype == "bool":
            operands.append(random.random(size) < 0.5)
        elif dtype in INTEGERS:
            low = max(int(np.ceil(row.low)), 0 if dtype == "uint8" else -9)
            operands.append(random.integers(low, max(int(row.high), low) + 1, size).astype(dtype))
            if i == 1 and name in DIVISIONS:
                operands[1][operands[1] == 0] = 1
        else:
            operands.append(random.uniform(row.low, row.high, size).astype(dtype))
    return operands


CASES = [(name, dtype) for name in ROWS for dtype in dtypes_of(name)]


@pytest.mark.parametrize(("name", "dtype"), CASES)
def test_values(name: str, dtype: str) -> None:
    row, facts = ROWS[name], FACTS[name]
    if name == "nextafter" and dtype == "float16":
        pytest.skip("defined for float32 and float64")
    operands = sample(name, row, dtype, 3001)
    for parameters in row.parameters:
        exact = dtype not in FLOATS and not facts["to_float"]
        if exact and any(value != int(value) for value in parameters.values()):
            continue
        if exact and name == "pow_scalar" and parameters["exponent"] < 0:
            continue
        result = getattr(taeda_kernels, name)(*operands, **parameters)
        assert result.shape == (3001,)
        if exact:
            reference = row.integers or row.reference
            wide = np.bool_ if dtype == "bool" and name.startswith("bitwise") else np.int64
            if name.startswith("bitwise_") and "shift" in name:
                wide = np.int32 if dtype != "int64" else np.int64
            wanted = reference(*(x.astype(wide) for x in operands), **parameters)
            assert result.dtype == ("bool" if facts["to_bool"] else dtype)
            if name == "bitwise_left_shift" and dtype == "int64":
                wanted = operands[0] * 2.0 ** operands[1]
                wanted = np.where(operands[1] < 0, 0, wanted)
            if name == "bitwise_right_shift" and dtype == "int64":
                wanted = np.where(
                    operands[1] < 0, operands[0] >> 63, operands[0] >> abs(operands[1])
                )
            with np.errstate(invalid="ignore"):
                np.testing.assert_array_equal(result, np.asarray(wanted).astype(result.dtype))
            continue
        compute = dtype if dtype in FLOATS else "float32"
        wide_operands = [
            x if x.dtype == bool and row.condition else x.astype(np.float64) for x in operands
        ]
        if name == "nextafter":
            wide_operands = operands
        with np.errstate(all="ignore"):
            wanted = np.asarray(row.reference(*wide_operands, **parameters))
        if facts["to_bool"]:
            assert result.dtype == bool
            np.testing.assert_array_equal(result, wanted)
            continue
        assert result.dtype == compute
        # Sums that cancel are as exact as their terms.
        absolute = max(row.absolute, TOLERANCE[compute] if row.cancels else 0.0)
        if compute == "float16":
            absolute = max(absolute, 1e-7)
        np.testing.assert_allclose(
            result.astype(np.float64), wanted, rtol=TOLERANCE[compute], atol=absolute, err_msg=name
        )


@pytest.mark.parametrize("name", ROWS)
def test_other_dtypes_are_refused(name: str) -> None:
    row = ROWS[name]
    for dtype in ("bool", "int32", "float32"):
        if dtype in dtypes_of(name):
            continue
        operands = sample(name, row, dtype, 4)
        with pytest.raises(TypeError, match=f"^{name}: not defined for {dtype}"):
            getattr(taeda_kernels, name)(*operands)


@pytest.mark.parametrize("name", ROWS)
def test_empty_and_scalar(name: str) -> None:
    row = ROWS[name]
    dtype = "float64" if "float64" in dtypes_of(name) else "int64"
    function = getattr(taeda_kernels, name)
    many = function(*sample(name, row, dtype, 5))
    single = function(*(x[0] for x in sample(name, row, dtype, 5)))
    assert single.shape == ()
    np.testing.assert_array_equal(single, many[0])
    assert function(*(x[:0] for x in sample(name, row, dtype, 5))).shape == (0,)
    assert function(*(x.reshape(0, 5, 3) for x in sample(name, row, dtype, 0))).shape == (0, 5, 3)


@pytest.mark.parametrize("name", ROWS)
def test_documentation(name: str) -> None:
    text = getattr(taeda_kernels, name).__doc__
    assert text is not None
    assert "Raises TypeError" in text
    for part in FACTS[name]["parameters"].split(", "):
        assert part.split("=")[0] in text


# fmt: off
WITH_IEEE_VALUES = [
    "neg", "abs", "sqrt", "square", "reciprocal", "floor", "ceil", "round", "trunc", "exp",
    "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos",
    "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "isnan",
    "isinf", "isfinite", "signbit", "isposinf", "isneginf", "relu", "erfinv", "sigmoid",
]
WITH_IEEE_PAIRS = [
    "add", "mul", "div", "pow", "atan2", "maximum", "minimum", "fmax", "fmin", "hypot",
    "copysign", "nextafter", "fmod", "remainder", "floor_divide", "xlogy", "eq", "ne", "lt",
    "le", "gt", "ge", "logaddexp",
]
# fmt: on
SPECIAL = np.array(
    [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, np.inf, -np.inf, np.nan, 1e300, -1e300, 5e-324]
)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", WITH_IEEE_VALUES)
def test_special_values(name: str, dtype: str) -> None:
    """Infinities, NaN, the sign of zero and the smallest subnormal, as IEEE 754 and C have them."""
    with np.errstate(all="ignore"):
        x = SPECIAL.astype(dtype)
        wanted = ROWS[name].reference(x)
    result = getattr(taeda_kernels, name)(x)
    np.testing.assert_allclose(result, wanted, rtol=4 * np.finfo(dtype).eps)
    if result.dtype != bool and name != "relu":  # max(-0, 0) may be either
        zero = (wanted == 0) & ~np.isnan(wanted)
        np.testing.assert_array_equal(np.signbit(result[zero]), np.signbit(wanted[zero]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", WITH_IEEE_PAIRS)
def test_special_pairs(name: str, dtype: str) -> None:
    with np.errstate(all="ignore"):
        x, y = (side.ravel() for side in np.meshgrid(SPECIAL.astype(dtype), SPECIAL.astype(dtype)))
        wanted = ROWS[name].reference(x, y)
    result = getattr(taeda_kernels, name)(x, y)
    if name == "floor_divide":
        # NumPy gives NaN for infinite quotients of finite numbers by zero only where 0 / 0.
        keep = np.isfinite(x) & np.isfinite(y) & (y != 0)
        x, y, result, wanted = x[keep], y[keep], result[keep], wanted[keep]
    np.testing.assert_allclose(result, wanted, rtol=4 * np.finfo(dtype).eps)
    if result.dtype != bool:
        zero = (wanted == 0) & ~np.isnan(wanted)
        # Zeros of either sign are equal to these; a zero remainder takes its sign from x in PyTorch
        # and from y in NumPy.
        if name not in ("maximum", "minimum", "fmax", "fmin", "remainder"):
            np.testing.assert_array_equal(np.signbit(result[zero]), np.signbit(wanted[zero]))


def test_nextafter_of_halves_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="nextafter: not implemented for float16"):
        taeda_kernels.nextafter(np.ones(2, np.float16), np.ones(2, np.float16))


def test_nan_passes_through_activations() -> None:
    x = np.full(3, np.nan, np.float32)
    for name in (
        "relu",
        "relu6",
        "hardtanh",
        "clamp_scalar",
        "leaky_relu",
        "elu",
        "gelu",
        "silu",
        "mish",
        "softplus",
        "hardswish",
        "hardsigmoid",
        "threshold",
        "gelu_tanh",
        "selu",
    ):
        assert np.isnan(getattr(taeda_kernels, name)(x)).all(), name


def test_activations_vanish_at_minus_infinity() -> None:
    x = np.array([-np.inf, -1e30, -200.0], np.float32)
    for name in ("gelu", "gelu_tanh", "silu", "mish", "sigmoid"):
        np.testing.assert_array_equal(getattr(taeda_kernels, name)(x), 0.0, err_msg=name)


def test_integer_division_has_no_traps() -> None:
    for dtype in ("int32", "int64"):
        least = np.iinfo(dtype).min
        x, y = np.array([7, least, 0], dtype), np.array([-1, -1, -1], dtype)
        for name in ("floor_divide", "trunc_divide"):
            np.testing.assert_array_equal(getattr(taeda_kernels, name)(x, y), [-7, least, 0])
        for name in ("remainder", "fmod"):
            np.testing.assert_array_equal(getattr(taeda_kernels, name)(x, y), np.zeros(3, dtype))


@pytest.mark.parametrize("name", DIVISIONS)
@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_are_not_divided_by_zero(name: str, dtype: str) -> None:
    function = getattr(taeda_kernels, name)
    x, ones = np.ones((300, 400), dtype), np.ones((300, 400), dtype)
    message = f"^ZeroDivisionError: {name}: an integer is divided by zero"
    for place in [(0, 0), (299, 399), (150, 7)]:
        y = ones.copy()
        y[place] = 0
        for divisor in (y, y[::-1], y.T.copy().T, y[:, place[1]], y[place], 0):
            given = x[:, 0] if np.ndim(divisor) == 1 else x
            out = np.full(given.shape, 5, dtype)
            with pytest.raises(RuntimeError, match=message):
                function(given, divisor, out=out)
            assert (out == 5).all()
    function(x, ones)
    function(x[:0], ones[:0])
    function(x.astype("float32"), 0)


def test_what_takes_no_bool() -> None:
    flags = np.array([True])
    for name in ("gcd", "lcm", "bitwise_left_shift", "bitwise_right_shift"):
        with pytest.raises(TypeError, match=f"{name}: not defined for bool; integers only"):
            getattr(taeda_kernels, name)(flags, flags)
        assert getattr(taeda_kernels, name)(flags, np.array([1])).dtype == np.int64


def test_clamp_scalar_keeps_all_integers() -> None:
    for dtype in ("int32", "int64"):
        x = np.array([np.iinfo(dtype).min, -1, np.iinfo(dtype).max], dtype)
        np.testing.assert_array_equal(taeda_kernels.clamp_scalar(x), x)
        np.testing.assert_array_equal(taeda_kernels.clamp_scalar(x, min=0)[:2], [0, 0])


def test_nan_to_num_bounds() -> None:
    for dtype in FLOATS:
        x = np.array([np.nan, np.inf, -np.inf, 2.0], dtype)
        np.testing.assert_array_equal(taeda_kernels.nan_to_num(x), np.nan_to_num(x))
        replaced = taeda_kernels.nan_to_num(x, nan=1, posinf=3, neginf=-3)
        np.testing.assert_array_equal(replaced, np.array([1, 3, -3, 2], dtype))


def test_bool_arithmetic_is_logic() -> None:
    x, y = np.array([False, False, True, True]), np.array([False, True, False, True])
    np.testing.assert_array_equal(taeda_kernels.add(x, y), x | y)
    np.testing.assert_array_equal(taeda_kernels.mul(x, y), x & y)
    np.testing.assert_array_equal(taeda_kernels.bitwise_not(x), ~x)


def test_exact_remainders_of_long_quotients() -> None:
    random = np.random.default_rng(5)
    for dtype in ("float32", "float64"):
        x = (random.normal(size=4000) * 10.0 ** random.uniform(-30, 30, 4000)).astype(dtype)
        y = (random.normal(size=4000) * 10.0 ** random.uniform(-30, 30, 4000)).astype(dtype)
        np.testing.assert_array_equal(taeda_kernels.fmod(x, y), np.fmod(x, y))
        near = x * random.integers(1, 100, 4000).astype(dtype)
        np.testing.assert_array_equal(taeda_kernels.fmod(near, x), np.fmod(near, x))
        np.testing.assert_array_equal(taeda_kernels.remainder(near, x), np.remainder(near, x))
        np.testing.assert_array_equal(taeda_kernels.floor_divide(near, x), near // x)
