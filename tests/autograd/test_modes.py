"""Gradient and inference mode, as contexts and as decorators of functions and generators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import taeda_autograd  # noqa: F401
import taeda_tensor as tt


def leaf(*values: float) -> tt.Tensor:
    return tt.tensor(list(values), dtype=tt.float64, requires_grad=True)


def made_in_inference(*values: float) -> tt.Tensor:
    with tt.inference_mode():
        return tt.tensor(list(values), dtype=tt.float64)


OFF = [tt.no_grad, tt.inference_mode, lambda: tt.set_grad_enabled(False)]


@pytest.mark.parametrize("mode", OFF)
def test_contexts(mode: Any) -> None:
    x = leaf(1)
    with mode():
        assert not (x * 2).requires_grad
        with tt.inference_mode(False), tt.enable_grad():
            assert (x * 2).requires_grad
        assert not tt.is_grad_enabled()
    assert tt.is_grad_enabled()
    with pytest.raises(KeyError), mode():
        raise KeyError
    assert tt.is_grad_enabled()
    assert not tt.is_inference_mode_enabled()


@pytest.mark.parametrize("mode", OFF)
def test_decorated_function(mode: Any) -> None:
    x = leaf(1)
    decorator = mode()
    assert tt.is_grad_enabled() or mode is OFF[2]

    @decorator
    def twice(depth: int) -> tt.Tensor:
        """Doubles."""
        assert not tt.is_grad_enabled()
        return twice(depth - 1) if depth else x * 2

    assert tt.is_grad_enabled()
    assert twice.__name__ == "twice"
    assert twice.__doc__ == "Doubles."
    assert not twice(3).requires_grad
    assert tt.is_grad_enabled()


def test_decorator_without_parentheses() -> None:
    x = leaf(1)
    for mode in (tt.no_grad, tt.inference_mode):
        assert not mode(lambda: x * 2)().requires_grad
    with tt.no_grad():
        assert tt.enable_grad(lambda: x * 2)().requires_grad


@pytest.mark.parametrize("mode", OFF)
def test_decorated_generator(mode: Any) -> None:
    """The mode holds while the generator runs, and not while its caller does."""
    events: list[Any] = []

    @mode()
    def numbers(count: int) -> Iterator[int]:
        try:
            for i in range(count):
                try:
                    events.append((yield i))
                    assert not tt.is_grad_enabled()
                except ValueError:
                    assert not tt.is_grad_enabled()
                    events.append("caught")
        finally:
            events.append(tt.is_grad_enabled())
        return "end"  # type: ignore[return-value]

    running: Any = numbers(5)
    assert next(running) == 0
    assert tt.is_grad_enabled()
    assert running.send("sent") == 1
    assert running.throw(ValueError()) == 2
    with pytest.raises(KeyError):
        running.throw(KeyError())
    assert tt.is_grad_enabled()
    assert events == ["sent", "caught", False]

    events.clear()
    closing: Any = numbers(2)
    next(closing)
    closing.close()
    assert events == [False]
    assert list(closing) == []

    def outer() -> Iterator[Any]:
        events.append((yield from numbers(2)))

    assert list(outer()) == [0, 1]
    assert events[-1] == "end"
    assert tt.is_grad_enabled()


def test_set_grad_enabled_as_a_call() -> None:
    tt.set_grad_enabled(False)
    assert not tt.is_grad_enabled()
    tt.set_grad_enabled(True)
    assert tt.is_grad_enabled()


def test_inference_tensors() -> None:
    a = made_in_inference(1, 2)
    assert a.is_inference()
    assert tt.is_inference(a[0:1])
    assert not a.clone().is_inference()
    assert not leaf(1).is_inference()
    x = leaf(3, 4)
    y = x + a  # saves nothing of a
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [1, 1]
    with tt.inference_mode():
        a.add_(1)
        assert x[0:1].is_inference() is False
        with tt.enable_grad():
            assert not (x * 2).requires_grad
        with tt.inference_mode(False):
            assert (x * 2).requires_grad
            assert not tt.ones(1).is_inference()
    assert a.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("use", "match"),
    [
        (lambda a: leaf(1, 2) * a, "mul: Inference tensors cannot be saved for backward; clone"),
        (lambda a: a.add_(1), "add: Inplace update to inference tensor outside InferenceMode"),
        (lambda a: a.__setitem__(0, 1), "fill_: Inplace update to inference tensor"),
        (lambda a: tt.exp(leaf(1, 2).detach(), out=a), "exp: Inplace update to inference tensor"),
        (lambda a: a[0:1].zero_(), "Inplace update to inference tensor"),
        (lambda a: a.requires_grad_(), "made in inference mode cannot require gradients"),
        (lambda a: a._version, "Inference tensors do not track version counter"),
    ],
)
def test_inference_tensors_outside(use: Any, match: str) -> None:
    with pytest.raises(RuntimeError, match=match):
        use(made_in_inference(1, 2))
    use_inside = made_in_inference(1, 2)
    with tt.no_grad():
        assert (use_inside * leaf(1, 2)).tolist() == [1, 4]


def test_writes_in_inference_mode_are_seen() -> None:
    x = leaf(1, 2)
    y = x * 1
    z = y * y
    with tt.inference_mode():
        y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_backward_in_inference_mode() -> None:
    x = leaf(3)
    y = x * x
    with tt.inference_mode():
        y.backward()
    assert x.grad is not None
    assert x.grad.tolist() == [6]


def test_gradient_can_be_deleted() -> None:
    x = leaf(3)
    x.sum().backward()
    del x.grad
    assert x.grad is None
    del x.grad


def test_memory_that_is_saved_outlives_an_assignment_to_data() -> None:
    """What is kept for backward is no longer the tensor's; the memory stays until it is let go."""
    x, w = tt.ones(5000, requires_grad=True), tt.full((5000,), 2.0, requires_grad=True)
    y = (x * w).sum()
    w.data = tt.full((5000,), 3.0)
    others = [tt.zeros(5000) for _ in range(4)]
    with pytest.raises(
        RuntimeError, match=r"mul: .* given other memory: the input of mul at .*x \*"
    ):
        y.backward()
    before = [other._version for other in others]
    del y
    for other in others:
        other.add_(1)
    assert [other._version for other in others] == [version + 1 for version in before]
    assert (x * w).sum().item() == 15000
