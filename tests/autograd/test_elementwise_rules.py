"""Derivatives of elementwise operations: finite differences, second differences, edges."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import taeda_autograd
import taeda_tensor as tt
from taeda_autograd import gradcheck, gradgradcheck


@dataclass(frozen=True)
class Row:
    """Where to sample the operands; `sharp` values are kept at a distance, as kinks are there."""

    low: float = -2.0
    high: float = 2.0
    operands: int = 1
    kinks: tuple[float, ...] = ()
    parameters: tuple[dict[str, float], ...] = field(default=({},))
    # Bounds of each operand, where they differ.
    bounds: tuple[tuple[float, float], ...] = ()
    # The first operand is a condition.
    condition: bool = False
    tolerance: float = 1e-5


POSITIVE = {"low": 0.3, "high": 3.0}
BINARY = {"operands": 2}
# The gradients of activations take a gradient and what it is a function of.
ROWS: dict[str, Row] = {
    "neg": Row(),
    "abs": Row(kinks=(0,)),
    "sign": Row(kinks=(0,)),
    "square": Row(),
    "reciprocal": Row(**POSITIVE),
    "sqrt": Row(**POSITIVE),
    "rsqrt": Row(**POSITIVE),
    "floor": Row(kinks=(-2, -1, 0, 1, 2)),
    "ceil": Row(kinks=(-2, -1, 0, 1, 2)),
    "round": Row(kinks=(-1.5, -0.5, 0.5, 1.5)),
    "trunc": Row(kinks=(-2, -1, 0, 1, 2)),
    "frac": Row(kinks=(-2, -1, 0, 1, 2)),
    "deg2rad": Row(),
    "rad2deg": Row(),
    "clamp_scalar": Row(kinks=(-0.5, 0.75), parameters=({"min": -0.5, "max": 0.75},)),
    "nan_to_num": Row(),
    "pow_scalar": Row(
        **POSITIVE, parameters=tuple({"exponent": e} for e in (0, 1, 2, 3, 0.5, -1.5))
    ),
    "exp": Row(),
    "exp2": Row(),
    "expm1": Row(),
    "log": Row(**POSITIVE),
    "log2": Row(**POSITIVE),
    "log10": Row(**POSITIVE),
    "log1p": Row(low=-0.7),
    "sin": Row(),
    "cos": Row(),
    "tan": Row(low=-1.2, high=1.2),
    "asin": Row(low=-0.9, high=0.9),
    "acos": Row(low=-0.9, high=0.9),
    "atan": Row(),
    "sinh": Row(),
    "cosh": Row(),
    "tanh": Row(),
    "asinh": Row(),
    "acosh": Row(low=1.3, high=3),
    "atanh": Row(low=-0.8, high=0.8),
    "erf": Row(),
    "erfc": Row(),
    "erfinv": Row(low=-0.8, high=0.8),
    "lgamma": Row(**POSITIVE),
    "digamma": Row(low=-1.8, high=3, kinks=(-1, 0)),
    "sinc": Row(kinks=(0,)),
    "logit": Row(low=0.1, high=0.9, parameters=({}, {"eps": 0.25}), kinks=(0.25, 0.75)),
    "sigmoid": Row(),
    "relu": Row(kinks=(0,)),
    "relu6": Row(low=-1, high=7, kinks=(0, 6)),
    "gelu": Row(),
    "gelu_tanh": Row(),
    "silu": Row(),
    "mish": Row(),
    "softplus": Row(parameters=({}, {"beta": 2, "threshold": 1}), kinks=(0.5,)),
    "logsigmoid": Row(),
    "leaky_relu": Row(kinks=(0,), parameters=({}, {"negative_slope": 0.3})),
    "elu": Row(kinks=(0,), parameters=({}, {"alpha": 0.7, "scale": 1.2, "input_scale": 0.5})),
    "selu": Row(kinks=(0,)),
    "celu": Row(kinks=(0,), parameters=({}, {"alpha": 0.6})),
    "hardtanh": Row(kinks=(-1, 1), parameters=({}, {"min_val": -1, "max_val": 1})),
    "hardshrink": Row(kinks=(-0.5, 0.5)),
    "softshrink": Row(kinks=(-0.5, 0.5)),
    "hardsigmoid": Row(low=-4, high=4, kinks=(-3, 3)),
    "hardswish": Row(low=-4, high=4, kinks=(-3, 3)),
    "softsign": Row(kinks=(0,)),
    "threshold": Row(kinks=(0.3,), parameters=({"threshold": 0.3, "value": 5},)),
    "add": Row(**BINARY, parameters=({}, {"alpha": -2})),
    "sub": Row(**BINARY, parameters=({}, {"alpha": 3})),
    "mul": Row(**BINARY),
    "div": Row(**BINARY, **POSITIVE),
    "floor_divide": Row(**BINARY, bounds=((2.1, 2.4), (0.8, 0.95))),
    "trunc_divide": Row(**BINARY, bounds=((-2.4, -2.1), (0.8, 0.95))),
    "remainder": Row(**BINARY, bounds=((2.1, 2.4), (0.8, 0.95))),
    "fmod": Row(**BINARY, bounds=((-2.4, -2.1), (0.8, 0.95))),
    "maximum": Row(**BINARY),
    "minimum": Row(**BINARY),
    "fmax": Row(**BINARY),
    "fmin": Row(**BINARY),
    "copysign": Row(**BINARY, kinks=(0,)),
    "heaviside": Row(**BINARY, kinks=(0,)),
    "pow": Row(**BINARY, **POSITIVE),
    "atan2": Row(**BINARY, **POSITIVE),
    "hypot": Row(**BINARY, **POSITIVE),
    "logaddexp": Row(**BINARY),
    "logaddexp2": Row(**BINARY),
    "xlogy": Row(**BINARY, **POSITIVE),
    "xlog1py": Row(**BINARY, **POSITIVE),
    "relu_backward": Row(**BINARY, kinks=(0,)),
    "threshold_backward": Row(**BINARY, kinks=(0,)),
    "sigmoid_backward": Row(**BINARY),
    "tanh_backward": Row(**BINARY),
    "gelu_backward": Row(**BINARY),
    "gelu_tanh_backward": Row(**BINARY),
    "silu_backward": Row(**BINARY),
    "mish_backward": Row(**BINARY),
    "leaky_relu_backward": Row(**BINARY, kinks=(0,)),
    "elu_backward": Row(
        **BINARY, kinks=(0,), parameters=({}, {"alpha": 0.7, "scale": 1.2, "input_scale": 0.5})
    ),
    "softplus_backward": Row(**BINARY, kinks=(0.5,), parameters=({}, {"beta": 2, "threshold": 1})),
    "logsigmoid_backward": Row(**BINARY),
    "hardtanh_backward": Row(**BINARY, kinks=(-1, 1)),
    "hardshrink_backward": Row(**BINARY, kinks=(-0.5, 0.5)),
    "hardsigmoid_backward": Row(**BINARY, kinks=(-3, 3)),
    "hardswish_backward": Row(**BINARY, kinks=(-3, 3)),
    "clamp_scalar_backward": Row(
        **BINARY, kinks=(-0.5, 0.75), parameters=({"min": -0.5, "max": 0.75},)
    ),
    "squared_difference": Row(**BINARY),
    "logistic_loss": Row(**BINARY),
    "parametric_relu": Row(**BINARY, kinks=(0,)),
    "huber_distance": Row(**BINARY, parameters=({}, {"bound": 0.25})),
    "where": Row(operands=3, condition=True),
    "addcmul": Row(operands=3, parameters=({}, {"value": -0.5})),
    "addcdiv": Row(operands=3, **POSITIVE, parameters=({}, {"value": -0.5})),
    "clamp": Row(operands=3, bounds=((-2, 2), (-1, -0.4), (0.4, 1))),
    "lerp": Row(operands=3),
}
CALLS = [(name, i) for name, row in ROWS.items() for i in range(len(row.parameters))]


def sample(row: Row, operand: int, shape: tuple[int, ...], seed: int) -> np.ndarray[Any, Any]:
    low, high = row.bounds[operand] if row.bounds else (row.low, row.high)
    values = np.random.default_rng(seed).uniform(low, high, shape)
    for kink in row.kinks:
        near = abs(values - kink) < 0.05
        values = np.where(near, kink + 0.05 + abs(values - kink), values)
    return values


def operands(row: Row, shapes: list[tuple[int, ...]]) -> list[tt.Tensor]:
    result = []
    for i, shape in enumerate(shapes):
        values = sample(row, i, shape, 11 * i + len(shape))
        if row.condition and i == 0:
            result.append(tt.tensor(values > 0))
        else:
            result.append(tt.tensor(values).requires_grad_())
    return result


def function_of(name: str, parameters: dict[str, float]) -> Callable[..., tt.Tensor]:
    function = getattr(tt, name)
    return lambda *args: function(*args, **parameters)


@pytest.mark.parametrize(("name", "call"), CALLS)
def test_gradient(name: str, call: int) -> None:
    row = ROWS[name]
    function = function_of(name, row.parameters[call])
    assert gradcheck(function, operands(row, [(2, 3)] * row.operands), atol=row.tolerance)


@pytest.mark.parametrize(("name", "call"), CALLS)
def test_second_derivative(name: str, call: int) -> None:
    row = ROWS[name]
    function = function_of(name, row.parameters[call])
    assert gradgradcheck(function, operands(row, [(2,)] * row.operands), atol=row.tolerance)


BROADCAST = [name for name, row in ROWS.items() if row.operands > 1]


@pytest.mark.parametrize("name", BROADCAST)
def test_broadcast_gradient(name: str) -> None:
    row = ROWS[name]
    function = function_of(name, row.parameters[-1])
    shapes: list[list[tuple[int, ...]]] = [[(2, 3), (3,)], [(1, 3), (2, 1)], [(), (2, 1)]]
    for pair in shapes:
        all_shapes = [*pair, (2, 3)][: row.operands]
        values = operands(row, all_shapes)
        assert gradcheck(function, values, atol=row.tolerance)
        result = function(*values)
        result.backward(tt.ones_like(result))
        for value in values:
            if value.requires_grad:
                assert value.grad is not None
                assert value.grad.shape == value.shape


@pytest.mark.parametrize("name", BROADCAST)
def test_a_python_number_counts_in_double_precision(name: str) -> None:
    """As an operand it leads to the same gradients as a float64 tensor of its value."""
    row = ROWS[name]
    function = function_of(name, row.parameters[-1])
    first = 1 if row.condition else 0
    for number_at in range(first, row.operands):
        others = operands(row, [(3,)] * row.operands)
        number = float(sample(row, number_at, (), 5))
        found = []
        for operand in (number, tt.tensor(number, dtype=tt.float64)):
            values = [*others[:number_at], operand, *others[number_at + 1 :]]
            checked = [value for i, value in enumerate(others) if i not in (number_at, first - 1)]
            found.append(taeda_autograd.grad(function(*values).sum(), checked))
        for gradient, expected in zip(*found, strict=True):
            # Another order of roundings, no more.
            np.testing.assert_allclose(gradient.numpy(), expected.numpy(), rtol=4e-16)


@pytest.mark.parametrize("name", ["mul", "exp", "addcmul", "gelu"])
def test_strided_and_empty_inputs(name: str) -> None:
    row = ROWS[name]
    values = [
        tt.tensor(sample(row, i, (3, 2), i)).t().requires_grad_() for i in range(row.operands)
    ]
    assert gradcheck(getattr(tt, name), values)
    empty = [tt.zeros((0, 2), dtype=tt.float64, requires_grad=True) for _ in range(row.operands)]
    getattr(tt, name)(*empty).sum().backward()
    assert all(tensor.grad is not None and tensor.grad.shape == (0, 2) for tensor in empty)


IN_PLACE = [name for name in ROWS if hasattr(tt.Tensor, f"{name}_")]


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_gradient(name: str) -> None:
    """The in-place twin has the gradient of the operation, for each of its operands."""
    row = ROWS[name]
    parameters = row.parameters[-1]

    def in_place(first: tt.Tensor, *others: tt.Tensor) -> tt.Tensor:
        own = first * 1
        result = getattr(own, f"{name}_")(*others, **parameters)
        assert result is own
        return own

    values = operands(row, [(2, 3)] * row.operands)
    assert gradcheck(in_place, values, atol=row.tolerance)


@pytest.mark.parametrize("dtype", [tt.float16, tt.bfloat16, tt.float32])
def test_gradient_has_the_dtype_of_its_tensor(dtype: Any) -> None:
    x = tt.ones(3, dtype=dtype, requires_grad=True)
    y = tt.full((3,), 2.0, dtype=tt.float64, requires_grad=True)
    (x * y).sum().backward()
    assert x.grad is not None
    assert x.grad.dtype == dtype
    assert x.grad.tolist() == [2, 2, 2]
    assert y.grad is not None
    assert y.grad.dtype == tt.float64


def gradient(function: Callable[..., tt.Tensor], *values: float) -> list[float]:
    tensors = [tt.tensor(value, dtype=tt.float64, requires_grad=True) for value in values]
    return [g.item() for g in taeda_autograd.grad(function(*tensors), tensors)]


def test_at_edges() -> None:
    """What PyTorch gives where a derivative is a convention."""
    assert gradient(tt.relu, 0.0) == [0]
    assert gradient(tt.abs, 0.0) == [0]
    assert gradient(tt.maximum, 1.0, 1.0) == [0.5, 0.5]
    assert gradient(tt.minimum, 1.0, 1.0) == [0.5, 0.5]
    assert gradient(tt.fmax, 1.0, 1.0) == [1, 0]
    assert gradient(tt.fmax, math.nan, 1.0) == [0, 1]
    assert gradient(tt.pow, 0.0, 0.0) == [0, 0]
    assert gradient(tt.pow, 0.0, 2.0) == [0, 0]
    assert gradient(tt.xlogy, 0.0, 0.0)[0] == 0
    assert gradient(tt.sinc, 0.0) == [0]
    assert gradient(lambda x: tt.hardtanh(x), 1.0) == [0]
    assert gradient(lambda x: tt.relu6(x), 6.0) == [0]
    assert gradient(lambda x: tt.clamp(x, tt.tensor(0.0), tt.tensor(1.0)), 1.0) == [1]
    assert gradient(lambda x: tt.leaky_relu(x, 0.1), 0.0) == [0.1]
    assert gradient(lambda x: tt.nan_to_num(x), math.inf) == [0]


def test_trigamma_against_scipy() -> None:
    special = pytest.importorskip("scipy.special")
    points = np.array([-3.3, -0.5, 0.01, 0.2, 0.5, 1.0, 2.5, 10.0, 100.0])
    x = tt.tensor(points, requires_grad=True)
    tt.digamma(x).sum().backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), special.polygamma(1, points), rtol=1e-12)


@pytest.mark.parametrize("name", ["eq", "lt", "logical_not", "isnan", "signbit", "argmax"])
def test_results_without_derivative_require_no_grad(name: str) -> None:
    x = tt.tensor([1.0, 2.0], requires_grad=True)
    function = getattr(tt, name)
    result = function(x, x) if name in ("eq", "lt") else function(x)
    assert not result.requires_grad
    assert result.grad_fn is None
