"""Kernels that work by tiles, on shapes that fill several of them and a part, in every layout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import taeda_tensor as tt
from taeda_autograd import grad
from taeda_tensor.backends import cuda, cudnn

# Sums of products of normal numbers over some hundred terms: float32 rounds each step (about
# 1e-6 of their size), half precision rounds the result once.
TOLERANCES = [(tt.float64, 1e-11), (tt.float32, 2e-4), (tt.float16, 6e-2), (tt.bfloat16, 4e-1)]


@pytest.fixture(autouse=True)
def own_kernels() -> Iterator[None]:
    cuda.preferred_blas_library("own")
    with cudnn.flags(enabled=False):
        yield
    cuda.preferred_blas_library("default")


def array(x: tt.Tensor) -> Any:
    return x.detach().cpu().double().numpy()


def on_device(dtype: Any, *shape: int) -> tt.Tensor:
    return tt.randn(*shape).to("cuda", dtype)


def close(ours: tt.Tensor, expected: Any, tolerance: float) -> None:
    np.testing.assert_allclose(array(ours), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES)
@pytest.mark.parametrize("sizes", [(1, 1, 1), (130, 67, 150), (64, 128, 16), (3, 300, 33)])
def test_matmul(sizes: tuple[int, int, int], dtype: Any, tolerance: float) -> None:
    m, n, k = sizes
    lefts = [on_device(dtype, m, k), on_device(dtype, k, m).t(), on_device(dtype, m, 3 * k)[:, ::3]]
    rights = [on_device(dtype, k, n), on_device(dtype, n, k).t(), on_device(dtype, 2 * k, n)[::2]]
    for a in lefts:
        for b in rights:
            close(a @ b, array(a) @ array(b), tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES)
def test_batches_with_bias(dtype: Any, tolerance: float) -> None:
    a, b, bias = on_device(dtype, 3, 70, 40), on_device(dtype, 3, 40, 65), on_device(dtype, 65)
    close(tt.baddbmm(bias, a, b), array(bias) + array(a) @ array(b), tolerance)


def test_large_tiles() -> None:
    a, b = on_device(tt.float32, 1100, 20), on_device(tt.float32, 20, 2000)
    close(a @ b, array(a) @ array(b), 1e-4)
    # The same bits as by small ones.
    assert ((a @ b)[:40] == a[:40] @ b).all().item()


def test_integers() -> None:
    a, b = tt.randint(-9, 9, (70, 80)), tt.randint(-9, 9, (80, 66))
    assert ((a.cuda() @ b.cuda()).cpu() == a @ b).all().item()


CONVOLUTIONS: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((3, 5, 17, 19), (70, 5, 3, 3), {"padding": 1}),
    ((2, 6, 15, 15), (8, 3, 3, 2), {"stride": 2, "padding": (1, 0), "groups": 2}),
    ((2, 70, 9, 9), (4, 70, 2, 3), {"dilation": (2, 1), "padding": 2}),
    ((5, 3, 1100), (4, 3, 5), {"stride": 3}),
    ((1, 2, 5, 9, 11), (3, 2, 2, 3, 3), {"padding": (0, 1, 1)}),
]


@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES)
@pytest.mark.parametrize("number", range(len(CONVOLUTIONS)))
def test_convolution(number: int, dtype: Any, tolerance: float) -> None:
    shape, weight_shape, options = CONVOLUTIONS[number]
    convolution = getattr(tt._tensor, f"conv{len(shape) - 2}d")
    x, w = on_device(dtype, *shape), on_device(dtype, *weight_shape)
    b = on_device(dtype, weight_shape[0])
    seed = on_device(dtype, *convolution(x, w, b, **options).shape)

    def results(inputs: list[tt.Tensor], seed: tt.Tensor) -> list[tt.Tensor]:
        inputs = [t.detach().requires_grad_() for t in inputs]
        y = convolution(*inputs, **options)
        return [y, *grad([y], inputs, [seed])]

    ours = results([x, w, b], seed)
    expected = results([t.cpu().double() for t in (x, w, b)], seed.cpu().double())
    for mine, theirs in zip(ours, expected, strict=True):
        # A gradient of the weight sums over all positions.
        scale = max(1.0, float(np.abs(array(theirs)).max()))
        close(mine / scale, array(theirs) / scale, tolerance / 4)


def test_padding_that_is_not_finite() -> None:
    x, w = tt.ones(1, 1, 4, 4), tt.full((1, 1, 3, 3), float("inf"))
    on_cpu = tt._tensor.conv2d(x, w, padding=1)
    on_gpu = tt._tensor.conv2d(x.cuda(), w.cuda(), padding=1).cpu()
    np.testing.assert_array_equal(on_gpu.numpy(), on_cpu.numpy())


@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES)
@pytest.mark.parametrize("mask", ["none", "causal", "bool", "float"])
@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (130, 70, 40, 72), (70, 130, 65, 33)])
def test_attention(sizes: tuple[int, ...], mask: str, dtype: Any, tolerance: float) -> None:
    queries, keys, width, value_width = sizes
    tensors = [
        on_device(dtype, 2, queries, width),
        on_device(dtype, 2, keys, width),
        on_device(dtype, 2, keys, value_width),
    ]
    options: dict[str, Any] = {"is_causal": mask == "causal"}
    if mask == "bool":
        options["attn_mask"] = tt.rand(queries, keys).cuda() > 0.5
    if mask == "float":
        options["attn_mask"] = on_device(dtype, 2, queries, keys)
    seed = on_device(dtype, 2, queries, value_width)

    def results(device: str, kind: Any) -> list[tt.Tensor]:
        inputs = [t.to(device, kind).requires_grad_() for t in tensors]
        given = dict(options)
        if "attn_mask" in given:
            given["attn_mask"] = given["attn_mask"].to(device)
        if mask == "float":
            given["attn_mask"] = given["attn_mask"].to(kind)
        y = tt._tensor.scaled_dot_product_attention(*inputs, **given)
        return [y, *grad([y], inputs, [seed.to(device, kind)])]

    for mine, theirs in zip(results("cuda", dtype), results("cpu", tt.float64), strict=True):
        close(mine, array(theirs), tolerance / 4)


@pytest.mark.parametrize("length", [1, 16, 17, 5000])
@pytest.mark.parametrize("name", ["cumsum", "cumprod", "logcumsumexp", "cummax", "cummin"])
def test_scans(name: str, length: int) -> None:
    x = tt.rand(3, length, dtype=tt.float64) + 0.5
    on_cpu = getattr(x, name)(1)
    for there in (x.cuda(), x.t().contiguous().cuda().t()):
        on_gpu = getattr(there, name)(1)
        pairs = (
            [(on_gpu, on_cpu)]
            if isinstance(on_gpu, tt.Tensor)
            else zip(on_gpu, on_cpu, strict=True)
        )
        for mine, theirs in pairs:
            np.testing.assert_allclose(array(mine), array(theirs), rtol=1e-11)


def test_scans_of_many_rows_have_the_same_bits() -> None:
    x = tt.rand(40, 1 << 16).cuda()
    many = x.cumsum(0)
    few = x[:, :50].cumsum(0)
    assert (many[:, :50] == few).all().item()


def test_picks_from_many_pieces() -> None:
    x = tt.randn(600_000)
    there = x.cuda()
    np.testing.assert_array_equal(array(there[there > 1]), array(x[x > 1]))
    assert (there > 2).nonzero().tolist() == (x > 2).nonzero().tolist()
