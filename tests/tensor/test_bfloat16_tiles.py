"""Products of bfloat16 matrices in the tiles of AMX: each bit, against a model of their order."""

from __future__ import annotations

import ctypes
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import taeda_kernels
import taeda_tensor as tt


def has_tiles() -> bool:
    """Whether processor and system have the registers and the library may ask for them."""
    if sys.platform != "linux" or taeda_kernels.backend_name() != "cpu/v4":
        return False
    return "amx_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8").split()


pytestmark = pytest.mark.skipif(not has_tiles(), reason="the machine has no AMX-BF16")


def test_the_first_product_asks_for_the_registers() -> None:
    tt.ones(1, 1).bfloat16() @ tt.ones(1, 1).bfloat16()
    prctl, get_permission, tile_data = 158, 0x1022, 18
    permitted = ctypes.c_uint64(0)
    failed = ctypes.CDLL(None).syscall(prctl, get_permission, ctypes.byref(permitted))
    assert not failed
    assert permitted.value >> tile_data & 1


BLOCK = 32


def random(*shape: int, seed: int = 0) -> tt.Tensor:
    return tt.tensor(np.random.default_rng(seed).standard_normal(shape)).bfloat16()


def floats(x: tt.Tensor) -> np.ndarray:
    return np.asarray(x.float().numpy())


def sums(a: tt.Tensor, b: tt.Tensor) -> np.ndarray:
    """Products of bfloat16 are exact in float32, so that a sum is rounded once a step."""
    pad = -a.shape[1] % BLOCK
    left, right = np.pad(floats(a), ((0, 0), (0, pad))), np.pad(floats(b), ((0, pad), (0, 0)))
    total = np.zeros((left.shape[0], right.shape[1]), np.float32)
    for start in range(0, left.shape[1], BLOCK):
        even, odd = np.zeros_like(total), np.zeros_like(total)
        for k in range(start, start + BLOCK, 2):
            even += left[:, k, None] * right[k]
            odd += left[:, k + 1, None] * right[k + 1]
        total += even + odd
    return total


def model(a: tt.Tensor, b: tt.Tensor) -> np.ndarray:
    return floats(tt.tensor(sums(a, b)).bfloat16())


def layouts(x: tt.Tensor) -> list[tt.Tensor]:
    """The same matrix with rows along memory, with columns along it, and with gaps."""
    gaps = tt.tensor(np.repeat(np.repeat(floats(x), 2, axis=0), 3, axis=1)).bfloat16()[::2, ::3]
    return [x, x.t().contiguous().t(), gaps]


SHAPES = [
    (1, 1, 1),
    (16, 32, 16),
    (32, 64, 32),
    (33, 65, 33),
    (3, 35, 7),
    (2, 0, 3),
    (17, 31, 300),
    (48, 97, 50),
    (5, 2100, 70),
    (16, 130, 520),
    (70, 1000, 1),
    (1, 1000, 70),
    (600, 40, 20),
    (130, 2049, 65),
    (260, 500, 300),
]


@pytest.mark.parametrize(("m", "k", "n"), SHAPES)
def test_the_order_of_sums(m: int, k: int, n: int) -> None:
    a, b = random(m, k), random(k, n, seed=1)
    expected = model(a, b)
    for left in layouts(a):
        for right in layouts(b):
            assert np.array_equal(floats(left @ right), expected)
            assert np.array_equal(floats(right.t() @ left.t()).T, expected)
            for out in layouts(tt.zeros(m, n).bfloat16()):
                tt.matmul(left, right, out=out)
                assert np.array_equal(floats(out), expected)


def test_rows_alone_and_batches() -> None:
    a, b = random(9, 67, 100), random(9, 100, 75, seed=1)
    for i, item in enumerate(a @ b):
        expected = model(a[i], b[i])
        assert np.array_equal(floats(item), expected)
        for row in (0, 66):
            assert np.array_equal(floats(a[i, row] @ b[i]), expected[row])
        for rows in (slice(20), slice(60, 65), slice(2, 66)):
            assert np.array_equal(floats(a[i, rows] @ b[i]), expected[rows])
        for column in (0, 74):
            assert np.array_equal(floats(a[i] @ b[i, :, column]), expected[:, column])


def test_what_follows_the_sums() -> None:
    x, weight, bias = random(70, 130), random(40, 130, seed=1), random(40, seed=2)
    expected = tt.tensor(sums(x, weight.t()))
    assert np.array_equal(floats(tt.linear(x, weight, bias)), floats((expected + bias).bfloat16()))
    moved = tt.addmm(bias, x, weight.t(), beta=2, alpha=0.5)
    assert np.array_equal(floats(moved), floats((0.5 * expected + 2 * bias).bfloat16()))
    few = tt.linear(x[:3], weight, bias)
    assert np.array_equal(floats(few), floats((expected[:3] + bias).bfloat16()))


def test_any_number_of_threads() -> None:
    a, b = random(300, 2500), random(2500, 200, seed=1)
    whole = floats(a @ b)
    with ThreadPoolExecutor(3) as pool:
        for product in pool.map(lambda _: a @ b, range(6)):
            assert np.array_equal(floats(product), whole)
    for count in (1, 2, 3):
        tt.set_num_threads(count)
        assert np.array_equal(floats(a @ b), whole)


def test_special_values() -> None:
    a, b = floats(random(40, 70)), floats(random(70, 50, seed=1))
    a[3, 65], a[20, 0], b[10, 7], b[69, 33] = np.inf, np.nan, -np.inf, np.nan
    left, right = tt.tensor(a).bfloat16(), tt.tensor(b).bfloat16()
    with np.errstate(invalid="ignore"):
        expected = model(left, right)
    assert np.array_equal(floats(left @ right), expected, equal_nan=True)
    assert np.isfinite(expected).sum() == 38 * 48


def test_subnormal_numbers_count_as_zero() -> None:
    small = tt.tensor([[2.0**-130, 1.0, 2.0**-70]]).bfloat16()
    product = tt.tensor([[2.0**100, 0.0, 2.0**-70]]).bfloat16().t()
    assert (small @ product).item() == 0
    assert (small @ tt.ones(3, 1).bfloat16()).item() == 1
