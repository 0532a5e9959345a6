"""Autocast under the tape: casts are recorded, those of parameters once."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import taeda_autograd
import taeda_tensor as torch
from taeda_autograd import Function
from taeda_tensor import Tensor, autocast
from taeda_tensor.amp import custom_bwd, custom_fwd


@pytest.fixture
def weight() -> Tensor:
    torch.manual_seed(0)
    return torch.randn(5, 4).requires_grad_()


def test_gradients_have_the_dtype_of_the_parameters(weight: Tensor) -> None:
    x = torch.randn(3, 4, requires_grad=True)
    with autocast("cpu"):
        y = torch.linear(x, weight)
    y.backward(torch.ones_like(y))
    assert y.dtype is torch.bfloat16
    assert x.grad is not None
    assert x.grad.dtype is torch.float32
    assert weight.grad is not None
    assert weight.grad.dtype is torch.float32
    # What the casts by hand give.
    a, b = (t.detach().requires_grad_() for t in (x, weight))
    z = torch.linear(a.bfloat16(), b.bfloat16())
    z.backward(torch.ones_like(z))
    assert torch.equal(y, z)
    assert torch.equal(x.grad, a.grad)
    assert torch.equal(weight.grad, b.grad)


def casts_of(result: Tensor) -> list[Any]:
    """The nodes of the casts that lead to a product, held so that no other is taken for them."""
    node: Any = result.grad_fn
    return [edge for edge, _ in node.next_functions if edge is not None]


def test_a_parameter_is_cast_once(weight: Tensor) -> None:
    x = torch.ones(3, 4)
    with autocast("cpu"):
        first, second = torch.linear(x, weight), torch.linear(x, weight)
        third = torch.linear(x, weight)
    assert casts_of(first) == casts_of(second) == casts_of(third)
    with autocast("cpu"):
        assert casts_of(torch.linear(x, weight)) != casts_of(first)
    (first + second).sum().backward()
    assert weight.grad is not None
    assert torch.equal(weight.grad, torch.full((5, 4), 6.0))


def test_a_parameter_is_cast_each_time_without_the_cache(weight: Tensor) -> None:
    x = torch.ones(3, 4)
    with autocast("cpu", cache_enabled=False):
        first, second = torch.linear(x, weight), torch.linear(x, weight)
    assert casts_of(first) != casts_of(second)


def test_a_cast_without_the_tape_is_not_taken_with_it(weight: Tensor) -> None:
    x = torch.ones(3, 4)
    with autocast("cpu"):
        with torch.no_grad():
            torch.linear(x, weight)
        y = torch.linear(x, weight)
    y.sum().backward()
    assert weight.grad is not None


def test_a_parameter_that_was_written_is_cast_again(weight: Tensor) -> None:
    x = torch.ones(3, 4)
    with autocast("cpu"):
        before = torch.linear(x, weight).detach().clone()
        with torch.no_grad():
            weight.mul_(2)
        after = torch.linear(x, weight)
    assert torch.equal(after, before * 2)


def test_results_of_operations_are_not_kept(weight: Tensor) -> None:
    with autocast("cpu"):
        doubled = weight * 2
        first, second = torch.ones(3, 4) @ doubled.T, torch.linear(torch.ones(3, 4), doubled)
        assert casts_of(second) != casts_of(torch.linear(torch.ones(3, 4), doubled))
    (first.sum() + second.sum()).backward()
    assert weight.grad is not None
    assert torch.equal(weight.grad, torch.full((5, 4), 12.0))


def test_backward_within_the_context_computes_as_recorded(weight: Tensor) -> None:
    x = torch.randn(3, 4)

    def gradient(inside: bool) -> Tensor:
        with autocast("cpu"):
            loss = torch.linear(x, weight).float().square().sum()
            if inside:
                return taeda_autograd.grad(loss, weight)[0]
        return taeda_autograd.grad(loss, weight)[0]

    assert torch.equal(gradient(True), gradient(False))
    # float32 forward: a product in backward is not lowered by the context around it.
    loss = (x @ weight.T).square().sum()
    (expected,) = taeda_autograd.grad(loss, weight, retain_graph=True)
    with autocast("cpu"):
        (found,) = taeda_autograd.grad(loss, weight)
        assert torch.is_autocast_enabled("cpu")
    assert torch.equal(found, expected)


@pytest.mark.parametrize("use_reentrant", [False, True])
def test_checkpoint_runs_again_under_the_same_autocast(weight: Tensor, use_reentrant: bool) -> None:
    x = torch.randn(3, 4, requires_grad=True)
    dtypes = []

    def run(x: Tensor) -> Tensor:
        y = torch.linear(x, weight)
        dtypes.append(y.dtype)
        return y.relu()

    with autocast("cpu"):
        y = taeda_autograd.checkpoint(run, x, use_reentrant=use_reentrant)
    y.float().sum().backward()
    assert dtypes == [torch.bfloat16] * 2


class Product(Function):
    seen: ClassVar[list[bool]] = []

    @staticmethod
    @custom_fwd(device_type="cpu")
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return x @ weight.T

    @staticmethod
    @custom_bwd(device_type="cpu")
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        Product.seen.append(torch.is_autocast_enabled("cpu"))
        return grad @ weight, grad.T @ x


class InFloat32(Function):
    @staticmethod
    @custom_fwd(device_type="cpu", cast_inputs=torch.float32)
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x @ x

    @staticmethod
    @custom_bwd(device_type="cpu")
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        return grad


def test_custom_functions_run_backward_as_forward(weight: Tensor) -> None:
    x = torch.randn(3, 4)
    Product.seen.clear()
    with autocast("cpu"):
        y = Product.apply(x, weight)
    assert y.dtype is torch.bfloat16
    y.float().sum().backward()
    z = Product.apply(x, weight)
    assert z.dtype is torch.float32
    z.sum().backward()
    assert Product.seen == [True, False]
    assert weight.grad is not None
    assert weight.grad.dtype is torch.float32


def test_custom_functions_may_cast_their_inputs() -> None:
    x = torch.ones(2, 2, dtype=torch.bfloat16)
    with autocast("cpu"):
        assert InFloat32.apply(x).dtype is torch.float32
    assert InFloat32.apply(x).dtype is torch.bfloat16
    with pytest.raises(ValueError, match="Expected `device_type` of type `str`"):
        custom_fwd(device_type=None)  # type: ignore[arg-type]
