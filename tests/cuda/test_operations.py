"""Every spec row on the device against the CPU: values and first derivatives."""

from __future__ import annotations

from typing import Any

import pytest

import taeda_tensor as tt
from taeda_autograd import grad
from taeda_kernels import _kernels
from tests.autograd.operations import ROWS, Case, inputs_of
from tests.cuda.placed import assert_same, placed

CASES = [(name, i) for name, cases in ROWS.items() for i in range(len(cases))]


def outputs_of(case: Case, inputs: list[tt.Tensor]) -> list[tt.Tensor]:
    result: Any = case.function(*inputs)
    return [result] if isinstance(result, tt.Tensor) else list(result)


def run(case: Case, inputs: list[tt.Tensor]) -> tuple[list[tt.Tensor], list[tt.Tensor]]:
    outputs = outputs_of(case, inputs)
    seeds = [
        (0.5 + tt.arange(y.numel(), dtype=y.dtype).reshape(y.shape) / 7).to(y.device)
        for y in outputs
    ]
    return outputs, list(grad(outputs, inputs, seeds, materialize_grads=True))


@pytest.mark.parametrize(("name", "index"), CASES)
def test_row(name: str, index: int) -> None:
    case = ROWS[name][index]
    inputs = inputs_of(case)
    expected, expected_grads = run(case, inputs)
    there = placed(case)
    try:
        outputs, grads = run(there, placed(inputs))
    except RuntimeError as error:
        if "all tensors must be on one device" not in str(error):
            raise
        pytest.skip("the row makes a tensor of its own on the CPU")
    for ours, theirs in zip([*outputs, *grads], [*expected, *expected_grads], strict=True):
        # Sums in another order, functions of another library.
        assert_same(ours, theirs, rtol=1e-10, atol=1e-12)


FLOATS = ("float32", "float64", "float16", "bfloat16")
INTEGERS = ("bool", "uint8", "int8", "int16", "int32", "int64")
# Relative: a few units in the last place, of unlike libraries of functions.
RTOL = {"float32": 2e-5, "float64": 1e-11, "float16": 2e-3, "bfloat16": 1.6e-2}
FACTS = {facts["name"]: facts for facts in _kernels._operations()}


def operands_of(name: str, dtype: str) -> list[tt.Tensor]:
    """Numbers where functions of (0, 1) are defined, and others: NaN is as good as a value."""
    operands = []
    for _ in range(FACTS[name]["arity"]):
        if dtype in FLOATS:
            values = tt.cat([tt.rand(4, 300) * 0.9 + 0.05, tt.randn(4, 300) * 3])
        else:
            values = tt.randint(1, 7, (8, 300)).float()
        operands.append(values.to(getattr(tt, dtype)))
    return operands


def layouts(operands: list[tt.Tensor]) -> list[list[tt.Tensor]]:
    """As they are, from an odd place on, with gaps, broadcast, and with nothing in them."""
    first, *others = operands
    numbers = [first, *(tt.tensor(x[0, 0].item(), dtype=x.dtype) for x in others)]
    return [
        operands,
        [x.reshape(-1)[1:] for x in operands],  # no gaps, but not where packs of elements start
        [x[:, ::3].t() for x in operands],
        [first, *(x[:1] for x in others)],
        numbers,
        [x[:0] for x in operands],
    ]


@pytest.mark.parametrize("dtype", FLOATS + INTEGERS)
@pytest.mark.parametrize("name", FACTS)
def test_elementwise(name: str, dtype: str) -> None:
    function = getattr(tt, name, None) or getattr(tt._tensor, name)
    keywords = {
        text.split("=")[0]: 0.75
        for text in FACTS[name]["parameters"].split(", ")
        if text and "=" not in text
    }
    for operands in layouts(operands_of(name, dtype)):
        there = [x if x.dim() == 0 else placed(x) for x in operands]
        try:
            expected = function(*operands, **keywords)
        except (RuntimeError, TypeError, NotImplementedError) as error:
            # What the CPU refuses the device refuses too.
            with pytest.raises(type(error)):
                function(*there, **keywords)
            continue
        ours = function(*there, **keywords)
        name_of_dtype = str(expected.dtype).rpartition(".")[2]
        rtol = RTOL.get(name_of_dtype, 0)
        assert_same(ours, expected, rtol=rtol, atol=rtol)
