"""Derive the polynomial coefficients of kernels/include/taeda/kernels/simd/math_coefficients.h.

Remez exchange in 60 digits (E. Remez 1934; as in J.-M. Muller, "Elementary Functions", ch. 3) with
a weight, so that the relative error of the whole function becomes small. Needs mpmath; then
`make format` puts the result into shape.

    python scripts/derive_coefficients.py > kernels/include/taeda/kernels/simd/math_coefficients.h
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from typing import Any

from mpmath import mp, mpf

mp.dps = 60
Function = Callable[[Any], Any]


def remez(
    function: Function, weight: Function, low: Any, high: Any, degree: int
) -> tuple[list[Any], Any]:
    """Coefficients, constant term first, and the largest weighted error.

    Minimises max |weight(x) * (polynomial(x) - function(x))| over [low, high].
    """
    low, high = mpf(low), mpf(high)
    middle, half = (low + high) / 2, (high - low) / 2
    count = degree + 2
    nodes = [middle - half * mp.cos(mp.pi * i / (count - 1)) for i in range(count)]
    samples = 24 * count
    grid = [middle - half * mp.cos(mp.pi * i / samples) for i in range(samples + 1)]
    values = [function(x) for x in grid]
    weights = [weight(x) for x in grid]
    coefficients: list[Any] = []
    for _ in range(12):
        # The error alternates between +level and -level on the nodes.
        system = mp.matrix(count, count)
        right = mp.matrix(count, 1)
        for row, x in enumerate(nodes):
            for power in range(degree + 1):
                system[row, power] = x**power
            system[row, degree + 1] = (-1) ** row / weight(x)
            right[row] = function(x)
        solution = mp.lu_solve(system, right)
        coefficients = [solution[i] for i in range(degree + 1)]
        errors = [
            w * (mp.polyval(coefficients[::-1], x) - v)
            for x, v, w in zip(grid, values, weights, strict=True)
        ]
        extrema: list[int] = []
        for i, error in enumerate(errors):
            if extrema and (errors[extrema[-1]] > 0) == (error > 0):
                if abs(error) > abs(errors[extrema[-1]]):
                    extrema[-1] = i
            else:
                extrema.append(i)
        while len(extrema) > count:
            ends = abs(errors[extrema[0]]), abs(errors[extrema[-1]])
            extrema.pop(0 if ends[0] < ends[1] else -1)
        if len(extrema) < count:
            break
        nodes = [grid[i] for i in extrema]
        sizes = [abs(errors[i]) for i in extrema]
        if max(sizes) < min(sizes) * mpf("1.01"):
            break
    return coefficients, max(abs(e) for e in errors)


def near_zero(exact: Function, series: Function, small: float = 1e-4) -> Function:
    """exact(x), or the first terms of its series where the closed form would cancel."""
    return lambda x: series(x) if abs(x) < small else exact(x)


def scaled_complement(centre: Any) -> Function:
    """(a + k) exp(a^2) erfc(a) as a function of t = (a - k) / (a + k)."""

    def value(t: Any) -> Any:
        a = centre * (1 + t) / (1 - t)
        return (a + centre) * mp.exp(a * a) * mp.erfc(a)

    return value


def normal_tail(centre: Any) -> Function:
    return lambda h: mp.exp((centre + h) ** 2 / 2) * mp.ncdf(-centre - h)


def normal_tail_fit(number: int) -> tuple[list[Any], Any]:
    # The low two bits of the exponents of 1, 2, 4 and 8 are 3, 0, 1 and 2.
    quarter = mpf(2) ** ((number // 4 + 1) % 4) / 4
    tail = normal_tail(quarter * (number % 4 + mpf("4.5")) - 1)
    half = quarter / 2 * mpf("1.0005")
    return remez(tail, lambda h: 1 / tail(h), -half, half, 6)


def piece(
    function: Function, weight: Function, width: Any, degree: int, number: int
) -> tuple[list[Any], Any]:
    centre, half = number * width, width / 2 * mpf("1.0005")
    coefficients, error = remez(
        lambda h: function(centre + h), lambda h: weight(centre + h), -half, half, degree
    )
    if number == 0:  # exact, for the sign of a product with zero
        coefficients[0] = function(centre)
    return coefficients, error


def tanh_by(a: Any) -> Any:
    return mpf(1) if abs(a) < mpf(10) ** -20 else mp.tanh(a) / a


def gelu_slope(a: Any) -> Any:
    return mp.ncdf(-a) - a * mp.npdf(a)


def erfinv_by(w: Any) -> Any:
    """erfinv(x) / x with x^2 = 1 - e^-w; below zero x and its inverse are imaginary."""
    square = -mp.expm1(-w)
    if abs(square) < mpf(10) ** -20:
        return mp.sqrt(mp.pi) / 2 * (1 + mp.pi * square / 12)
    x = mp.sqrt(abs(square))
    if square > 0:
        return mp.erfinv(x) / x
    return mp.findroot(lambda y: mp.erfi(y) - x, x) / x


# Name, text, function, weight, width of a piece, degree.
PIECES: list[tuple[str, str, Function, Function, Any, int]] = [
    ("Normal", "Phi(-a)", lambda a: mp.ncdf(-a), lambda a: 1 / mp.ncdf(-a), mpf(7) / 32, 5),
    ("Sigmoid", "1 / (1 + e^a)", lambda a: 1 / (1 + mp.exp(a)), lambda a: 1 + mp.exp(a), 0.5, 5),
    ("Tanh", "tanh(a) / a", tanh_by, lambda a: 1 / tanh_by(a), mpf(19) / 32, 7),
    ("Erfc", "erfc(a)", mp.erfc, lambda _: mpf(1), mpf(17) / 64, 5),
    (
        "GeluSlope",
        "Phi(-a) - a Phi'(-a), which is zero near 3/4,",
        gelu_slope,
        lambda a: 1 / (abs(gelu_slope(a)) + mpf("0.01")),
        mpf(7) / 32,
        5,
    ),
    (
        "Erfinv",
        "erfinv(x) / x with a = -log(1 - x^2)",
        erfinv_by,
        lambda w: 1 / erfinv_by(w),
        mpf(33) / 32,
        5,
    ),
]


def position(a: Any, centre: Any) -> Any:
    return (mpf(a) - centre) / (mpf(a) + centre)


def by_taylor(function: Function, terms: int, centre: Any = 0) -> Function:
    coefficients = mp.taylor(function, centre, terms)
    return lambda x: mp.polyval(coefficients[::-1], x - centre)


def rounded_to_float(value: Any) -> float:
    rounded: float = struct.unpack("f", struct.pack("f", float(value)))[0]
    return rounded


def literal(value: Any, narrow: bool) -> str:
    return f"{rounded_to_float(value).hex()}f" if narrow else float(value).hex()


def root(z: Any) -> Any:
    return mp.sqrt(z)


def stirling_rest(x: Any) -> Any:
    return mp.loggamma(x) - (x - mpf("0.5")) * mp.log(x) + x - mp.log(2 * mp.pi) / 2


quarter = mp.pi / 4 * mpf("1.001")
half_ln2 = mp.ln2 / 2 * mpf("1.001")
FITS: list[tuple[str, str, Function, Function, Any, Any, int, int]] = [
    (
        "Exp",
        "(e^r - 1 - r) / r^2, |r| <= ln(2) / 2",
        near_zero(
            lambda r: (mp.expm1(r) - r) / r**2,
            lambda r: mpf(1) / 2 + r / 6 + r**2 / 24 + r**3 / 120 + r**4 / 720 + r**5 / 5040,
            1e-9,
        ),
        lambda r: r**2 / mp.exp(r) + mpf(10) ** -40,
        -half_ln2,
        half_ln2,
        4,
        9,
    ),
    (
        "Log",
        "(2 atanh(s) - 2 s) / s^3 of z = s^2, s = f / (2 + f), 1 + f in [sqrt(1/2), sqrt(2)]",
        near_zero(
            lambda z: (2 * mp.atanh(root(z)) - 2 * root(z)) / root(z) ** 3,
            lambda z: mpf(2) / 3 + 2 * z / 5 + 2 * z**2 / 7,
            1e-16,
        ),
        lambda z: z + mpf(10) ** -40,
        0,
        mpf("0.0295"),
        2,
        6,
    ),
    (
        "Sin",
        "(sin(r) - r) / r^3 of z = r^2, |r| <= pi / 4",
        near_zero(
            lambda z: (mp.sin(root(z)) - root(z)) / root(z) ** 3,
            lambda z: -mpf(1) / 6 + z / 120 - z**2 / 5040,
            1e-16,
        ),
        lambda z: z + mpf(10) ** -40,
        0,
        quarter**2,
        2,
        5,
    ),
    (
        "Cos",
        "(cos(r) - 1 + r^2 / 2) / r^4 of z = r^2, |r| <= pi / 4",
        near_zero(
            lambda z: (mp.cos(root(z)) - 1 + z / 2) / z**2,
            lambda z: mpf(1) / 24 - z / 720 + z**2 / 40320,
            1e-12,
        ),
        lambda z: z**2 + mpf(10) ** -40,
        0,
        quarter**2,
        2,
        5,
    ),
    (
        "Asin",
        "(asin(x) - x) / x^3 of z = x^2, |x| <= 1/2",
        near_zero(
            lambda z: (mp.asin(root(z)) - root(z)) / root(z) ** 3,
            lambda z: mpf(1) / 6 + 3 * z / 40 + 15 * z**2 / 336,
            1e-16,
        ),
        lambda z: z + mpf(10) ** -40,
        0,
        mpf("0.2501"),
        4,
        11,
    ),
    (
        "Atan",
        "(atan(x) - x) / x^3 of z = x^2, |x| <= tan(pi / 8)",
        near_zero(
            lambda z: (mp.atan(root(z)) - root(z)) / root(z) ** 3,
            lambda z: -mpf(1) / 3 + z / 5 - z**2 / 7,
            1e-16,
        ),
        lambda z: z + mpf(10) ** -40,
        0,
        mpf("0.1717"),
        4,
        10,
    ),
    (
        "Tanh",
        "(tanh(x) - x) / x^3 of z = x^2, |x| <= 5/8",
        near_zero(
            lambda z: (mp.tanh(root(z)) - root(z)) / root(z) ** 3,
            lambda z: -mpf(1) / 3 + 2 * z / 15 - 17 * z**2 / 315,
            1e-16,
        ),
        lambda z: z + mpf(10) ** -40,
        0,
        mpf("0.391"),
        4,
        11,
    ),
    (
        "Erf",
        "(erf(x) / x - 2 / sqrt(pi)) / z of z = x^2, |x| <= 1",
        near_zero(
            lambda z: (mp.erf(root(z)) / root(z) - 2 / mp.sqrt(mp.pi)) / z,
            lambda z: 2 / mp.sqrt(mp.pi) * (-mpf(1) / 3 + z / 10 - z**2 / 42),
            1e-16,
        ),
        lambda z: z + mpf(10) ** -40,
        0,
        1,
        5,
        11,
    ),
]


# Where sixteen values are looked up at once: name, text, and so on.
STEPS: list[tuple[str, str, Function, Function, Any, Any, int, int]] = [
    (
        "ExpStep",
        "(e^r - 1 - r) / r^2, |r| <= ln(2) / 32",
        FITS[0][2],
        FITS[0][3],
        -half_ln2 / 16,
        half_ln2 / 16,
        1,
        4,
    ),
    (
        "LogStep",
        "(log(1 + r) - r) / r^2, -1/32 <= r <= 1/16",
        near_zero(
            lambda r: (mp.log1p(r) - r) / r**2,
            lambda r: -mpf(1) / 2 + r / 3 - r**2 / 4 + r**3 / 5,
            1e-9,
        ),
        lambda r: abs(r) + mpf(10) ** -40,
        mpf("-0.0313"),
        mpf("0.0626"),
        3,
        8,
    ),
]

# Fits for float results that are evaluated as double.
WIDE = ("Exp", "Erf")

# Fits that only floats use: name, text, function, weight, range, degree, the type they run in.
SINGLE: list[tuple[str, str, Function, Function, Any, Any, int, str]] = [
    (
        "ErfNear",
        "(erf(x) / x - 2 / sqrt(pi)) / z of z = x^2, |x| <= 1",
        FITS[-1][2],
        FITS[-1][3],
        0,
        1,
        5,
        "float",
    ),
    (
        "ErfNearest",
        "erf(x) / x of z = x^2, |x| <= 1/10",
        near_zero(
            lambda z: mp.erf(root(z)) / root(z),
            lambda z: 2 / mp.sqrt(mp.pi) * (1 - z / 3 + z**2 / 10),
            1e-16,
        ),
        lambda _: mpf(1),
        0,
        mpf("0.01"),
        3,
        "double",
    ),
    (
        "LogUnit",
        "(2 atanh(s) - 2 s) / s^3 of z = s^2, s = f / (2 + f), 0 <= f <= 1",
        FITS[1][2],
        FITS[1][3],
        0,
        mpf("0.1112"),
        4,
        "float",
    ),
    (
        "Sinh",
        "(sinh(x) - x) / x^3 of z = x^2, |x| <= 1",
        near_zero(
            lambda z: (mp.sinh(root(z)) - root(z)) / root(z) ** 3,
            lambda z: mpf(1) / 6 + z / 120 + z**2 / 5040,
            1e-16,
        ),
        lambda z: z + mpf(10) ** -40,
        0,
        1,
        3,
        "float",
    ),
    (
        "Atanh",
        "(atanh(x) - x) / x^3 of z = x^2, |x| <= 1/2",
        near_zero(
            lambda z: (mp.atanh(root(z)) - root(z)) / root(z) ** 3,
            lambda z: mpf(1) / 3 + z / 5 + z**2 / 7,
            1e-16,
        ),
        lambda z: z + mpf(10) ** -40,
        0,
        mpf("0.2501"),
        5,
        "float",
    ),
    (
        "LgammaNear",
        "lgamma(2 + u) / u, |u| <= 1/2",
        near_zero(
            lambda u: mp.loggamma(2 + u) / u,
            lambda u: 1 - mp.euler + (mp.zeta(2) - 1) * u / 2 - (mp.zeta(3) - 1) * u**2 / 3,
            1e-16,
        ),
        lambda u: abs(u) + mpf(10) ** -40,
        mpf("-0.5001"),
        mpf("0.5001"),
        15,
        "double",
    ),
    (
        "LgammaFar",
        "x (lgamma(x) - (x - 1/2) log(x) + x - log(2 pi) / 2) of z = 1 / x^2, x >= 9/2: what\n"
        "// Stirling's formula leaves",
        near_zero(
            lambda z: stirling_rest(1 / root(z)) / root(z),
            lambda z: mpf(1) / 12 - z / 360 + z**2 / 1260,
            1e-16,
        ),
        lambda z: root(z) + mpf(10) ** -40,
        0,
        mpf("0.0494"),
        6,
        "double",
    ),
    (
        "DigammaFar",
        "(log(x) - 1 / (2 x) - digamma(x)) / z of z = 1 / x^2, x >= 8",
        near_zero(
            lambda z: (-mp.log(z) / 2 - root(z) / 2 - mp.digamma(1 / root(z))) / z,
            lambda z: mpf(1) / 12 - z / 120 + z**2 / 252,
            1e-16,
        ),
        lambda z: z + mpf(10) ** -40,
        0,
        mpf("0.01563"),
        4,
        "double",
    ),
    ("ExpPower", FITS[0][1], FITS[0][2], FITS[0][3], -half_ln2, half_ln2, 5, "double"),
    ("LogPower", FITS[1][1], FITS[1][2], FITS[1][3], 0, mpf("0.0295"), 4, "double"),
]


# M. Giles, "Approximating the erfinv function", 2011, table 5.
ERFINV_CENTRE = """
    1.50140941 0.246640727 -0.00417768164 -0.00125372503 0.00021858087 -4.39150654e-06
    -3.5233877e-06 3.43273939e-07 2.81022636e-08"""
ERFINV_TAIL = """
    2.83297682 1.00167406 0.00943887047 -0.0076224613 0.00573950773 -0.00367342844
    0.00134934322 0.000100950558 -0.000200214257"""


def log_step(number: int, narrow: bool) -> tuple[Any, Any]:
    """An inverse c of the middle of a sixteenth whose -log(c) is almost in the type."""
    rounded = rounded_to_float if narrow else float
    if number in (0, 15):
        return 1, 0
    middle = 1 + (mpf(number) + mpf("0.5")) / 16
    inverse = rounded(1 / middle if number < 8 else 2 / middle)
    unit = mpf(2) ** ((-24 if narrow else -53) + number // 8)
    candidates = [inverse + i * unit for i in range(-1000, 1001)]

    def lost(c: Any) -> Any:
        return abs(rounded(-mp.log(c)) + mp.log(c))

    best = min(candidates, key=lost)
    return best, -mp.log(best)


def main() -> None:
    print("// Made by scripts/derive_coefficients.py, which says how; each with its largest error.")
    print("#pragma once\n\nnamespace taeda::coefficients {\n")
    for name, text, function, weight, low, high, single, double in FITS + STEPS:
        print(f"// {text}.")
        if name in WIDE:
            emit(f"k{name}Short", "double", remez(function, weight, low, high, single))
        if name == "Erf":
            emit("kErf", "double", remez(function, weight, low, high, double))
            continue
        fits = [
            (kind, remez(function, weight, low, high, degree))
            for kind, degree in (("float", single), ("double", double))
        ]
        emit_both(f"k{name}", fits)
    print("// 2^(i / 16).")
    steps = [mpf(2) ** (mpf(i) / 16) for i in range(16)]
    emit_steps("kExpSteps", [[steps], [steps]])
    print(
        "// c near the inverse of the middle of sixteenth i of [1, 2), or from the ninth on of\n"
        "// half of it, and -log(c), which is almost in the type."
    )
    emit_steps(
        "kLogSteps",
        [
            list(zip(*(log_step(i, narrow) for i in range(16)), strict=True))
            for narrow in (True, False)
        ],
    )
    for name, text, function, weight, low, high, degree, kind in SINGLE:
        print(f"// {text}.")
        emit(f"k{name}", kind, remez(function, weight, low, high, degree))
    centre = mpf(3)
    print(
        "// (a + 3) e^(a^2) erfc(a) of t = (a - 3) / (a + 3), a >= 0, the form of M. Shepherd and"
    )
    print(
        "// J. Laframboise, Math. Comp. 36 (1981); the middle one for 1 <= a <= 4, the short one\n"
        "// for a <= 10.2, where floats end."
    )
    function = scaled_complement(centre)
    fit = remez(function, lambda t: 1 / function(t), position(1, centre), position(4, centre), 6)
    emit("kErfcMiddle", "float", fit)
    print(
        "// erfinv(x) / x in w - 2.5 and sqrt(w) - 3 with w = -log(1 - x^2), from 5 on: M. Giles,\n"
        '// "Approximating the erfinv function", 2011, table 5.'
    )
    emit_published("kErfinvCentre", ERFINV_CENTRE)
    emit_published("kErfinvTail", ERFINV_TAIL)
    for name, degree, end in (("kErfcShort", 9, "10.2"), ("kErfc", 22, "27.3")):
        fit = remez(function, lambda t: 1 / function(t), -1, position(end, centre), degree)
        emit(name, "double", fit)
    print(
        "// e^(a^2 / 2) Phi(-a) of h = a - c, with the distribution function Phi of the standard\n"
        "// normal distribution and c the middle of a quarter of a power of two of a + 1, which\n"
        "// the four bits of a float from 2^21 on number: [power of h][number], and last what\n"
        "// rounding took from the first."
    )
    emit_table("kNormalTail", normal_tail_fit)
    for name, text, function, weight, width, degree in PIECES:
        print(f"// {text} of h = a - c with c the number times the width: the same order.")
        print(f"inline constexpr float k{name}Width = {literal(width, True)};")
        emit_table(f"k{name}Pieces", partial(piece, function, weight, width, degree))
    print("}  // namespace taeda::coefficients")


def emit_both(name: str, fits: list[tuple[str, tuple[list[Any], Any]]]) -> None:
    print(f"template <class T>\ninline constexpr T {name}[] = {{}};")
    for kind, fit in fits:
        print("template <>")
        emit(f"{name}<{kind}>", kind, fit)


def emit_steps(name: str, tables: list[list[Any]]) -> None:
    print(f"template <class T>\ninline constexpr T {name}[][16] = {{}};")
    for kind, rows in zip(("float", "double"), tables, strict=True):
        print(f"template <>\ninline constexpr {kind} {name}<{kind}>[{len(rows)}][16] = {{")
        for row in rows:
            print(f"    {{{', '.join(literal(value, kind == 'float') for value in row)}}},")
        print("};\n")


def emit_table(name: str, fit: Callable[[int], tuple[list[Any], Any]]) -> None:
    fits = [fit(number) for number in range(16)]
    error = max(error for _, error in fits)
    rows = [list(row) for row in zip(*(coefficients for coefficients, _ in fits), strict=True)]
    rows.append([value - rounded_to_float(value) for value in rows[0]])
    print(f"inline constexpr float {name}[{len(rows)}][16] = {{  // {mp.nstr(error, 2)}")
    for row in rows:
        print(f"    {{{', '.join(literal(value, True) for value in row)}}},")
    print("};\n")


def emit_published(name: str, values: str) -> None:
    literals = ", ".join(f"{value}f" for value in values.split())
    print(f"inline constexpr float {name}[] = {{{literals}}};\n")


def emit(name: str, kind: str, fit: tuple[list[Any], Any]) -> None:
    coefficients, error = fit
    print(f"inline constexpr {kind} {name}[] = {{  // {mp.nstr(error, 2)}")
    for value in coefficients:
        print(f"    {literal(value, kind == 'float')},")
    print("};\n")


if __name__ == "__main__":
    main()
