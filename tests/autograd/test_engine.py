"""backward and grad: what is accumulated where, seeds, inputs, graphs kept and built."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import taeda_autograd
import taeda_tensor as tt
from taeda_autograd import grad


def leaf(*values: float) -> tt.Tensor:
    return tt.tensor(list(values), dtype=tt.float64, requires_grad=True)


def listed(tensor: tt.Tensor | None) -> list[float]:
    assert tensor is not None
    values: list[float] = tensor.tolist()
    return values


def test_accumulates_in_place() -> None:
    x = leaf(1, 2)
    (x * 3).sum().backward()
    first = x.grad
    (x * x).sum().backward()
    assert x.grad is first
    assert listed(x.grad) == [5, 7]


def test_leaves_never_share_a_gradient() -> None:
    x, y = leaf(1, 2), leaf(3, 4)
    seed = tt.tensor([1.0, 1.0], dtype=tt.float64)
    (x + y).backward(seed)
    assert x.grad is not None
    assert y.grad is not None
    assert len({x.grad.data_ptr(), y.grad.data_ptr(), seed.data_ptr()}) == 3
    x.grad.zero_()
    assert listed(y.grad) == [1, 1]


@pytest.mark.parametrize("as_view", [False, True])
def test_sums_leave_gradients_that_others_hold_alone(as_view: bool) -> None:
    kept: list[tt.Tensor] = []

    class Double(taeda_autograd.Function):
        @staticmethod
        def forward(ctx: object, x: tt.Tensor) -> tt.Tensor:
            return x * 2

        @staticmethod
        def backward(ctx: object, *grads: tt.Tensor) -> tt.Tensor:
            result = grads[0] * 2
            kept.append(result.view(2) if as_view else result)
            return result

    x = leaf(1, 2)
    (Double.apply(x) + Double.apply(x) + Double.apply(x)).sum().backward()
    assert listed(x.grad) == [6, 6]
    assert [listed(each) for each in kept] == [[2, 2]] * 3


def test_fan_out_adds_up() -> None:
    x = leaf(2)
    y = x * 1
    total = y * 0
    for factor in range(1, 40):
        total = total + y * factor
    (total + x).sum().backward()
    assert listed(x.grad) == [sum(range(1, 40)) + 1]


def test_diamond_runs_each_step_once() -> None:
    x = leaf(1.5)
    a = x * 2
    calls: list[float] = []
    a.register_hook(lambda g: calls.append(g.item()))
    ((a * a) * (a + 1)).sum().backward()
    assert calls == [3 * 3.0**2 + 2 * 3.0]
    assert len(calls) == 1


def test_seed() -> None:
    x = leaf(1, 2, 3)
    y = x * x
    with pytest.raises(
        RuntimeError, match="grad can be implicitly created only for scalar outputs"
    ):
        y.backward()
    with pytest.raises(RuntimeError, match=r"Mismatch in shape.*\(2,\).*\(3,\)"):
        y.backward(tt.ones(2))
    y.backward(tt.tensor([1.0, 0.0, -1.0], dtype=tt.float64))
    assert listed(x.grad) == [2, 0, -6]
    x.grad = None
    (x[:1] * 5).backward()  # one element, whatever its shape
    assert listed(x.grad) == [5, 0, 0]


def test_needs_a_graph() -> None:
    x = tt.ones(1)
    with pytest.raises(RuntimeError, match="element 0 of tensors does not require grad"):
        x.backward()
    with pytest.raises(RuntimeError, match="element 1 of tensors does not require grad"):
        taeda_autograd.backward([leaf(1) * 2, x])


def test_second_backward() -> None:
    x = leaf(1, 2)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert listed(x.grad) == [4, 8]
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()
    z = (x + 1).sum()  # saves nothing, so there is nothing to free
    z.backward()
    z.backward()


def test_several_roots_and_inputs() -> None:
    x, y = leaf(2), leaf(3)
    a, b = x * y, x + y
    taeda_autograd.backward([a, b], [tt.tensor([2.0]).double(), None], inputs=[x])
    assert listed(x.grad) == [7]
    assert y.grad is None


def test_backward_with_inputs_in_the_middle() -> None:
    x = leaf(2)
    y = x * 3
    (y * y).sum().backward(inputs=[y])
    assert y.grad is not None
    assert y.grad.item() == 12
    assert x.grad is None
    with pytest.raises(RuntimeError, match="cannot be empty"):
        (x * 1).backward(inputs=[])


def test_grad() -> None:
    x, y, unused = leaf(2), leaf(3), leaf(1)
    z = x * x * y
    assert [g.item() for g in grad(z, [x, y], retain_graph=True)] == [12, 4]
    assert x.grad is None
    assert grad(z, [x, unused], retain_graph=True, allow_unused=True)[1] is None
    assert grad(z, unused, retain_graph=True, materialize_grads=True)[0].tolist() == [0]
    with pytest.raises(RuntimeError, match="appears to not have been used in the graph"):
        grad(z, unused, retain_graph=True)
    with pytest.raises(
        RuntimeError, match="One of the differentiated Tensors does not require grad"
    ):
        grad(z, tt.ones(1))
    (middle,) = grad((z * 2).sum(), z)
    assert middle.tolist() == [2]


def test_grad_of_an_output_by_itself_and_twice() -> None:
    x = leaf(2)
    y = x * 3
    by_itself, by_x, again = grad(y, [y, x, x])
    assert (by_itself.item(), by_x.item(), again.item()) == (1, 3, 3)


def test_grad_runs_no_step_that_is_not_needed() -> None:
    x, y = leaf(2), leaf(3)
    calls: list[str] = []
    left, right = x * 2, y * 2
    left.register_hook(lambda _: calls.append("left"))
    right.register_hook(lambda _: calls.append("right"))
    grad((left * right).sum(), x)
    assert calls == ["left"]


def test_create_graph() -> None:
    x = leaf(2)
    (first,) = grad(x**4, x, create_graph=True)
    (second,) = grad(first, x, create_graph=True)
    (third,) = grad(second, x)
    assert (first.item(), second.item(), third.item()) == (32, 48, 48)
    assert not third.requires_grad


def test_create_graph_accumulates_out_of_place() -> None:
    x = leaf(2)
    (x * x).sum().backward()
    first = x.grad
    assert first is not None
    (x * x * x).sum().backward(create_graph=True)
    assert x.grad is not first
    assert x.grad is not None
    assert x.grad.requires_grad
    assert x.grad.item() == 16
    (slope,) = grad(x.grad, x)
    assert slope.item() == 12


def test_gradient_penalty() -> None:
    """A norm of gradients as part of a loss, against the derivative by hand."""
    x, w = leaf(1, 2), leaf(3, -1)
    y = (w * x * x).sum()
    (slope,) = grad(y, x, create_graph=True)  # 2 w x
    ((slope * slope).sum()).backward()  # sum of 4 w^2 x^2
    assert listed(w.grad) == [8 * 3 * 1, 8 * -1 * 4]
    assert listed(x.grad) == [8 * 9 * 1, 8 * 1 * 2]


def test_integers_and_constants_stop_gradients() -> None:
    x = leaf(1.5, 2.5)
    assert not x.long().requires_grad
    assert not (x > 2).requires_grad
    assert not x.detach().requires_grad
    assert x.detach().data_ptr() == x.data_ptr()
    with tt.no_grad():
        assert not (x * 2).requires_grad
    y = x * 2
    y.detach_()
    assert y.is_leaf
    assert not y.requires_grad


def test_requires_grad_of_leaves_only() -> None:
    x = leaf(1)
    y = x * 2
    with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf"):
        y.requires_grad = False
    with pytest.raises(RuntimeError, match="floating"):
        tt.ones(2, dtype=tt.int64).requires_grad_()
    x.requires_grad_(False)
    assert x.is_leaf
    assert not (x * 2).requires_grad


def test_frozen_after_forward() -> None:
    x, y = leaf(1), leaf(2)
    z = x * y
    x.requires_grad_(False)
    z.backward()
    assert x.grad is None
    assert listed(y.grad) == [1]


def test_retain_grad() -> None:
    x = leaf(2)
    y = x * 3
    y.retain_grad()
    assert y.retains_grad
    (y * y).sum().backward()
    assert y.grad is not None
    assert y.grad.item() == 12
    x.retain_grad()  # a leaf keeps its own
    assert not x.retains_grad
    with pytest.raises(RuntimeError, match="can't retain_grad on Tensor that has requires_grad"):
        tt.ones(1).retain_grad()


def test_grad_fn() -> None:
    x, y = leaf(1), leaf(2)
    z = x * y + 1
    assert z.grad_fn is not None
    assert z.grad_fn is z.grad_fn
    assert z.grad_fn.name() == "AddBackward0"
    (product, number), (nothing, _) = z.grad_fn.next_functions
    assert nothing is None
    assert number == 0
    assert product is not None
    assert product.name() == "MulBackward0"
    variables = [node.variable for node, _ in product.next_functions if node is not None]
    assert variables[0] is x
    assert variables[1] is y
    assert x.grad_fn is None
    assert (x.is_leaf, z.is_leaf) == (True, False)
    assert "AddBackward0" in repr(z.grad_fn)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        z.grad_fn.nothing  # noqa: B018


def test_modes() -> None:
    x = leaf(1)

    @tt.no_grad()
    def constant() -> tt.Tensor:
        with tt.enable_grad():
            inner = x * 2
        assert inner.requires_grad
        return x * 2

    assert not constant().requires_grad
    with tt.set_grad_enabled(False):
        assert not (x * 2).requires_grad
    with tt.inference_mode():
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad


def test_mode_within_backward() -> None:
    modes: list[bool] = []
    x = leaf(1)
    y = x * 2
    y.register_hook(lambda _: modes.append(tt.is_grad_enabled()))
    y.backward(retain_graph=True)
    y.backward(create_graph=True)
    assert modes == [False, True]
    assert tt.is_grad_enabled()


def test_seed_may_be_of_another_dtype() -> None:
    x = leaf(1, 2)
    (x * x).backward(tt.ones(2, dtype=tt.float32))
    assert x.grad is not None
    assert x.grad.dtype == tt.float64


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.t().reshape(-1)[::2],
        lambda x: x[:, 1].unsqueeze(0).expand(3, 2),
        lambda x: x.view(3, 2).permute(1, 0)[1:],
        lambda x: x.diagonal(1),
        lambda x: x.unfold(1, 2, 1),
        lambda x: x[..., None].squeeze(-1).narrow(1, 1, 2),
        lambda x: x.as_strided((2, 2), (1, 2), 1),
        lambda x: x.as_strided((3, 3), (1, 1), 0),
        lambda x: x.as_strided((2, 4), (0, 1), 1),
        lambda x: x[1:, ::2].contiguous() * x.double()[0, 0],
        lambda x: x.clone().flatten(),
    ],
)
def test_views_and_copies(function: Callable[[tt.Tensor], tt.Tensor]) -> None:
    x = tt.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], dtype=tt.float64, requires_grad=True)

    def squared(x: tt.Tensor) -> tt.Tensor:
        y = function(x)
        return y * y

    assert taeda_autograd.gradcheck(squared, x, atol=1e-6)
    assert taeda_autograd.gradgradcheck(squared, x, atol=1e-6)


def test_same_bits_for_any_order_of_use() -> None:
    x = tt.randn(50, requires_grad=True)
    (a,) = grad((x.exp() * x.sin()).sum(), x)
    (b,) = grad((x.exp() * x.sin()).sum(), x)
    assert a.tolist() == b.tolist()


def parts_of(x: tt.Tensor) -> list[tt.Tensor]:
    """Some elements of (4, 6) more than once, some never."""
    return [*x.split(2, dim=1), x[1], x[1:3, ::2], x[:, -1], x.diagonal(), x[0, 0], x[:0]]


@pytest.mark.parametrize("also_whole", [False, True])
def test_parts_of_one_tensor_share_its_gradient(also_whole: bool) -> None:
    weights = [tt.tensor(np.random.default_rng(i).standard_normal(24)) for i in range(9)]

    def loss(x: tt.Tensor) -> tt.Tensor:
        total = (x * x).sum() if also_whole else x.sum() * 0
        for part, weight in zip(parts_of(x), weights, strict=True):
            total = total + (part * weight[: part.numel()].view(part.shape)).sum()
        return total

    values = np.random.default_rng(0).standard_normal((4, 6))
    expected = 2 * values if also_whole else np.zeros((4, 6))
    for part, weight in zip(
        parts_of(tt.tensor(np.arange(24.0).reshape(4, 6))), weights, strict=True
    ):
        np.add.at(
            expected.reshape(-1), part.long().numpy(), weight[: part.numel()].view(part.shape)
        )
    leaf = tt.tensor(values, requires_grad=True)
    inner = tt.tensor(values, requires_grad=True)
    loss(leaf).backward()
    loss(inner * 1.0).backward()
    (recorded,) = grad(loss(leaf), leaf, create_graph=True)
    for found in (leaf.grad, inner.grad, recorded):
        assert found is not None
        # Up to nine terms are added in another order.
        np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-14, atol=1e-15)


def test_a_part_leaves_alone_what_others_hold() -> None:
    x, seen = leaf(1, 2, 3), []
    y = x * 1.0
    part, whole = y[:2], y * 1.0
    whole.register_hook(seen.append)
    part.register_hook(lambda g: g * 10)
    (whole.sum() + part.sum()).backward(retain_graph=True)
    assert listed(x.grad) == [11, 11, 1]
    assert listed(seen[0]) == [1, 1, 1]
    assert [listed(g) for g in grad(part.sum() + y[1:].sum(), [y, x])] == [[10, 11, 1]] * 2


def test_gradients_that_others_hold_are_not_written_over() -> None:
    """Rules of activations write over large gradients, but never where it would be seen."""
    values = tt.tensor(np.random.default_rng(0).standard_normal(20_000))
    seed, seen = tt.full((20_000,), 3.0, dtype=tt.float64), []
    expected = (3.0 * (values > 0)).tolist()

    def result(x: tt.Tensor, **hold: bool) -> tt.Tensor:
        inner = x * 1.0
        y = inner.relu()
        if hold.get("tensor"):
            y.register_hook(seen.append)
        if hold.get("node"):
            assert y.grad_fn is not None
            y.grad_fn.register_hook(lambda _, grads: seen.append(grads[0].clone()))
        return y * 1.0

    for hold in ({}, {"tensor": True}, {"node": True}):
        x = values.clone().requires_grad_()
        result(x, **hold).backward(seed)
        assert listed(x.grad) == expected
        assert listed(seed) == [3.0] * 20_000
    assert [listed(g) for g in seen] == [[3.0] * 20_000] * 2
    # The gradient goes to both, and one of them keeps it.
    x, z = values.clone().requires_grad_(), values.clone().requires_grad_()
    middle = x.relu()
    middle.retain_grad()
    (middle + z).backward(seed)
    assert listed(x.grad) == expected
    assert listed(middle.grad) == listed(z.grad) == [3.0] * 20_000
    both = x.relu()
    found = grad(both * 1.0, [both, x], seed)
    assert [listed(g) for g in found] == [[3.0] * 20_000, expected]
