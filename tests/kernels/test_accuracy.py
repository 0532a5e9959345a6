"""Errors of the transcendental functions in units of the last place, over all exponents."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

import taeda_kernels

Values = Any


def sigmoid(x: Values) -> Values:
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def times(x: Values, gate: Values) -> Values:
    """The product, but zero where x is minus infinity."""
    return np.where(x == -np.inf, 0, x * gate)


WIDE: dict[str, Callable[[Values], Values]] = {
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "sigmoid": sigmoid,
    "silu": lambda x: times(x, sigmoid(x)),
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "logsigmoid": lambda x: -np.logaddexp(type(x.flat[0])(0), -x),
}
# Their references are only known in float64.
DOUBLE: dict[str, Callable[[Values], Values]] = {
    "erf": special.erf,
    "erfc": special.erfc,
    "gelu": lambda x: times(x, special.ndtr(x)),
    "mish": lambda x: times(x, np.tanh(np.log1p(np.exp(x)))),
    "erfinv": special.erfinv,
    # Infinity at minus infinity, as in C.
    "lgamma": lambda x: np.where(x == -np.inf, np.inf, special.gammaln(x)),
    "digamma": special.digamma,
}
EDGES = (0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.5, -0.5, 1e-45, 3e38, -3e38, 88.7, -87.4)


def every_exponent(dtype: str) -> Values:
    """Bit patterns at an odd distance, of each exponent and sign, and more where functions bend."""
    random = np.random.default_rng(1)
    if dtype == "float32":
        x = np.arange(0, 1 << 32, 16411, np.uint64).astype(np.uint32).view(np.float32)
    else:
        x = random.integers(0, 1 << 64, 200_000, np.uint64, endpoint=False).view(np.float64)
    near = [
        random.uniform(-20, 20, 60_000),
        random.uniform(-1.2, 1.2, 60_000),
        random.uniform(-110, 110, 60_000),
        1 + random.normal(size=20_000) * 1e-3,
        np.arange(-200, 200) * (np.pi / 2),
        EDGES,
    ]
    return np.concatenate([x, *(part.astype(dtype) for part in map(np.asarray, near))])


def errors(result: Values, wanted: Values) -> Values:
    """Distances in units of the last place of the rounded reference."""
    rounded = wanted.astype(result.dtype)
    unit = np.spacing(np.abs(rounded)).astype(np.longdouble)
    distance = np.abs(result.astype(np.longdouble) - wanted.astype(np.longdouble)) / unit
    same = (result == rounded) | (np.isnan(result) & np.isnan(rounded))
    exact = same & ~np.isfinite(rounded)
    return np.where(exact, 0, np.where(np.isnan(distance), np.inf, distance))


def check(name: str, x: Values, wanted: Values, limit: float) -> None:
    result = getattr(taeda_kernels, name)(x)
    found = errors(result, wanted)
    worst = int(np.argmax(found))
    at, error = x[worst], float(found[worst])
    assert error <= limit, f"{name}({at!r}): {result[worst]!r}, not {wanted[worst]!r}: {error} ulp"


@pytest.mark.parametrize("name", [*WIDE, *DOUBLE])
def test_float32(name: str) -> None:
    x = every_exponent("float32")
    with np.errstate(all="ignore"):
        wanted = (WIDE | DOUBLE)[name](x.astype(np.float64))
        check(name, x, wanted, 2.0)


@pytest.mark.skipif(
    np.finfo(np.longdouble).nmant < 63, reason="needs a reference wider than float64"
)
@pytest.mark.parametrize("name", WIDE)
def test_float64(name: str) -> None:
    x = every_exponent("float64")
    with np.errstate(all="ignore"):
        check(name, x, WIDE[name](x.astype(np.longdouble)), 2.6)


def test_float64_error_functions() -> None:
    """Against the C library, whose own errors reach 2.5 units."""
    x = np.random.default_rng(2).uniform(-3, 26, 50_000)
    check("erf", x, np.array([math.erf(value) for value in x]), 3.0)
    check("erfc", x, np.array([math.erfc(value) for value in x]), 8.0)
    check("erfinv", x[np.abs(x) < 1], special.erfinv(x[np.abs(x) < 1]), 4.0)


@pytest.mark.skipif(
    np.finfo(np.longdouble).nmant < 63, reason="needs a reference wider than float64"
)
def test_float64_gates() -> None:
    x = np.random.default_rng(2).uniform(-36, 36, 50_000)
    check("mish", x, DOUBLE["mish"](x.astype(np.longdouble)), 5.0)
    # erfc of the C library, whose own errors reach 2.5 units, at the rounded argument, and the step
    # from there to the true one.
    rounded = -x / np.sqrt(2)
    step = -x.astype(np.longdouble) / np.sqrt(np.longdouble(2)) - rounded
    at_rounded = np.array([math.erfc(value) for value in rounded], np.longdouble)
    slope = -2 / np.sqrt(np.pi) * np.exp(-(rounded.astype(np.longdouble) ** 2))
    check("gelu", x, x * (at_rounded + slope * step) / 2, 9.0)


def test_power_float32() -> None:
    random = np.random.default_rng(3)
    x = np.exp(random.uniform(-20, 20, 300_000)).astype(np.float32)
    y = random.uniform(-6, 6, 300_000).astype(np.float32)
    x[::3] *= -1
    y[::6] = np.rint(y[::6])
    with np.errstate(all="ignore"):
        wanted = np.power(x.astype(np.float64), y.astype(np.float64))
        found = errors(taeda_kernels.pow(x, y), wanted)
    assert found.max() <= 0.51


def test_angles_float32() -> None:
    random = np.random.default_rng(4)
    y, x = (
        (random.normal(size=200_000) * 10.0 ** random.uniform(-20, 20, 200_000)).astype(np.float32)
        for _ in range(2)
    )
    with np.errstate(all="ignore"):
        wanted = np.arctan2(y.astype(np.float64), x.astype(np.float64))
    assert errors(taeda_kernels.atan2(y, x), wanted).max() <= 2.5
    wanted = np.hypot(y.astype(np.float64), x.astype(np.float64))
    assert errors(taeda_kernels.hypot(y, x), wanted).max() <= 0.51


def test_large_arguments() -> None:
    """Beyond the range of the vector reduction the library takes over."""
    x = np.array([1e6, 1e10, 1e22, 3e38, -7e8, 823550.0], np.float32)
    for name, function in (("sin", np.sin), ("cos", np.cos), ("tan", np.tan)):
        check(name, x, function(x.astype(np.float64)), 1.0)
        check(name, x.astype(np.float64), function(x.astype(np.longdouble)), 1.0)


def test_gamma_functions() -> None:
    x = np.random.default_rng(6).uniform(-8, 40, 20_000)
    np.testing.assert_allclose(taeda_kernels.lgamma(x), special.gammaln(x), rtol=1e-12, atol=1e-12)
    distance = np.abs(x - np.rint(x))
    x = x[(distance > 0.05) | (x > 0.1)]
    np.testing.assert_allclose(taeda_kernels.digamma(x), special.digamma(x), rtol=1e-12, atol=1e-12)
    poles = taeda_kernels.digamma(np.array([0.0, -0.0, -1.0, -np.inf, np.inf]))
    np.testing.assert_array_equal(poles, [-np.inf, np.inf, np.nan, np.nan, np.inf])


def test_the_last_vector_gives_the_same_bits() -> None:
    """A value's result depends neither on its place in the array nor on its neighbours."""
    x = np.random.default_rng(7).normal(size=67).astype(np.float32) * 3
    names = "exp tanh gelu sin log1p erf sigmoid mish asin atanh lgamma digamma"
    for name in names.split():
        function = getattr(taeda_kernels, name)
        with np.errstate(all="ignore"):
            whole = function(x)
            for start in range(9):
                for stop in range(start, 67, 5):
                    np.testing.assert_array_equal(function(x[start:stop]), whole[start:stop])
