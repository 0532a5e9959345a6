"""What lives how long: deep graphs, cycles, training loops, threads."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import taeda_tensor as tt
from taeda_autograd import Function, _autograd, checkpoint, detect_anomaly, functional, grad, graph


def leaf(*values: float) -> tt.Tensor:
    return tt.tensor(list(values), dtype=tt.float64, requires_grad=True)


def held_bytes() -> int:
    gc.collect()
    count: int = tt._tensor._memory_stats()["allocated_bytes"]
    return count


@pytest.fixture
def no_leak() -> Any:
    """No memory of tensors and no step of the tape is left by the test."""
    before = held_bytes(), _autograd.live_nodes()
    yield
    assert (held_bytes(), _autograd.live_nodes()) == before


def deep(steps: int) -> tuple[tt.Tensor, tt.Tensor]:
    x = leaf(1)
    y = x
    for _ in range(steps):
        y = y * 1.0
    return x, y


def test_deep_graph_runs_and_goes(no_leak: None) -> None:
    x, y = deep(100_000)
    y.backward()
    assert x.grad is not None
    assert x.grad.item() == 1


def test_deep_graph_is_dropped(no_leak: None) -> None:
    _, y = deep(100_000)
    del y


def test_deep_graph_of_views_and_functions(no_leak: None) -> None:
    class Same(Function):
        @staticmethod
        def forward(ctx: Any, x: tt.Tensor) -> tt.Tensor:
            ctx.save_for_backward(x)
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: tt.Tensor) -> tt.Tensor:
            return g

    x = leaf(1, 2)
    y = x * 1
    for _ in range(5_000):
        y = Same.apply(y).view(2, 1).t()[0]
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [1, 1]


def test_training_loop(no_leak: None) -> None:
    weights = [tt.randn(4, 4, requires_grad=True) for _ in range(3)]
    data = tt.randn(8, 4)
    for _ in range(10):
        value = data
        for weight in weights:
            value = (value @ weight).relu()
        loss = (value * value).sum()
        loss.backward()
        with tt.no_grad():
            for weight in weights:
                assert weight.grad is not None
                weight -= weight.grad * 0.01
                weight.grad.zero_()


def test_graphs_that_are_never_run(no_leak: None) -> None:
    for _ in range(3):
        x = leaf(1, 2, 3)
        y = x.exp()
        z = y * y.detach()
        z.relu_().add_(x[0])
        y.register_hook(lambda g: g * 2)
        y.retain_grad()


def test_saved_result_makes_no_cycle() -> None:
    gc.collect()
    gc.disable()
    try:
        y = leaf(1).exp()
        y.sqrt_()
        gone = weakref.ref(y)
        del y
        assert gone() is None
    finally:
        gc.enable()


def with_hook(x: tt.Tensor) -> tt.Tensor:
    y = x * 2
    y.register_hook(lambda g: g * y)
    return y


def with_leaf_hook(x: tt.Tensor) -> tt.Tensor:
    x.register_hook(lambda g: g * x)
    return x


def with_accumulation_hook(x: tt.Tensor) -> tt.Tensor:
    x.register_post_accumulate_grad_hook(lambda _: x)
    return x


def with_attribute(x: tt.Tensor) -> tt.Tensor:
    y = x * 2
    y.itself = y
    return y


def with_gradient(x: tt.Tensor) -> tt.Tensor:
    (x * 3).sum().backward()
    assert x.grad is not None
    x.grad.owner = x
    return x


def with_context(x: tt.Tensor) -> tt.Tensor:
    class Keeps(Function):
        @staticmethod
        def forward(ctx: Any, x: tt.Tensor) -> tt.Tensor:
            ctx.result = x * 2
            return ctx.result

        @staticmethod
        def backward(ctx: Any, g: tt.Tensor) -> tt.Tensor:
            return g

    result: tt.Tensor = Keeps.apply(x)
    return result


@pytest.mark.parametrize(
    "make",
    [
        with_hook,
        with_leaf_hook,
        with_accumulation_hook,
        with_attribute,
        with_gradient,
        with_context,
    ],
)
def test_cycles_are_collected(make: Callable[[tt.Tensor], tt.Tensor], no_leak: None) -> None:
    gone = weakref.ref(make(leaf(1, 2)))
    gc.collect()
    assert gone() is None


def test_second_derivatives_go(no_leak: None) -> None:
    x = leaf(2)
    (first,) = grad(x**3, x, create_graph=True)
    first.backward()
    x.grad = None


def test_failed_backward_leaves_nothing(no_leak: None) -> None:
    x = leaf(1, 2)
    y = x.exp()
    z = (y * y).sum() + y.sum()
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace"):
        z.backward()


class Failing(Function):
    @staticmethod
    def forward(ctx: Any, x: tt.Tensor) -> tt.Tensor:
        ctx.save_for_backward(x)
        ctx.kept = x * 2
        return x * 1

    @staticmethod
    def backward(ctx: Any, g: tt.Tensor) -> tt.Tensor:
        raise ZeroDivisionError("in the middle")


def fails_in_function(x: tt.Tensor) -> None:
    y = Failing.apply(x.exp())
    (y.sin() + y).sum().backward()


def fails_in_hook(x: tt.Tensor) -> None:
    y = x.exp()
    y.register_hook(lambda _: 1 / 0)  # type: ignore[arg-type, return-value]
    (y.sin() + x).sum().backward()


def fails_in_leaf_hook(x: tt.Tensor) -> None:
    with x.register_hook(lambda _: 1 / 0):  # type: ignore[arg-type, return-value]
        x.exp().sum().backward()


def fails_in_node_hook(x: tt.Tensor) -> None:
    y = x.exp()
    assert y.grad_fn is not None
    y.grad_fn.register_prehook(lambda _: 1 / 0)
    y.sin().sum().backward()


def fails_while_unpacking(x: tt.Tensor) -> None:
    with graph.saved_tensors_hooks(lambda t: t, lambda _: 1 / 0):  # type: ignore[arg-type, return-value]
        y = x.exp().sin()
    y.sum().backward()


def fails_in_checkpoint(x: tt.Tensor) -> None:
    calls = []

    def function(x: tt.Tensor) -> tt.Tensor:
        calls.append(x)
        y = x.exp()
        return y.sin() if len(calls) == 1 else y / (1 // 0)

    checkpoint(function, x, use_reentrant=False).exp().sum().backward()


def fails_with_graph_of_gradients(x: tt.Tensor) -> None:
    (slope,) = grad(x.exp().sum(), x, create_graph=True)
    Failing.apply(slope).sum().backward(create_graph=True)


@pytest.mark.parametrize(
    "fails",
    [
        fails_in_function,
        fails_in_hook,
        fails_in_leaf_hook,
        fails_in_node_hook,
        fails_while_unpacking,
        fails_in_checkpoint,
        fails_with_graph_of_gradients,
    ],
)
def test_exceptions_in_the_middle_of_backward(
    fails: Callable[[tt.Tensor], None], no_leak: None
) -> None:
    x = leaf(1, 2)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            fails(x)
    x.exp().sum().backward()  # nothing is left marked


def test_tools(no_leak: None) -> None:
    x = leaf(0.5, 1)

    def function(x: tt.Tensor) -> tt.Tensor:
        return (x * x.exp()).sum()

    functional.hessian(function, x)
    functional.jvp(function, x, tt.ones(2, dtype=tt.float64))
    functional.jacobian(lambda x: x.exp(), x, create_graph=True)
    with detect_anomaly():
        function(x).backward()
    with graph.save_on_cpu():
        function(x).backward()


def test_memory_of_saved_tensors_is_freed_by_backward() -> None:
    x = tt.ones(1 << 16, requires_grad=True)
    y = x
    before = held_bytes()
    for _ in range(10):
        y = y.exp().log()
    grown = held_bytes() - before
    assert grown > 9 * 4 * (1 << 16)
    total = y.sum()
    del y
    total.backward()
    x.grad = None
    assert held_bytes() - before < 4 * (1 << 16)


def test_leaf_lives_as_long_as_the_graph() -> None:
    y = leaf(3) * 2
    assert y.grad_fn is not None
    node = y.grad_fn.next_functions[0][0]
    assert node is not None
    y.backward()
    assert node.variable.grad is not None
    assert node.variable.grad.item() == 2


def in_threads(work: Callable[[int], None], count: int = 4) -> None:
    failures: list[BaseException] = []
    start = threading.Barrier(count)

    def run(index: int) -> None:
        try:
            start.wait()
            work(index)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def test_threads_share_a_leaf() -> None:
    """Large gradients release the interpreter in between; none may be lost."""
    x = tt.zeros(50_000, requires_grad=True)

    def work(index: int) -> None:
        for _ in range(20):
            (x * float(index + 1)).sum().backward()

    in_threads(work)
    assert x.grad is not None
    assert x.grad.eq(20.0 * (1 + 2 + 3 + 4)).all()


def test_threads_share_a_graph() -> None:
    x = tt.ones(50_000, requires_grad=True)
    shared = (x * 2).exp()
    total = (shared * shared).sum()
    expected = grad(total, x, retain_graph=True)[0].tolist()[:5]

    def work(_: int) -> None:
        for _ in range(5):
            (slope,) = grad(total, x, retain_graph=True)
            assert slope.tolist()[:5] == expected

    in_threads(work)


def test_grad_mode_belongs_to_the_thread() -> None:
    with tt.no_grad():
        seen: list[bool] = []
        in_threads(lambda _: seen.append(tt.is_grad_enabled()), 2)
        assert seen == [True, True]
