"""First and second derivatives of the spec rows, and that the rows are complete."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import taeda_tensor as tt
from taeda_autograd import Node, _autograd, grad, gradcheck, gradgradcheck
from taeda_kernels import _kernels
from tests.autograd import test_elementwise_rules as elementwise
from tests.autograd.operations import DERIVATIVES, NO_ROW, ROWS, Case, inputs_of
from tests.kernels import operations as values

CASES = [(name, i) for name, cases in ROWS.items() for i in range(len(cases))]


@pytest.mark.parametrize(("name", "index"), CASES)
def test_derivatives(name: str, index: int) -> None:
    case = ROWS[name][index]
    inputs = inputs_of(case)
    assert gradcheck(case.function, inputs)
    assert gradgradcheck(case.function, inputs)


def outputs_of(case: Case, inputs: list[tt.Tensor]) -> list[tt.Tensor]:
    result = case.function(*inputs)
    return [result] if isinstance(result, tt.Tensor) else list(result)


def gradients_of(case: Case, inputs: list[tt.Tensor], **options: Any) -> list[tt.Tensor]:
    outputs = outputs_of(case, inputs)
    seeds = [0.5 + tt.arange(y.numel(), dtype=y.dtype).reshape(y.shape) / 7 for y in outputs]
    for seed in seeds:
        seed.requires_grad_()
    return list(grad(outputs, inputs, seeds, materialize_grads=True, **options))


# What as_strided takes for elements depends on the memory, and so does a view of other sizes.
LAYOUT_MATTERS = ("as_strided", "view")


@pytest.mark.parametrize(
    ("name", "index"), [(name, i) for name, i in CASES if name not in LAYOUT_MATTERS]
)
def test_derivatives_for_any_layout(name: str, index: int) -> None:
    """Reversed dimensions in memory, and gaps between the elements."""
    case = ROWS[name][index]
    plain = inputs_of(case)
    expected = gradients_of(case, plain)
    strided = []
    for tensor in plain:
        order = tuple(reversed(range(tensor.ndim)))
        wide = tt.stack([tensor.detach().permute(order)] * 2, -1).clone()
        strided.append(wide[..., 1].permute(order).requires_grad_())
    for ours, theirs in zip(gradients_of(case, strided), expected, strict=True):
        # Products may add in another order.
        np.testing.assert_allclose(ours.detach(), theirs.detach(), rtol=1e-12, atol=1e-14)


def names_in_graph(tensors: list[tt.Tensor]) -> set[str]:
    waiting: list[Node | None] = [tensor.grad_fn for tensor in tensors]
    seen: dict[int, Node] = {}
    while waiting:
        node = waiting.pop()
        if node is not None and id(node) not in seen:
            seen[id(node)] = node
            waiting += [following for following, _ in node.next_functions]
    return {node.name() for node in seen.values()}


def node_name(operation: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in operation.split("_")) + "Backward0"


@pytest.mark.parametrize("name", [*ROWS, *DERIVATIVES])
def test_row_runs_its_operation(name: str) -> None:
    """In every case of a row; an operation that is a derivative runs in the first derivative."""
    for case in ROWS[DERIVATIVES.get(name, name)]:
        inputs = inputs_of(case)
        if name not in DERIVATIVES:
            found = names_in_graph(outputs_of(case, inputs))
        else:
            found = names_in_graph(gradients_of(case, inputs, create_graph=True))
        if node_name(name) in found:
            return
    pytest.fail(f"no case of {name} runs it")


def test_every_rule_has_a_row() -> None:
    names = set(tt._tensor._operation_names())
    reasons = _autograd.rules()
    with_rule = {name for name, reason in reasons.items() if reason is None}
    rows = [set(elementwise.ROWS), set(ROWS), set(DERIVATIVES), set(NO_ROW)]
    assert set(reasons) == names
    assert set.union(*rows) == with_rule
    assert sum(map(len, rows)) == len(with_rule), "a row stands in two tables"
    assert all(reason is None or len(reason) > 10 for reason in reasons.values())


def test_every_elementwise_operation_has_values_to_compare_with() -> None:
    assert {operation["name"] for operation in _kernels._operations()} == set(values.ROWS)


# Reached through a function or a notation of another name.
SPELLED = {
    "convolution": "conv2d",
    "transposed_convolution": "conv_transpose2d",
    "index": "index_select",
    "slice": "narrow",
    "triangle": "tril",
    "norm_1": "norm",
    "norm_2": "norm",
    "norm_inf": "norm",
    "pad": "_pad",
    "resample": "_resample",
}


def test_every_operation_has_a_docstring() -> None:
    for name in tt._tensor._operation_names():
        if name.endswith(("_backward", "_gradient")):
            continue  # a derivative: not for users
        spelled = SPELLED.get(name, name)
        known = [getattr(place, spelled, None) for place in (tt, tt.Tensor)]
        assert any(value is not None and value.__doc__ for value in known), name
