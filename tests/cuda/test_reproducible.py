"""The same bits run after run, and without the maker's libraries for any slice of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import taeda_tensor as tt
from taeda_tensor.backends import cuda, cudnn


@pytest.fixture
def own_kernels() -> Iterator[None]:
    cuda.preferred_blas_library("own")
    with cudnn.flags(enabled=False):
        yield
    cuda.preferred_blas_library("default")


def attend(x: tt.Tensor) -> tt.Tensor:
    heads = x.reshape(x.shape[0], -1, 8)
    return tt._tensor.scaled_dot_product_attention(heads, heads, heads, is_causal=True)


def convolve(x: tt.Tensor) -> tt.Tensor:
    tt.manual_seed(5)
    weight = tt.randn(3, 2, 3, 3).to("cuda", x.dtype)
    return tt._tensor.conv2d(x.reshape(x.shape[0], 2, 12, 12), weight, padding=1)


def multiply(x: tt.Tensor) -> tt.Tensor:
    tt.manual_seed(6)
    return x @ tt.randn(288, 70).to("cuda", x.dtype)


CASES: dict[str, Callable[[tt.Tensor], Any]] = {
    "matmul": multiply,
    "convolution": convolve,
    "attention": attend,
    "softmax": lambda x: x.softmax(1),
    "sum": lambda x: x.sum(1),
    "cumsum": lambda x: x.cumsum(1),
    "logcumsumexp": lambda x: x.logcumsumexp(1),
}
DTYPES = [tt.float32, tt.float64, tt.bfloat16, tt.float16]


def images(dtype: Any) -> tt.Tensor:
    tt.manual_seed(4)
    return tt.randn(150, 288).to("cuda", dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CASES)
def test_run_after_run(name: str, dtype: Any) -> None:
    first, second = (CASES[name](images(dtype)).cpu() for _ in range(2))
    assert (first == second).all().item()


@pytest.mark.usefixtures("own_kernels")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CASES)
def test_any_slice_of_a_batch(name: str, dtype: Any) -> None:
    x = images(dtype)
    whole = CASES[name](x).cpu()
    for start, end in ((0, 1), (7, 9), (20, 150)):
        assert (CASES[name](x[start:end]).cpu() == whole[start:end]).all().item()


@pytest.mark.parametrize("dtype", [tt.float32, tt.float64, tt.bfloat16, tt.float16, tt.int32])
@pytest.mark.parametrize("shape", [(300, 40), (17, 33), (70, 3, 64), (40000, 32)])
def test_columns_have_the_bits_of_rows(shape: tuple[int, ...], dtype: Any) -> None:
    tt.manual_seed(0)
    x = (tt.randn(shape) * 20).to("cuda", dtype)
    rows = x.movedim(0, -1).contiguous()
    for name in ("sum", "mean", "amax"):
        if name == "mean" and dtype is tt.int32:
            continue
        ours, theirs = getattr(x, name)(0), getattr(rows, name)(-1)
        assert (ours == theirs).all(), name
