"""What each elementwise operation should give, in terms of NumPy and SciPy on float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

Values = Any


@dataclass(frozen=True)
class Row:
    """A reference and where to sample its operands."""

    reference: Callable[..., Values]
    low: float = -4.0
    high: float = 4.0
    # Each is one more call with these keywords.
    parameters: tuple[dict[str, float], ...] = ({},)
    # How operands of integers are compared: by the same reference unless given.
    integers: Callable[..., Values] | None = None
    # What the first operand is, where it is not a number.
    condition: bool = False
    # Beside the relative tolerance: of the reference, and for sums that may cancel.
    absolute: float = 0.0
    cancels: bool = False


def expit_times(factor: Values, x: Values) -> Values:
    return factor * special.expit(x)


def gelu_tanh(x: Values) -> Values:
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def slope(function: Callable[[Values], Values]) -> Callable[..., Values]:
    """The gradient of a function by central differences in extended precision."""

    def backward(grad: Values, x: Values, **parameters: float) -> Values:
        wide = np.asarray(x, np.longdouble)
        step = np.longdouble(1e-6)
        rise = function(wide + step, **parameters) - function(wide - step, **parameters)
        return grad * (rise / (2 * step)).astype(np.float64)

    return backward


def sigmoid_wide(x: Values) -> Values:
    return 1 / (1 + np.exp(-x))


def softplus_wide(x: Values, beta: float = 1.0, threshold: float = 20.0) -> Values:
    return np.where(x * beta > threshold, x, np.log1p(np.exp(x * beta)) / beta)


def mish_wide(x: Values) -> Values:
    return x * np.tanh(np.log1p(np.exp(x)))


def elu(x: Values, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> Values:
    return np.where(x > 0, scale * x, scale * alpha * np.expm1(input_scale * x))


def selu(x: Values) -> Values:
    return elu(x, 1.6732632423543772848, 1.0507009873554804934)


def leaky_relu(x: Values, negative_slope: float = 0.01) -> Values:
    return np.where(x > 0, x, negative_slope * x)


def clamp_scalar(x: Values, min: float = -math.inf, max: float = math.inf) -> Values:
    return np.minimum(np.maximum(x, min), max)


def hardtanh(x: Values, min_val: float = -1.0, max_val: float = 1.0) -> Values:
    return np.clip(x, min_val, max_val)


def logit(x: Values, eps: float = -1.0) -> Values:
    return special.logit(x if eps < 0 else np.clip(x, eps, 1 - eps))


def floor_quotient(x: Values, y: Values) -> Values:
    if np.issubdtype(np.asarray(x).dtype, np.floating):
        return np.floor_divide(x, y)
    return x // y


def trunc_quotient(x: Values, y: Values) -> Values:
    return np.sign(x) * np.sign(y) * (np.abs(x) // np.abs(y))


def integer_power(x: Values, y: Values) -> Values:
    positive = np.power(x, np.abs(y))
    unit = np.abs(x) == 1
    return np.where(y >= 0, positive, np.where(unit, positive, 0))


def left_shift(x: Values, y: Values) -> Values:
    return np.where((y < 0) | (y > 31), 0, x << np.clip(y, 0, 31))


def right_shift(x: Values, y: Values) -> Values:
    return x >> np.where((y < 0) | (y > 31), 31, y)


UNARY = {
    "neg": Row(np.negative),
    "abs": Row(np.abs),
    "sign": Row(np.sign),
    "square": Row(np.square),
    "reciprocal": Row(np.reciprocal),
    "sqrt": Row(np.sqrt, low=0),
    "rsqrt": Row(lambda x: 1 / np.sqrt(x), low=0.1),
    "floor": Row(np.floor),
    "ceil": Row(np.ceil),
    "round": Row(np.rint),
    "trunc": Row(np.trunc),
    "frac": Row(lambda x: x - np.trunc(x)),
    "deg2rad": Row(np.deg2rad),
    "rad2deg": Row(np.rad2deg),
    "clamp_scalar": Row(
        clamp_scalar, parameters=({}, {"min": -1, "max": 2}, {"min": 1}, {"max": -1})
    ),
    "nan_to_num": Row(lambda x, nan=0.0, posinf=None, neginf=None: np.nan_to_num(x, nan=nan)),
    "pow_scalar": Row(
        lambda x, exponent=1.0: np.power(x, exponent),
        low=0.1,
        parameters=tuple({"exponent": e} for e in (0, 1, 2, 3, 0.5, -0.5, -1, -2, 4, 2.5, -3.25)),
        integers=lambda x, exponent=1.0: integer_power(x, np.full_like(x, int(exponent))),
    ),
    "exp": Row(np.exp),
    "exp2": Row(np.exp2),
    "expm1": Row(np.expm1),
    "log": Row(np.log, low=0.01),
    "log2": Row(np.log2, low=0.01),
    "log10": Row(np.log10, low=0.01),
    "log1p": Row(np.log1p, low=-0.9),
    "sin": Row(np.sin),
    "cos": Row(np.cos),
    "tan": Row(np.tan),
    "asin": Row(np.arcsin, -1, 1),
    "acos": Row(np.arccos, -1, 1),
    "atan": Row(np.arctan),
    "sinh": Row(np.sinh),
    "cosh": Row(np.cosh),
    "tanh": Row(np.tanh),
    "asinh": Row(np.arcsinh),
    "acosh": Row(np.arccosh, low=1.01),
    "atanh": Row(np.arctanh, -0.99, 0.99),
    "erf": Row(special.erf),
    "erfc": Row(special.erfc),
    "erfinv": Row(special.erfinv, -0.999, 0.999),
    "lgamma": Row(special.gammaln, low=0.1, cancels=True),
    "digamma": Row(special.digamma, low=0.1, cancels=True),
    "sinc": Row(np.sinc, cancels=True),
    "logit": Row(logit, 0.01, 0.99, parameters=({}, {"eps": 0.1}), cancels=True),
    "logical_not": Row(np.logical_not),
    "bitwise_not": Row(np.invert),
    "isnan": Row(np.isnan),
    "isinf": Row(np.isinf),
    "isposinf": Row(np.isposinf),
    "isneginf": Row(np.isneginf),
    "isfinite": Row(np.isfinite),
    "signbit": Row(np.signbit, integers=lambda x: x < 0),
    "sigmoid": Row(special.expit),
    "relu": Row(lambda x: np.maximum(x, 0)),
    "relu6": Row(lambda x: np.clip(x, 0, 6), high=9),
    "gelu": Row(lambda x: x * special.ndtr(x)),
    "gelu_tanh": Row(gelu_tanh, cancels=True),
    "silu": Row(lambda x: expit_times(x, x)),
    "mish": Row(mish_wide),
    "softplus": Row(softplus_wide, parameters=({}, {"beta": 2, "threshold": 3})),
    "logsigmoid": Row(special.log_expit),
    "leaky_relu": Row(leaky_relu, parameters=({}, {"negative_slope": 0.2})),
    "elu": Row(elu, parameters=({}, {"alpha": 0.5, "scale": 2, "input_scale": 3})),
    "selu": Row(selu),
    "celu": Row(lambda x, alpha=1.0: elu(x, alpha, 1.0, 1 / alpha), parameters=({}, {"alpha": 2})),
    "hardtanh": Row(hardtanh, parameters=({}, {"min_val": -2, "max_val": 3})),
    "hardsigmoid": Row(lambda x: np.clip(x + 3, 0, 6) / 6, low=-6, high=6),
    "hardswish": Row(lambda x: x * np.clip(x + 3, 0, 6) / 6, low=-6, high=6),
    "hardshrink": Row(
        lambda x, lambd=0.5: np.where(np.abs(x) <= lambd, 0, x), parameters=({}, {"lambd": 2})
    ),
    "softshrink": Row(
        lambda x, lambd=0.5: np.sign(x) * np.maximum(np.abs(x) - lambd, 0),
        parameters=({}, {"lambd": 2}),
    ),
    "softsign": Row(lambda x: x / (1 + np.abs(x))),
    "threshold": Row(
        lambda x, threshold=0.0, value=0.0: np.where(x <= threshold, value, x),
        parameters=({}, {"threshold": 1, "value": -7}),
    ),
}

BINARY = {
    "add": Row(lambda x, y, alpha=1.0: x + alpha * y, parameters=({}, {"alpha": 3}), cancels=True),
    "sub": Row(lambda x, y, alpha=1.0: x - alpha * y, parameters=({}, {"alpha": 3}), cancels=True),
    "mul": Row(np.multiply),
    "div": Row(np.divide),
    "floor_divide": Row(floor_quotient),
    "trunc_divide": Row(lambda x, y: np.trunc(x / y), integers=trunc_quotient),
    "remainder": Row(np.remainder),
    "fmod": Row(np.fmod),
    "maximum": Row(np.maximum),
    "minimum": Row(np.minimum),
    "fmax": Row(np.fmax),
    "fmin": Row(np.fmin),
    "copysign": Row(np.copysign),
    "nextafter": Row(np.nextafter),
    "heaviside": Row(np.heaviside),
    "gcd": Row(np.gcd),
    "lcm": Row(np.lcm),
    "pow": Row(np.power, low=0.1, integers=integer_power),
    "atan2": Row(np.arctan2),
    "hypot": Row(np.hypot),
    "logaddexp": Row(np.logaddexp, cancels=True),
    "logaddexp2": Row(np.logaddexp2, cancels=True),
    "xlogy": Row(special.xlogy, low=0.01),
    "xlog1py": Row(special.xlog1py, low=-0.9),
    "eq": Row(np.equal),
    "ne": Row(np.not_equal),
    "lt": Row(np.less),
    "le": Row(np.less_equal),
    "gt": Row(np.greater),
    "ge": Row(np.greater_equal),
    "logical_and": Row(np.logical_and),
    "logical_or": Row(np.logical_or),
    "logical_xor": Row(np.logical_xor),
    "bitwise_and": Row(np.bitwise_and),
    "bitwise_or": Row(np.bitwise_or),
    "bitwise_xor": Row(np.bitwise_xor),
    "bitwise_left_shift": Row(left_shift),
    "bitwise_right_shift": Row(right_shift),
    "relu_backward": Row(lambda g, y: np.where(y > 0, g, 0)),
    "threshold_backward": Row(
        lambda g, x, threshold=0.0: np.where(x > threshold, g, 0),
        parameters=({}, {"threshold": 1}),
    ),
    "sigmoid_backward": Row(lambda g, y: g * y * (1 - y)),
    "tanh_backward": Row(lambda g, y: g * (1 - y * y), cancels=True),
    "gelu_backward": Row(
        lambda g, x: g * (special.ndtr(x) + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)),
        cancels=True,
    ),
    "gelu_tanh_backward": Row(slope(gelu_tanh), absolute=1e-9, cancels=True),
    "silu_backward": Row(slope(lambda x: x * sigmoid_wide(x)), absolute=1e-9, cancels=True),
    "mish_backward": Row(slope(mish_wide), absolute=1e-9, cancels=True),
    "leaky_relu_backward": Row(
        slope(leaky_relu), parameters=({}, {"negative_slope": 0.2}), absolute=1e-9
    ),
    "elu_backward": Row(
        slope(elu), parameters=({}, {"alpha": 0.5, "scale": 2, "input_scale": 3}), absolute=1e-9
    ),
    "softplus_backward": Row(
        slope(softplus_wide), parameters=({}, {"beta": 2, "threshold": 30}), absolute=1e-9
    ),
    "logsigmoid_backward": Row(slope(lambda x: -np.log1p(np.exp(-x))), absolute=1e-9),
    "hardtanh_backward": Row(
        lambda g, x, min_val=-1.0, max_val=1.0: np.where((x > min_val) & (x < max_val), g, 0),
        parameters=({}, {"min_val": 0, "max_val": 3}),
    ),
    "hardshrink_backward": Row(
        lambda g, x, lambd=0.5: np.where(np.abs(x) <= lambd, 0, g), parameters=({}, {"lambd": 2})
    ),
    "hardsigmoid_backward": Row(lambda g, x: np.where(np.abs(x) < 3, g / 6, 0)),
    "hardswish_backward": Row(
        lambda g, x: np.where(x <= -3, 0, np.where(x < 3, g * (x / 3 + 0.5), g)), cancels=True
    ),
    "clamp_scalar_backward": Row(
        lambda g, x, min=-math.inf, max=math.inf: np.where((x >= min) & (x <= max), g, 0),
        parameters=({}, {"min": -1, "max": 2}),
    ),
    "squared_difference": Row(lambda x, y: (x - y) ** 2, cancels=True),
    "logistic_loss": Row(
        lambda x, y: y * np.logaddexp(0, -x) + (1 - y) * np.logaddexp(0, x), cancels=True
    ),
    "parametric_relu": Row(lambda x, slope: np.where(x > 0, x, slope * x)),
    "huber_distance": Row(
        lambda x, y, bound=1.0: special.huber(bound, x - y),
        parameters=({}, {"bound": 2}),
        cancels=True,
    ),
}

TERNARY = {
    "where": Row(np.where, condition=True),
    "addcmul": Row(
        lambda x, y, z, value=1.0: x + value * y * z, parameters=({}, {"value": 2}), cancels=True
    ),
    "addcdiv": Row(
        lambda x, y, z, value=1.0: x + value * y / z, parameters=({}, {"value": 2}), low=0.5
    ),
    "clamp": Row(lambda x, low, high: np.minimum(np.maximum(x, low), high)),
    "lerp": Row(lambda x, y, w: x + w * (y - x), cancels=True),
}

ROWS: dict[str, Row] = UNARY | BINARY | TERNARY
ARITY = dict.fromkeys(UNARY, 1) | dict.fromkeys(BINARY, 2) | dict.fromkeys(TERNARY, 3)
