"""Puts what a spec row uses on a device: its arguments, and the tensors that its functions know."""

from __future__ import annotations

import types
from typing import Any

import numpy as np

import taeda_tensor as tt


def placed(value: Any, device: str = "cuda", memo: dict[int, Any] | None = None) -> Any:
    """The same with its tensors on the device; functions are made anew around what they capture."""
    memo = {} if memo is None else memo
    if isinstance(value, tt.Tensor):
        moved = value.detach().to(device)
        return moved.requires_grad_() if value.requires_grad else moved
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(placed(part, device, memo) for part in value))
    if isinstance(value, (list, tuple)):
        return type(value)(placed(part, device, memo) for part in value)
    if isinstance(value, dict):
        return {name: placed(part, device, memo) for name, part in value.items()}
    if isinstance(value, types.FunctionType) and value.__module__.startswith("tests."):
        return placed_function(value, device, memo)
    return value


def placed_function(function: types.FunctionType, device: str, memo: dict[int, Any]) -> Any:
    if id(function) in memo:
        return memo[id(function)]
    names = dict(function.__globals__)
    cells = tuple(types.CellType() for _ in function.__closure__ or ())
    copy = types.FunctionType(function.__code__, names, function.__name__, None, cells or None)
    memo[id(function)] = copy  # before what it captures, which may be the function itself
    for name in function.__code__.co_names:
        if name in names:
            names[name] = placed(names[name], device, memo)
    for cell, given in zip(cells, function.__closure__ or (), strict=True):
        cell.cell_contents = placed(given.cell_contents, device, memo)
    copy.__defaults__ = placed(function.__defaults__, device, memo)
    copy.__kwdefaults__ = placed(function.__kwdefaults__, device, memo)
    return copy


def assert_same(ours: Any, theirs: Any, **tolerance: float) -> None:
    """A result of the device against the CPU's: shape, dtype and values."""
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    ours, theirs = ours.detach().cpu(), theirs.detach().cpu()
    if ours.dtype == tt.bfloat16:
        ours, theirs = ours.float(), theirs.float()
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), **tolerance)
