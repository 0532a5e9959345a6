"""Copies between layouts: transposed, reversed, with short rows, of every size of element."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import taeda_kernels as tk
from tests.kernels.arrays import DTYPES, Array, fresh, layouts, same_bits

# Around whole cache lines of each size of element, few columns, short rows, and beyond one task.
SHAPES: list[tuple[int, ...]] = [
    (1, 1),
    (8, 3),
    (64, 64),
    (65, 63),
    (130, 17),
    (3, 300),
    (5, 4, 40),
    (2, 3, 4, 5),
    (300, 257),
]


def copy(x: Array) -> Array:
    result: Array = tk.cast(x, x.dtype, out=np.empty(x.shape, x.dtype))
    return result


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_orders_of_dimensions(shape: tuple[int, ...], dtype: str) -> None:
    for x in layouts(shape, dtype).values():
        for order in itertools.permutations(range(len(shape))):
            same_bits(copy(x.transpose(order)), np.ascontiguousarray(x.transpose(order)))


@pytest.mark.parametrize("dtype", ["uint8", "float16", "int32", "float64"])
def test_steps_and_repeats(dtype: str) -> None:
    x = fresh((40, 90), dtype)
    for view in (x[:, ::-1], x[::-1], x[::-1, ::-1], x[:, ::2], x[:, ::3], x[::2, 1::2]):
        same_bits(copy(view), np.ascontiguousarray(view))
    for count in (2, 3, 4, 5, 70):
        view = np.broadcast_to(x[:, :, None], (*x.shape, count))
        same_bits(copy(view), np.ascontiguousarray(view))
        part = x[:, :count]
        same_bits(copy(part), np.ascontiguousarray(part))


def test_large_arrays_with_any_number_of_threads() -> None:
    x = fresh((1100, 1030), "float32")
    for count in (1, 2, 3):
        tk.set_num_threads(count)
        same_bits(copy(x.T), np.ascontiguousarray(x.T))
        same_bits(copy(x[:, ::-1]), np.ascontiguousarray(x[:, ::-1]))
        same_bits(copy(x[:, :7]), np.ascontiguousarray(x[:, :7]))


@pytest.mark.parametrize("dtype", ["float32", "int16"])
@pytest.mark.parametrize("rows", [3008, 3001])  # lines that the result's rows start at, or not
def test_transposes_larger_than_the_caches(dtype: str, rows: int) -> None:
    x: Array = np.random.default_rng(0).integers(-9999, 9999, (rows, 4203)).astype(dtype)
    same_bits(copy(x.T), np.ascontiguousarray(x.T))
    planes = x[:, :4200].reshape(rows, 60, 70).transpose(0, 2, 1)
    same_bits(copy(planes), np.ascontiguousarray(planes))
