"""gradcheck, functional derivatives, checkpoint, anomaly mode."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import taeda_autograd
import taeda_tensor as tt
from taeda_autograd import (
    Function,
    GradcheckError,
    checkpoint,
    checkpoint_sequential,
    detect_anomaly,
    functional,
    grad,
    gradcheck,
    gradgradcheck,
    set_detect_anomaly,
)


def leaf(*values: float) -> tt.Tensor:
    return tt.tensor(list(values), dtype=tt.float64, requires_grad=True)


class WrongCube(Function):
    @staticmethod
    def forward(ctx: Any, x: tt.Tensor) -> tt.Tensor:
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx: Any, g: tt.Tensor) -> tt.Tensor:
        (x,) = ctx.saved_tensors
        return g * 2 * x * x


def test_gradcheck_shows_both_matrices() -> None:
    with pytest.raises(
        GradcheckError, match="Jacobian mismatch for output 0 with respect to input 0"
    ):
        gradcheck(WrongCube.apply, leaf(1, 2))
    with pytest.raises(GradcheckError) as caught:
        gradcheck(lambda y, x: WrongCube.apply(x) + y, (leaf(1, 1), leaf(1, 2)))
    message = str(caught.value)
    assert "with respect to input 1" in message
    numerical, analytical = message.split("analytical:")
    assert "3.0" in numerical
    assert "12.0" in numerical
    assert "2." in analytical
    assert "8." in analytical
    assert not gradcheck(WrongCube.apply, leaf(1, 2), raise_exception=False)


def test_gradcheck_restores_its_inputs() -> None:
    x = leaf(0.1, 0.7)
    before = x.tolist()
    assert gradcheck(tt.exp, x)
    assert x.tolist() == before
    assert x.grad is None


def test_gradcheck_needs_something_to_check() -> None:
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        gradcheck(tt.exp, tt.ones(2))
    with pytest.raises(GradcheckError, match="expected to be zero"):
        gradcheck(lambda x: x.detach() * 2, leaf(1))
    assert gradcheck(lambda x: x.detach() * 0, leaf(1))
    with pytest.raises(NotImplementedError, match="forward mode"):
        gradcheck(tt.exp, leaf(1), check_forward_ad=True)


def test_gradcheck_of_several_results_and_constants() -> None:
    assert gradcheck(lambda x, k, y: (x * k, y[0] * x), (leaf(1, 2), 3.0, leaf(4, 5)))


def test_gradcheck_finds_results_that_change() -> None:
    class Drifting(Function):
        calls = 0

        @staticmethod
        def forward(ctx: Any, x: tt.Tensor) -> tt.Tensor:
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: tt.Tensor) -> tt.Tensor:
            Drifting.calls += 1
            return g * (1 + 1e-7 * Drifting.calls)

    with pytest.raises(GradcheckError, match="not reentrant"):
        gradcheck(Drifting.apply, leaf(1))
    assert gradcheck(Drifting.apply, leaf(1), nondet_tol=1e-3)


def test_gradgradcheck() -> None:
    class Once(Function):
        @staticmethod
        def forward(ctx: Any, x: tt.Tensor) -> tt.Tensor:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: tt.Tensor) -> tt.Tensor:
            (x,) = ctx.saved_tensors
            return g * 2 * x.detach()

    assert gradcheck(Once.apply, leaf(1, 2))
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        gradgradcheck(Once.apply, leaf(1, 2))
    assert gradgradcheck(tt.sin, leaf(1, 2), gen_non_contig_grad_outputs=True)
    assert gradgradcheck(tt.sin, leaf(1, 2), leaf(3, 4))


def test_jacobian() -> None:
    x, y = leaf(1, 2, 3), leaf(4, 5)

    def function(x: tt.Tensor, y: tt.Tensor) -> tuple[tt.Tensor, tt.Tensor]:
        return x[:2] * y, (x * x).sum()

    (first_x, first_y), (second_x, second_y) = functional.jacobian(function, (x, y))
    assert first_x.tolist() == [[4, 0, 0], [0, 5, 0]]
    assert first_y.tolist() == [[1, 0], [0, 2]]
    assert second_x.tolist() == [2, 4, 6]
    assert second_y.tolist() == [0, 0]
    assert not first_x.requires_grad
    with pytest.raises(RuntimeError, match=r"independent of input 1.*strict mode"):
        functional.jacobian(function, (x, y), strict=True)
    matrix = functional.jacobian(lambda x: x.view(3, 1) * x, x, create_graph=True)
    assert matrix.shape == (3, 3, 3)
    assert matrix.requires_grad


def test_hessian_and_products() -> None:
    x = leaf(1, 2)

    def function(x: tt.Tensor) -> tt.Tensor:
        return x[0] ** 3 * x[1] + x[1] ** 2

    expected = [[12.0, 3.0], [3.0, 2.0]]
    assert functional.hessian(function, x).tolist() == expected
    v = tt.tensor([1.0, -2.0], dtype=tt.float64)
    product = (np.array(expected) @ [1, -2]).tolist()
    for name in ("hvp", "vhp"):
        value, result = getattr(functional, name)(function, x, v)
        assert value.item() == 6
        assert result.tolist() == product
    ((xx, xy), (yx, yy)) = functional.hessian(lambda a, b: (a * a * b).sum(), (leaf(2), leaf(3)))
    assert [h.item() for h in (xx, xy, yx, yy)] == [6, 4, 4, 0]
    with pytest.raises(RuntimeError, match="one Tensor of a single element"):
        functional.hessian(lambda x: x * 2, x)


def test_vjp_and_jvp() -> None:
    x = leaf(1, 2, 3)
    jacobian = functional.jacobian(lambda x: (x * x)[1:] * x[0], x).numpy()
    value, left = functional.vjp(lambda x: (x * x)[1:] * x[0], x, tt.tensor([1.0, -1.0]).double())
    assert value.tolist() == [4, 9]
    np.testing.assert_allclose(left.numpy(), np.array([1, -1]) @ jacobian)
    vector = tt.tensor([1.0, 0.5, -2.0]).double()
    value, right = functional.jvp(lambda x: (x * x)[1:] * x[0], x, vector)
    np.testing.assert_allclose(right.numpy(), jacobian @ vector.numpy())
    with pytest.raises(RuntimeError, match="v can only be None"):
        functional.vjp(lambda x: x * 2, x)
    with pytest.raises(RuntimeError, match="shapes"):
        functional.vjp(lambda x: x * 2, x, tt.ones(2))
    with pytest.raises(TypeError, match="got str"):
        functional.vjp(lambda x: "text", x)


def layers(w: tt.Tensor) -> Callable[[tt.Tensor], tt.Tensor]:
    def run(x: tt.Tensor) -> tt.Tensor:
        return ((x * w).exp() * x.sin()).sigmoid()

    return run


@pytest.mark.parametrize("use_reentrant", [False, True])
def test_checkpoint_has_the_same_gradients(use_reentrant: bool) -> None:
    x, w = leaf(0.5, -1), leaf(1, 2)
    expected = grad(layers(w)(x).sum(), [x, w])
    checkpoint(layers(w), x * 1, use_reentrant=use_reentrant).sum().backward()
    assert x.grad is not None
    assert w.grad is not None
    assert x.grad.tolist() == expected[0].tolist()
    assert w.grad.tolist() == expected[1].tolist()


def test_checkpoint_and_second_derivatives() -> None:
    x, w = leaf(0.5, -1), leaf(1, 2)

    def function(x: tt.Tensor) -> tt.Tensor:
        result: tt.Tensor = checkpoint(layers(w), x, use_reentrant=False)
        return result

    assert gradcheck(function, x)
    assert gradgradcheck(function, x)


def test_checkpoint_saves_memory_and_computes_twice() -> None:
    def held() -> int:
        gc.collect()
        count: int = tt._tensor._memory_stats()["allocated_bytes"]
        return count

    calls = 0
    size = 1 << 16

    def function(x: tt.Tensor) -> tt.Tensor:
        nonlocal calls
        calls += 1
        for _ in range(8):
            x = x.sin().exp()
        return x

    x = tt.zeros(size, requires_grad=True)
    before = held()
    plain = function(x)
    plain_bytes = held() - before
    del plain
    y = checkpoint(function, x, use_reentrant=False)
    assert held() - before < plain_bytes / 4
    calls = 0
    y.sum().backward()
    assert calls == 1


def test_checkpoint_keeps_the_random_stream() -> None:
    x = tt.ones(64, requires_grad=True)

    def function(x: tt.Tensor) -> tt.Tensor:
        return x * x * (tt.rand(64) > 0.5)

    y = checkpoint(function, x, use_reentrant=False)
    after = tt.rand(1).item()
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == (2 * y.detach()).tolist()
    assert after != tt.rand(1).item()


def test_checkpoint_errors() -> None:
    x = leaf(1)
    count = 0

    def unsteady(x: tt.Tensor) -> tt.Tensor:
        nonlocal count
        count += 1
        return x.exp() if count > 1 else x.exp().sin().exp()

    with pytest.raises(RuntimeError, match="A different number of tensors was saved"):
        checkpoint(unsteady, x, use_reentrant=False).backward()
    count = 0

    def growing(x: tt.Tensor) -> tt.Tensor:
        nonlocal count
        count += 1
        return x.expand(count).exp().sum()

    with pytest.raises(RuntimeError, match="different metadata"):
        checkpoint(growing, x, use_reentrant=False).backward()
    with pytest.warns(UserWarning, match="use_reentrant parameter should be passed explicitly"):
        checkpoint(tt.exp, x)
    with pytest.raises(ValueError, match="Unexpected keyword arguments"):
        checkpoint(tt.exp, x, use_reentrant=True, other=1)


def test_checkpoint_with_constants_and_keywords() -> None:
    x = leaf(2)

    def function(x: tt.Tensor, power: int, *, factor: float) -> tt.Tensor:
        return x**power * factor

    checkpoint(function, x, 3, factor=0.5, use_reentrant=False).backward()
    assert x.grad is not None
    assert x.grad.item() == 6


def test_checkpoint_sequential() -> None:
    x = leaf(0.3)
    steps = [tt.sin, tt.exp, tt.sin, tt.exp, tt.cos]
    expected = x
    for step in steps:
        expected = step(expected)
    for segments in (1, 2, 3, 5):
        y = checkpoint_sequential(steps, segments, x, use_reentrant=False)
        assert y.item() == expected.item()
        (slope,) = grad(y, x)
        assert slope.item() == pytest.approx(grad(expected, x, retain_graph=True)[0].item())
    with pytest.raises(ValueError, match="segments must lie between 1"):
        checkpoint_sequential(steps, 6, x, use_reentrant=False)


def test_anomaly_names_the_operation_and_its_forward() -> None:
    x = leaf(0)
    with detect_anomaly():
        y = x.sqrt() * 0  # the line to find
        with pytest.raises(RuntimeError, match="Function 'SqrtBackward0' returned nan") as caught:
            y.backward()
    assert "y = x.sqrt() * 0  # the line to find" in str(caught.value)
    (x.sqrt() * 0).backward()  # it is off again
    assert x.grad is not None
    assert x.grad.isnan().all()


def test_anomaly_can_be_set() -> None:
    x = leaf(0)
    with set_detect_anomaly(True, check_nan=False):
        (x.sqrt() * 0).backward()
    set_detect_anomaly(True)
    try:
        with pytest.raises(RuntimeError, match="returned nan values in its 0th output"):
            (x.sqrt() * 0).backward()
    finally:
        set_detect_anomaly(False)


def test_strict_mode_names_the_function() -> None:
    x = leaf(1, 2)
    for name in ("hessian", "hvp", "vhp"):
        arguments = (x,) if name == "hessian" else (x, tt.ones(2, dtype=tt.float64))
        with pytest.raises(RuntimeError, match=f"{name}: .*independent of input 0"):
            getattr(functional, name)(lambda x: x.sum(), *arguments, strict=True)


def test_checkpoints_within_checkpoints() -> None:
    x = leaf(0.1, 0.2)

    def inner(x: tt.Tensor) -> tt.Tensor:
        return x.exp() * x

    def outer(x: tt.Tensor) -> tt.Tensor:
        result: tt.Tensor = checkpoint(inner, x, use_reentrant=False)
        return result.sin()

    y = checkpoint(outer, x, use_reentrant=False).sum()
    (expected,) = grad(inner(x).sin().sum(), x)
    assert grad(y, x, retain_graph=True)[0].tolist() == expected.tolist()
    y.backward()
    assert x.grad is not None
    assert x.grad.tolist() == expected.tolist()
    with pytest.raises(RuntimeError, match="a second time"):
        y.backward()


def test_reentrant_checkpoint_needs_a_whole_backward() -> None:
    """It would add to the `.grad` of leaves that nobody asked for."""
    x, w = leaf(0.5), leaf(2)
    y = checkpoint(layers(w), x, use_reentrant=True)
    with pytest.raises(RuntimeError, match=r"incompatible with grad\(\)"):
        grad(y, x)
    assert w.grad is None


def test_gradgradcheck_takes_seeds_of_its_own() -> None:
    seed = tt.tensor([0.5, -2.0], dtype=tt.float64, requires_grad=True)
    assert gradgradcheck(lambda x: x**3, (leaf(1, 2),), (seed,))
    assert not gradcheck(WrongCube.apply, leaf(1, 2), atol=1e-3, raise_exception=False)
    assert gradcheck(WrongCube.apply, leaf(1e-6), atol=1e-3)


def test_anomaly_mode_can_be_asked_for() -> None:
    assert not taeda_autograd.is_anomaly_enabled()
    with taeda_autograd.detect_anomaly():
        assert taeda_autograd.is_anomaly_enabled()


@pytest.mark.parametrize("stop", [True, False])
def test_the_early_stop_of_checkpoints_can_be_overridden(stop: bool) -> None:
    x = tt.ones(2, requires_grad=True)
    ends = []

    def run(x: tt.Tensor) -> tt.Tensor:
        y = x.exp()
        ends.append(1)
        return y

    with taeda_autograd._checkpoint.set_checkpoint_early_stop(stop):
        y = taeda_autograd.checkpoint(run, x, use_reentrant=False)
    y.sum().backward()
    # Once in forward, and once more where the second run goes on to its end.
    assert len(ends) == (1 if stop else 2)
