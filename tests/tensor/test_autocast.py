"""Autocast without autograd: which dtype each operation takes, and the switches of the thread."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable

import numpy as np
import pytest

import taeda_tensor as torch
from taeda_tensor import Tensor, autocast

X = torch.tensor(np.random.default_rng(0).standard_normal((4, 4)), dtype=torch.float32)
IMAGE, FILTER = X.reshape(1, 1, 4, 4), X[:2, :2].reshape(1, 1, 2, 2)
HALF = X.bfloat16()
CLASSES = torch.tensor([0, 1, 2, 3])
VECTOR = X[0]

LOWER: dict[str, Callable[[], Tensor]] = {
    "matmul": lambda: X @ X,
    "mm": lambda: torch.mm(X, X),
    "bmm": lambda: torch.bmm(X[None], X[None]),
    "addmm": lambda: torch.addmm(VECTOR, X, HALF),
    "baddbmm": lambda: torch.baddbmm(X[None], X[None], X[None]),
    "linear": lambda: torch.linear(HALF, X, VECTOR),
    "einsum": lambda: torch.einsum("ij,jk->ik", X, X),
    "conv2d": lambda: torch.conv2d(IMAGE, FILTER),
    "conv2d of mixed dtypes": lambda: torch.conv2d(IMAGE.bfloat16(), FILTER),
    "conv_transpose2d": lambda: torch.conv_transpose2d(IMAGE, FILTER),
    "attention": lambda: torch.scaled_dot_product_attention(X, HALF, X),
    "attention with a mask": lambda: torch.scaled_dot_product_attention(X, X, X, X),
    "attention with dropout": lambda: torch.scaled_dot_product_attention(X, X, X, None, 0.5),
}
FLOAT32: dict[str, Callable[[], Tensor]] = {
    "cross_entropy": lambda: torch.cross_entropy(HALF, CLASSES),
    "weighted cross_entropy": lambda: torch.cross_entropy(HALF, CLASSES, VECTOR.abs()),
    "cross_entropy of probabilities": lambda: torch.cross_entropy(HALF, HALF.softmax(1)),
    "nll_loss": lambda: torch.nll_loss(HALF, CLASSES),
    "prod": lambda: HALF.prod(),
    "cdist": lambda: torch.cdist(HALF, HALF),
    "quantile": lambda: HALF.quantile(0.5),
    "trace": lambda: HALF.trace(),
    "svdvals": lambda: torch.linalg.svdvals(HALF),
    "add, by promotion": lambda: HALF + X,
    "cat, by promotion": lambda: torch.cat([HALF, X]),
}
AS_THEY_ARE: dict[str, Callable[[], Tensor]] = {
    "relu": lambda: HALF.relu(),
    "softmax": lambda: HALF.softmax(1),
    "exp": lambda: HALF.exp(),
    "sum": lambda: HALF.sum(),
    "layer_norm": lambda: torch.layer_norm(HALF, (4,), VECTOR, VECTOR),
    "a view": lambda: HALF.T,
}


@pytest.mark.parametrize("name", LOWER)
def test_products_are_in_the_lower_precision(name: str) -> None:
    with autocast("cpu"):
        assert LOWER[name]().dtype is torch.bfloat16
    with autocast("cpu", dtype=torch.float16):
        assert LOWER[name]().dtype is torch.float16 or "bfloat16" in name


@pytest.mark.parametrize("name", FLOAT32)
def test_losses_are_in_float32(name: str) -> None:
    with autocast("cpu"):
        assert FLOAT32[name]().dtype is torch.float32


@pytest.mark.parametrize("name", AS_THEY_ARE)
def test_others_take_what_they_are_given(name: str) -> None:
    with autocast("cpu"):
        assert AS_THEY_ARE[name]().dtype is torch.bfloat16


def test_a_product_is_that_of_the_rounded_factors() -> None:
    with autocast("cpu"):
        product = X @ X
    assert torch.equal(product, HALF @ HALF)


def test_doubles_and_integers_stay() -> None:
    with autocast("cpu"):
        assert (X.double() @ X.double()).dtype is torch.float64
        assert (CLASSES @ CLASSES).dtype is torch.int64
        assert torch.cross_entropy(X.double(), CLASSES).dtype is torch.float64
        assert HALF.prod(dtype=torch.float64).dtype is torch.float64


def test_writes_into_what_is_given_keep_its_dtype() -> None:
    out = torch.empty(4, 4)
    with autocast("cpu"):
        torch.mm(X, X, out=out)
    assert torch.equal(out, X @ X)
    with autocast("cpu"), pytest.raises(RuntimeError, match="same dtype"):
        torch.mm(X, HALF, out=out)


def test_contexts_nest_and_restore() -> None:
    assert not torch.is_autocast_enabled("cpu")
    with autocast("cpu", dtype=torch.float16):
        assert torch.is_autocast_enabled("cpu")
        assert torch.get_autocast_dtype("cpu") is torch.float16
        with autocast("cpu", enabled=False, cache_enabled=False):
            assert not torch.is_autocast_enabled("cpu")
            assert not torch.is_autocast_cache_enabled()
            assert (X @ X).dtype is torch.float32
        assert torch.is_autocast_cache_enabled()
        assert (X @ X).dtype is torch.float16
        with autocast("cpu"):
            assert (X @ X).dtype is torch.float16
    assert not torch.is_autocast_enabled("cpu")
    assert torch.get_autocast_dtype("cpu") is torch.bfloat16


def test_an_error_ends_the_context() -> None:
    with pytest.raises(ZeroDivisionError), autocast("cpu"):
        _ = 1 / 0
    assert not torch.is_autocast_enabled("cpu")


def test_one_context_can_be_used_again_and_within_itself() -> None:
    context = autocast("cpu")
    for _ in range(2):
        with context, context:
            assert (X @ X).dtype is torch.bfloat16
        assert not torch.is_autocast_enabled("cpu")


def test_decorator() -> None:
    @autocast("cpu")
    def product(depth: int) -> Tensor:
        return product(depth - 1) if depth else X @ X

    assert product(3).dtype is torch.bfloat16
    assert not torch.is_autocast_enabled("cpu")
    with pytest.raises(
        TypeError, match=r"autocast\(\)\(func\) requires a callable, but got Tensor"
    ):
        autocast("cpu")(X)


def test_each_thread_has_its_own() -> None:
    seen: list[bool] = []
    with autocast("cpu"):
        thread = threading.Thread(target=lambda: seen.append(torch.is_autocast_enabled("cpu")))
        thread.start()
        thread.join()
    assert seen == [False]


def test_switches() -> None:
    torch.set_autocast_enabled("cpu", True)
    try:
        torch.set_autocast_dtype("cpu", torch.float16)
        assert torch.is_autocast_cpu_enabled()
        assert torch.get_autocast_cpu_dtype() is torch.float16
        assert (X @ X).dtype is torch.float16
    finally:
        torch.set_autocast_cpu_enabled(False)
        torch.set_autocast_cpu_dtype(torch.bfloat16)
    assert (X @ X).dtype is torch.float32
    assert not torch.is_autocast_enabled()
    assert torch.get_autocast_gpu_dtype() is torch.float16


def test_wrong_arguments() -> None:
    with pytest.raises(RuntimeError, match="unsupported autocast device_type 'tpu'"):
        autocast("tpu")
    with pytest.raises(ValueError, match="Expected `device_type` of type `str`, got"):
        autocast(torch.device("cpu"))  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="takes a floating-point dtype, got int64"):
        torch.set_autocast_dtype("cpu", torch.int64)
    with pytest.raises(RuntimeError, match='unknown device type "tpu"'):
        torch.get_autocast_dtype("tpu")
    with pytest.raises(TypeError, match="takes a device type"):
        torch.set_autocast_enabled("cpu")


def test_what_cannot_be_used_is_warned_of_and_off() -> None:
    with pytest.warns(UserWarning, match="the target dtype is not supported. Disabling autocast"):
        context = autocast("cpu", dtype=torch.float64)
    with context:
        assert not torch.is_autocast_enabled("cpu")
    if not torch.cuda.is_available():
        with pytest.warns(UserWarning, match="CUDA is not available. Disabling autocast"):
            context = autocast("cuda")
        with context:
            assert not torch.is_autocast_enabled("cuda")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        autocast("cuda", enabled=False)


def test_every_row_of_the_lists_is_an_operation() -> None:
    names = """
    acos addmm asin convolution cosh cross_entropy cumprod cumsum erfinv exp expm1 group_norm
    layer_norm linear log log10 log1p log2 log_softmax logsumexp matmul nll_loss norm_1 norm_2
    norm_inf pow pow_scalar prod reciprocal rsqrt scaled_dot_product_attention scatter sinh softmax
    softplus square sum tan transposed_convolution
    """
    assert sorted(torch._tensor._autocast_operations()) == sorted(names.split())
