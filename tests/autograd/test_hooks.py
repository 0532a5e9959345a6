"""Hooks on tensors, leaves, steps of the tape and saved tensors."""

from __future__ import annotations

from typing import Any

import pytest

import taeda_tensor as tt
from taeda_autograd import _autograd, grad, graph
from taeda_autograd.graph import register_multi_grad_hook


def leaf(*values: float) -> tt.Tensor:
    return tt.tensor(list(values), dtype=tt.float64, requires_grad=True)


def test_hook_of_a_leaf_sees_the_sum() -> None:
    x = leaf(1, 2)
    seen: list[list[float]] = []
    handle = x.register_hook(lambda g: seen.append(g.tolist()))
    (x * 2 + x * x).sum().backward()
    assert seen == [[4, 6]]
    handle.remove()
    (x * 1).sum().backward()
    assert len(seen) == 1
    handle.remove()  # once more does no harm


def test_hooks_change_gradients_in_order() -> None:
    x = leaf(1)
    y = x * 2
    x.register_hook(lambda g: g + 1)
    x.register_hook(lambda g: g * 10)
    y.register_hook(lambda g: g * 3)
    y.backward()
    assert x.grad is not None
    assert x.grad.item() == (3 * 2 + 1) * 10
    (slope,) = grad(x * 1, x)
    assert slope.item() == 20


def test_hook_as_a_context() -> None:
    x = leaf(1)
    with x.register_hook(lambda g: g * 100):
        (x * 1).backward()
    (x * 1).backward()
    assert x.grad is not None
    assert x.grad.item() == 101


def test_hook_outlives_its_tensor() -> None:
    x = leaf(1)
    seen: list[float] = []
    y = x * 2
    y.register_hook(lambda g: seen.append(g.item()))
    z = y * 3
    del y
    z.backward()
    assert seen == [3]


def test_hook_that_removes_itself() -> None:
    x = leaf(1)
    seen: list[float] = []

    def once(g: tt.Tensor) -> None:
        seen.append(g.item())
        handle.remove()

    handle = x.register_hook(once)
    (x * 1).backward()
    (x * 1).backward()
    assert seen == [1]


def test_bad_hooks() -> None:
    with pytest.raises(
        RuntimeError, match="cannot register a hook on a tensor that doesn't require"
    ):
        tt.ones(1).register_hook(print)
    x = leaf(1, 2)
    handle = x.register_hook(lambda _: "text")
    with pytest.raises(TypeError, match="must return a Tensor or None, got str"):
        (x * 2).sum().backward()
    handle.remove()
    with (
        x.register_hook(lambda g: g[:1]),
        pytest.raises(RuntimeError, match=r"shape \(1,\).*\(2,\)"),
    ):
        (x * 2).sum().backward()
    assert x.grad is None


def test_an_exception_in_a_hook_comes_through() -> None:
    x = leaf(1)
    y = x * 2

    def fails(_: tt.Tensor) -> None:
        raise KeyError("from the hook")

    handle = y.register_hook(fails)
    z = (y * y).sum()
    with pytest.raises(KeyError, match="from the hook"):
        z.backward(retain_graph=True)
    assert x.grad is None
    handle.remove()
    z.backward()  # what was marked by the run that failed is free again
    assert x.grad is not None
    assert x.grad.item() == 8


def test_post_accumulate() -> None:
    x = leaf(1)
    seen: list[float] = []

    def step(leaf: tt.Tensor) -> None:
        assert leaf is x
        assert leaf.grad is not None
        seen.append(leaf.grad.item())
        leaf.grad = None

    handle = x.register_post_accumulate_grad_hook(step)
    (x * 3).backward()
    (x * 4).backward()
    assert seen == [3, 4]
    handle.remove()
    (x * 5).backward()
    assert x.grad is not None
    assert x.grad.item() == 5
    with pytest.raises(RuntimeError, match="non-leaf"):
        (x * 1).register_post_accumulate_grad_hook(step)
    with pytest.raises(RuntimeError, match="doesn't require gradient"):
        tt.ones(1).register_post_accumulate_grad_hook(step)


def test_hooks_of_steps() -> None:
    x = leaf(2)
    y = x * 3
    calls: list[Any] = []
    node = y.grad_fn
    assert node is not None

    def before(outputs: tuple[tt.Tensor, ...]) -> tuple[tt.Tensor, ...]:
        calls.append(("before", outputs[0].item()))
        return (outputs[0] * 2,)

    def after(inputs: tuple[tt.Tensor | None, ...], outputs: tuple[tt.Tensor, ...]) -> Any:
        calls.append(("after", outputs[0].item()))
        return tuple(g if g is None else g + 1 for g in inputs)

    first, second = node.register_prehook(before), node.register_hook(after)
    y.backward(retain_graph=True)
    assert calls == [("before", 1), ("after", 2)]
    assert x.grad is not None
    assert x.grad.item() == 7
    first.remove()
    second.remove()
    y.backward()
    assert len(calls) == 2


def test_backward_within_a_hook() -> None:
    """The engine may be entered again, over the same graph too."""
    x = leaf(2)
    y = x * x
    total = y.sum()
    inner: list[float] = []

    def hook(_: tt.Tensor) -> None:
        if not inner:
            inner.append(0)
            (slope,) = grad(total, x, retain_graph=True)
            inner.append(slope.item())

    y.register_hook(hook)
    total.backward()
    assert inner == [0, 4]
    assert x.grad is not None
    assert x.grad.item() == 4


def test_saved_tensors_hooks() -> None:
    x, y = leaf(2), leaf(3)
    packed: list[float] = []

    def pack(tensor: tt.Tensor) -> float:
        packed.append(tensor.item())
        return tensor.item()

    with graph.saved_tensors_hooks(pack, lambda value: leaf(value).detach()):
        z = (x * y).exp()
    assert sorted(packed) == pytest.approx([2, 3, 403.4287934927351])
    z.backward()
    assert x.grad is not None
    assert x.grad.item() == pytest.approx(3 * 403.4287934927351)
    with graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        w = x * x * x
    (slope,) = grad(w, x, create_graph=True)
    assert grad(slope, x)[0].item() == 12


def test_saved_tensors_hooks_that_fail() -> None:
    x = leaf(2)

    def fails(_: Any) -> tt.Tensor:
        raise ValueError("cannot")

    with graph.saved_tensors_hooks(fails, fails), pytest.raises(ValueError, match="cannot"):
        x.exp()
    with graph.saved_tensors_hooks(lambda t: t, lambda _: 5):  # type: ignore[arg-type, return-value]
        y = x.exp()
    with pytest.raises(TypeError, match="must return a Tensor, got int"):
        y.backward()
    x.exp().backward()


def test_save_on_cpu() -> None:
    x = leaf(2)
    with graph.save_on_cpu():
        y = x * x
    y.backward()
    assert x.grad is not None
    assert x.grad.item() == 4


def test_a_hook_of_several_tensors_gets_all_gradients() -> None:
    x, y, z = (tt.ones(2, requires_grad=True) for _ in range(3))
    seen: list[list[tt.Tensor | None]] = []
    handle = register_multi_grad_hook([x, y, z], seen.append)
    for _ in range(2):
        (x * 2 + y * 3).sum().backward()
    lists = [[None if g is None else g.tolist() for g in gradients] for gradients in seen]
    assert lists == [[[2.0, 2.0], [3.0, 3.0], None]] * 2
    handle.remove()
    (x * 2).sum().backward()
    assert len(seen) == 2


def test_a_hook_of_several_tensors_gets_the_first_gradient() -> None:
    x, y = (tt.ones(1, requires_grad=True) for _ in range(2))
    seen: list[tt.Tensor] = []
    with register_multi_grad_hook([x, y], seen.append, mode="any"):
        (x * 2 + y * 3).sum().backward()
        (y * 3).sum().backward()
    assert len(seen) == 2
    assert seen[1].item() == 3.0
    with pytest.raises(ValueError, match="Expects mode to be one of"):
        register_multi_grad_hook([x], print, mode="some")


def test_a_hook_of_several_tensors_survives_a_backward_that_fails() -> None:
    x = tt.ones(1, requires_grad=True)
    seen: list[Any] = []
    register_multi_grad_hook([x], seen.append)

    def refuse(gradient: tt.Tensor) -> None:
        raise KeyError("stop")

    wrong = x.register_hook(refuse)
    with pytest.raises(KeyError, match="stop"):
        (x * 2).backward()
    wrong.remove()
    assert seen == []
    (x * 2).backward()
    assert len(seen) == 1


def test_callbacks_run_at_the_end_of_a_backward() -> None:
    order: list[str] = []
    x = tt.ones(1, requires_grad=True)

    def later() -> None:
        order.append("end")
        if len(order) < 3:
            _autograd.queue_callback(later)

    def hook(gradient: tt.Tensor) -> None:
        _autograd.queue_callback(later)
        order.append("hook")

    x.register_hook(hook)
    (x * 2).backward()
    assert order == ["hook", "end", "end"]
    with pytest.raises(RuntimeError, match="can only be installed during backward"):
        _autograd.queue_callback(later)
