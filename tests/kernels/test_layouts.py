"""The elementwise engine on every layout, size and mixture of dtypes."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import taeda_kernels

Array = np.ndarray[Any, Any]

BLOCKS = (0, 1, 2, 7, 8, 9, 31, 63, 64, 65, 1023, 1024, 1025, 32767, 32768, 32769, 70001)


def layouts(shape: tuple[int, int], dtype: str) -> dict[str, Array]:
    """Arrays of one shape and different strides, all with different values."""
    random = np.random.default_rng(11)
    rows, columns = shape

    def fresh(*size: int) -> Array:
        values: Array = random.uniform(-50, 50, size)
        if dtype == "bool":
            return values > 0
        return np.abs(values).astype(dtype) if dtype == "uint8" else values.astype(dtype)

    return {
        "contiguous": fresh(rows, columns),
        "transposed": fresh(columns, rows).T,
        "strided": fresh(rows, 2 * columns)[:, ::2],
        "skipping": fresh(3 * rows, columns)[::3],
        "negative": fresh(rows, columns)[::-1, ::-1],
        "mirrored": fresh(columns, rows).T[::-1],
        "row": np.broadcast_to(fresh(columns), shape),
        "column": np.broadcast_to(fresh(rows, 1), shape),
        "scalar": np.broadcast_to(fresh(), shape),
    }


SHAPES = [
    (1, 1),
    (3, 5),
    (17, 64),
    (200, 20),
    (90, 49),
    (5, 1500),
    (300, 130),
    (2000, 3),
    (1, 5000),
    (5000, 1),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_binary_layouts(shape: tuple[int, int]) -> None:
    left, right = layouts(shape, "float32"), layouts(shape, "float32")
    outs = {
        name: array for name, array in layouts(shape, "float32").items() if array.flags.writeable
    }
    for (x_name, x), (y_name, y) in itertools.product(left.items(), right.items()):
        wanted = x - y
        np.testing.assert_array_equal(taeda_kernels.sub(x, y), wanted)
        for out_name, out in outs.items():
            assert taeda_kernels.sub(x, y, out=out) is out
            np.testing.assert_array_equal(out, wanted, err_msg=f"{x_name} {y_name} {out_name}")


@pytest.mark.parametrize("shape", [(3, 5), (40, 70), (90, 49), (300, 130), (2000, 3)])
@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "int64", "float16", "float64"])
def test_mixed_dtypes(shape: tuple[int, int], dtype: str) -> None:
    for (x_name, x), (y_name, y) in itertools.product(
        layouts(shape, dtype).items(), layouts(shape, "float32").items()
    ):
        result = taeda_kernels.mul(x, y)
        wide = np.float64 if dtype == "float64" else np.float32
        np.testing.assert_array_equal(
            result, x.astype(wide) * y.astype(wide), err_msg=f"{x_name} {y_name}"
        )
        np.testing.assert_array_equal(taeda_kernels.lt(x, y), x.astype(wide) < y.astype(wide))


@pytest.mark.parametrize("shape", [(4, 6), (70, 200)])
def test_ternary_layouts(shape: tuple[int, int]) -> None:
    conditions, left, right = (layouts(shape, dtype) for dtype in ("bool", "float64", "float32"))
    for condition, x, y in itertools.product(
        conditions.values(), left.values(), list(right.values())[:4]
    ):
        np.testing.assert_array_equal(
            taeda_kernels.where(condition, x, y), np.where(condition, x, y.astype(np.float64))
        )


@pytest.mark.parametrize("size", BLOCKS)
@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "int32", "int64", "uint8", "bool", "float16"]
)
def test_sizes_around_the_blocks(size: int, dtype: str) -> None:
    x = (np.arange(size) % 50).astype(dtype)
    y = (np.arange(size) % 7).astype(dtype)
    np.testing.assert_array_equal(taeda_kernels.add(x, y), (x + y).astype(dtype))
    np.testing.assert_array_equal(taeda_kernels.lt(x, y), x < y)
    np.testing.assert_array_equal(taeda_kernels.add(x, y.reshape(1, 1, -1)).ravel(), x + y)
    double = np.zeros(2 * size, dtype)
    taeda_kernels.add(x, y, out=double[::2])
    np.testing.assert_array_equal(double[::2], x + y)
    assert not double[1::2].any()


@pytest.mark.parametrize("size", [1, 100, 1024, 40000])
@pytest.mark.parametrize("dtype", ["float32", "int32", "int64", "uint8"])
def test_in_place(size: int, dtype: str) -> None:
    x = (np.arange(size) % 100).astype(dtype)
    wanted = x + x
    taeda_kernels.add(x, x, out=x)
    np.testing.assert_array_equal(x, wanted)
    strided = np.arange(3 * size).astype(dtype)
    expected = strided.copy()
    expected[::3] += 5
    taeda_kernels.add(strided[::3], 5, out=strided[::3])
    np.testing.assert_array_equal(strided, expected)
    square = np.random.default_rng(0).integers(0, 50, (30, 40)).astype(dtype).T
    wanted = square * square
    taeda_kernels.mul(square, square, out=square)
    np.testing.assert_array_equal(square, wanted)


def test_same_bits_with_any_number_of_threads() -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=(301, 1003)).astype(np.float32)
    y = random.normal(size=(1003, 301)).astype(np.float32).T
    results = []
    for threads in (1, 2, 5):
        taeda_kernels.set_num_threads(threads)
        results.append(
            [
                taeda_kernels.pow(taeda_kernels.abs(x), y),
                taeda_kernels.gelu(x),
                taeda_kernels.atan2(y, x[::-1]),
                taeda_kernels.lt(x, y[0]),
            ]
        )
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(a.view(np.uint8), b.view(np.uint8))


def test_many_dimensions() -> None:
    random = np.random.default_rng(4)
    x = random.normal(size=(2, 3, 1, 4, 1, 5, 2))
    y = random.normal(size=(3, 6, 1, 7, 5, 1))
    np.testing.assert_array_equal(taeda_kernels.add(x, y), x + y)
    order = (6, 2, 0, 5, 1, 4, 3)
    z = x.transpose(order)
    np.testing.assert_array_equal(taeda_kernels.neg(z), -z)
    deep = np.ones((1,) * 60 + (2, 3))
    np.testing.assert_array_equal(taeda_kernels.add(deep, deep), deep + deep)


def test_copy_converts_and_broadcasts() -> None:
    names = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
    values = np.array([0, 1, 2, 3, 100, 127, 0, 5] * 77)
    for source, target in itertools.product(names, names):
        x = values.astype(source)
        for view in (x, x[::3], x[::-1], x.reshape(8, 77).T):
            out = np.empty(view.shape, target)
            taeda_kernels.copy(out, view)
            np.testing.assert_array_equal(out, view.astype(target), err_msg=f"{source} {target}")
            strided = np.zeros((*view.shape, 2), target)
            taeda_kernels.copy(strided[..., 1], view)
            np.testing.assert_array_equal(strided[..., 1], view.astype(target))
    for target in names:
        out = np.empty((70, 90), target)
        taeda_kernels.copy(out, 1)
        assert (out == np.ones((), target)).all()
        taeda_kernels.copy(out, np.arange(90) % 2)
        np.testing.assert_array_equal(out, np.broadcast_to(np.arange(90) % 2, (70, 90)))


@pytest.mark.parametrize("dtype", ["bool", "int16", "float32", "float64", "int64"])
@pytest.mark.parametrize("shape", [(1, 1), (7, 9), (32, 32), (33, 65), (300, 500), (1024, 64)])
def test_copy_transposed(shape: tuple[int, int], dtype: str) -> None:
    x = np.random.default_rng(1).integers(0, 2 if dtype == "bool" else 99, shape).astype(dtype)
    out = np.empty(shape[::-1], dtype)
    taeda_kernels.copy(out, x.T)
    np.testing.assert_array_equal(out, x.T)
    stack = np.random.default_rng(2).integers(0, 2, (3, *shape, 2)).astype(dtype)
    moved = stack.transpose(3, 2, 0, 1)
    out = np.empty(moved.shape, dtype)
    taeda_kernels.copy(out, moved)
    np.testing.assert_array_equal(out, moved)
    taeda_kernels.copy(out[:, ::-1], moved)
    np.testing.assert_array_equal(out[:, ::-1], moved)


def test_floats_become_integers_towards_zero() -> None:
    x = np.array([1.9, -1.9, 2.5e9, -0.5, 127.99])
    out = np.empty(5, np.int64)
    taeda_kernels.copy(out, x)
    np.testing.assert_array_equal(out, [1, -1, 2_500_000_000, 0, 127])
    # What int64 does not hold becomes its smallest value, never undefined behaviour.
    taeda_kernels.copy(out, np.array([np.nan, np.inf, -np.inf, 1e30, -1e30]))
    np.testing.assert_array_equal(out, [np.iinfo(np.int64).min] * 5)


def test_half_rounds_to_nearest_even() -> None:
    x = np.concatenate(
        [
            np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32),
            np.random.default_rng(0).normal(size=5000).astype(np.float32) * 1e-6,
            np.float32([65519.0, 65520.0, 1e6, 5.96e-8, 2.98e-8, 2.99e-8]),
        ]
    )
    out = np.empty(x.shape, np.float16)
    taeda_kernels.copy(out, x)
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(out, x.astype(np.float16))
    back = np.empty(x.shape, np.float32)
    taeda_kernels.copy(back, out)
    np.testing.assert_array_equal(back, out.astype(np.float32))


@pytest.mark.parametrize("width", [2, 3, 7, 16, 17, 33, 63, 64, 101, 1000, 17000])
def test_many_rows(width: int) -> None:
    """Rows gathered by whole vectors or met where they lie, beside rows and columns that repeat."""
    random = np.random.default_rng(width)
    rows = min(5003, 500_009 // width)
    for dtype in ("float32", "float64", "int32", "int16"):
        x = random.uniform(1, 50, (rows, width)).astype(dtype)
        others = {
            "row": np.broadcast_to(random.uniform(1, 50, width).astype(dtype), x.shape),
            "column": np.broadcast_to(random.uniform(1, 50, (rows, 1)).astype(dtype), x.shape),
            "cut": random.uniform(1, 50, (rows, width + 3)).astype(dtype)[:, :width],
            "strided": random.uniform(1, 50, (rows, 2 * width)).astype(dtype)[:, ::2],
        }
        for name, other in others.items():
            wanted = x - other
            np.testing.assert_array_equal(taeda_kernels.sub(x, other), wanted, name)
            out = np.zeros((rows, width + 1), dtype)
            taeda_kernels.sub(x, other, out=out[:, :width])
            np.testing.assert_array_equal(out[:, :width], wanted, name)
            assert not out[:, width].any()  # nothing is written beyond a row
    deep = random.uniform(1, 50, (7, 1, 300, width)).astype("float32")
    wide = random.uniform(1, 50, (1, 5, 1, width)).astype("float32")
    np.testing.assert_array_equal(taeda_kernels.add(deep, wide), deep + wide)


def test_results_larger_than_the_caches() -> None:
    """They are stored past the caches: with the same bits, at any address, nothing beside them."""
    count = (9 << 20) + 5  # more than 32 MiB of float32
    x = np.random.default_rng(3).standard_normal(count, np.float32)
    memory = np.zeros(count + 64, np.float32)
    for shift in (0, 1, 19):
        out = memory[shift : shift + count]
        taeda_kernels.exp(x, out=out)
        for start in (0, 4096, count - 5000):
            part = slice(start, start + 5000)
            np.testing.assert_array_equal(out[part], taeda_kernels.exp(x[part]))
        np.testing.assert_array_equal(taeda_kernels.add(x, out[::-1]), x + out[::-1])
        taeda_kernels.copy(out, x)
        np.testing.assert_array_equal(out, x)
        taeda_kernels.exp(x, out=out)
        assert memory[shift + count] == 0
    taeda_kernels.set_num_threads(1)
    np.testing.assert_array_equal(taeda_kernels.exp(x), out)
    rows = x[: 9 << 20].reshape(-1, 1 << 10)
    total = taeda_kernels.add(rows, rows[:1])
    np.testing.assert_array_equal(total[-3:], rows[-3:] + rows[:1])
    kept = x[-100:].copy()
    taeda_kernels.mul(x, np.float32(2), out=x)
    np.testing.assert_array_equal(x[-100:], kept * 2)


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "float64"])
def test_operands_across_the_memory_of_the_result(dtype: str) -> None:
    random = np.random.default_rng(7)

    def fresh(*shape: int) -> Array:
        values: Array = random.integers(0, 8, shape).astype(dtype)
        return values

    outer = fresh(60, 70, 50), fresh(50, 60, 70).transpose(1, 2, 0), fresh(70, 50, 60)
    cases = [
        (fresh(300, 401), fresh(401, 300).T),
        (fresh(300, 401).T, fresh(401, 300)),
        (fresh(3, 40, 90, 70), fresh(3, 90, 70, 40).transpose(0, 3, 1, 2)),
        (fresh(3, 90, 70, 3), fresh(3, 3, 90, 70).transpose(0, 2, 3, 1)),
        (fresh(5, 100, 120), np.broadcast_to(fresh(120, 100).T, (5, 100, 120))),
    ]
    for x, y in cases:
        np.testing.assert_array_equal(taeda_kernels.mul(x, y), x * y)
    x, y, z = outer[0], outer[1], outer[2].transpose(2, 0, 1)
    np.testing.assert_array_equal(taeda_kernels.add(x, y, out=np.empty_like(x)), x + y)
    out = np.empty_like(x)
    np.testing.assert_array_equal(taeda_kernels.where(x > 3, y, z, out=out), np.where(x > 3, y, z))


@pytest.mark.parametrize("rows", [2048, 2100])
def test_large_operands_across_the_memory_of_the_result(rows: int) -> None:
    x = np.arange(rows * 2103, dtype="float32").reshape(rows, 2103)
    y = np.arange(2103 * rows, dtype="float32").reshape(2103, rows)
    np.testing.assert_array_equal(taeda_kernels.add(x, y.T), x + y.T)
    np.testing.assert_array_equal(taeda_kernels.sub(x.T, y), x.T - y)


def test_logic_on_bytes() -> None:
    """Any byte but zero counts as true."""
    random = np.random.default_rng(5)
    raw = random.integers(0, 4, (2, 1001), np.uint8)
    x, y = raw.view(np.bool_)
    truth = raw != 0
    cases = {
        "bitwise_and": truth[0] & truth[1],
        "bitwise_or": truth[0] | truth[1],
        "bitwise_xor": truth[0] ^ truth[1],
        "logical_and": truth[0] & truth[1],
        "logical_or": truth[0] | truth[1],
        "logical_xor": truth[0] ^ truth[1],
        "eq": truth[0] == truth[1],
        "ne": truth[0] != truth[1],
    }
    for name, wanted in cases.items():
        for step in (1, 3):
            result = getattr(taeda_kernels, name)(x[::step], y[::step])
            np.testing.assert_array_equal(result.view(np.uint8), wanted[::step].view(np.uint8))
    for name in ("bitwise_not", "logical_not"):
        result = getattr(taeda_kernels, name)(x)
        np.testing.assert_array_equal(result.view(np.uint8), (~truth[0]).view(np.uint8))
