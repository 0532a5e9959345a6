"""Writes in place: on leaves, on results, on views and their bases."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import taeda_tensor as tt
from taeda_autograd import grad, gradcheck, gradgradcheck


def leaf(*values: float) -> tt.Tensor:
    return tt.tensor(list(values), dtype=tt.float64, requires_grad=True)


def zeros(*shape: int) -> tt.Tensor:
    return tt.zeros(shape, dtype=tt.float64)


def test_leaf() -> None:
    x = leaf(1, 2)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used"):
        x.add_(1)
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad is being"):
        x[0] = 3
    with tt.no_grad():
        x.add_(1)
        x[0] = 5
    assert x.tolist() == [5, 3]
    assert x.is_leaf


def test_failed_write_changes_nothing() -> None:
    x = leaf(1, 2)
    version = x._version
    with pytest.raises(RuntimeError):
        x.mul_(2)
    assert x.tolist() == [1, 2]
    assert x._version == version


def test_result() -> None:
    x = leaf(2, 3)
    y = x * 1
    before = y.grad_fn
    y.mul_(x).add_(1)
    assert y.grad_fn is not before
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [4, 6]


def test_plain_tensor_takes_on_history() -> None:
    x, total = leaf(2), zeros(1)
    total.add_(x * x)
    assert total.requires_grad
    total.add_(x)
    total.backward()
    assert x.grad is not None
    assert x.grad.item() == 5


def test_overwritten_history_gets_zero() -> None:
    x = leaf(1, 2)
    y = x * 2
    y.zero_()
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0, 0]
    z = x * 2
    z.copy_(x * 5)
    (slope,) = grad(z.sum(), x)
    assert slope.tolist() == [5, 5]


def test_assignment_into_zeros() -> None:
    x, y = leaf(2), zeros(3)
    y[0] = x[0] * x[0]
    y[2] = x[0]
    assert y.grad_fn is not None
    (y * tt.tensor([1.0, 10.0, 100.0], dtype=tt.float64)).sum().backward()
    assert x.grad is not None
    assert x.grad.item() == 104


def test_view_reaches_the_base() -> None:
    x = leaf(1, 2, 3)
    y = x * 1
    view = y[1:]
    view.mul_(10)
    assert y.grad_fn is not None
    assert y.grad_fn.name() == "CopySlices"
    (y * y).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [2, 400, 600]


def test_write_into_base_reaches_the_view() -> None:
    x = leaf(1, 2, 3)
    y = x * 1
    view = y[:2]
    y.mul_(3)
    assert view.grad_fn is not None
    assert view.grad_fn.name() == "AsStridedBackward0"
    (slope,) = grad((view * view).sum(), x)
    assert slope.tolist() == [18, 36, 0]


def test_sibling_views() -> None:
    x = leaf(1, 2, 3, 4)
    y = x * 1
    left, right, whole = y[:3], y[1:], y.view(2, 2)
    left.mul_(2)
    right.add_(left.sum())  # what left was before this write
    (slope,) = grad((whole * whole).sum(), x)
    assert whole.tolist() == [[2, 16], [18, 16]]
    # whole = [2 a, 2 a + 4 b + 2 c, 2 a + 2 b + 4 c, 2 a + 2 b + 2 c + d]
    gradient = [4.0, 32.0, 36.0, 32.0]
    assert slope.tolist() == [
        2 * sum(gradient),
        4 * gradient[1] + 2 * gradient[2] + 2 * gradient[3],
        2 * gradient[1] + 4 * gradient[2] + 2 * gradient[3],
        gradient[3],
    ]


def test_view_of_plain_base_seen_before_the_write() -> None:
    w, base = leaf(3), zeros(2)
    view = base[0]
    other = base.view(2, 1)
    assert not view.requires_grad
    base[0:1].copy_(w)
    assert view.requires_grad
    assert other.requires_grad
    assert view.grad_fn is not None
    (slope,) = grad((view * view).sum() + other.sum(), w)
    assert slope.tolist() == [7]


def test_view_of_view() -> None:
    x = leaf(*range(6))
    y = x * 1
    y.view(2, 3)[1].narrow(0, 1, 2).exp_()
    (slope,) = grad(y.sum(), x)
    expected = tt.tensor([1, 1, 1, 1, 0, 0], dtype=tt.float64)
    expected[4:] = tt.tensor([4.0, 5.0], dtype=tt.float64).exp()
    assert slope.tolist() == expected.tolist()


def test_transposed_base() -> None:
    x = tt.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=tt.float64, requires_grad=True)
    y = (x.t() * 1).t().detach()  # column-major memory without history
    y.requires_grad_(False)
    y[0] = x[1] * x[1]
    (slope,) = grad((y * y).sum(), x)
    assert slope.tolist() == [[0, 0], [4 * 27, 4 * 64]]


FUNCTIONS: dict[str, Callable[[tt.Tensor, tt.Tensor], tt.Tensor]] = {}


def case(function: Callable[[tt.Tensor, tt.Tensor], tt.Tensor]) -> None:
    FUNCTIONS[function.__name__] = function


@case
def row_by_row(x: tt.Tensor, y: tt.Tensor) -> tt.Tensor:
    result = tt.zeros((3, 2), dtype=x.dtype)
    for i in range(3):
        result[i] = x * y[i]
    return result


@case
def strided_write(x: tt.Tensor, y: tt.Tensor) -> tt.Tensor:
    result = tt.ones(6, dtype=x.dtype)
    result[::3] = x
    result[1::2].mul_(y[0].sum() * result[1::2].clone())
    return result


@case
def reversed_columns(x: tt.Tensor, y: tt.Tensor) -> tt.Tensor:
    result = y * 1
    result.t()[0].mul_(y[:, 1])
    result.diagonal().add_(x)
    return result


@case
def chain_in_place(x: tt.Tensor, y: tt.Tensor) -> tt.Tensor:
    result = y.clone()
    result.mul_(x).add_(y).mul_(y).exp_()
    return result


@case
def square_of_itself(x: tt.Tensor, y: tt.Tensor) -> tt.Tensor:
    result = y * x
    result.mul_(result)
    first = result[0]
    first.mul_(first)
    return result


@case
def broadcast_source(x: tt.Tensor, y: tt.Tensor) -> tt.Tensor:
    result = y * 2
    result.copy_(x)
    result[1:] += y[1:]
    return result


@case
def shapes_in_place(x: tt.Tensor, y: tt.Tensor) -> tt.Tensor:
    result = y * x
    row = result[0]
    result.t_().unsqueeze_(1)
    result.mul_(y[:, 0])
    row.unsqueeze_(0).mul_(x)
    return result.squeeze_().transpose_(0, 1)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_against_finite_differences(name: str) -> None:
    x = tt.tensor([0.5, 1.25], dtype=tt.float64, requires_grad=True)
    y = tt.tensor([[0.3, 0.7], [1.1, 0.4], [0.9, 1.6]], dtype=tt.float64, requires_grad=True)
    assert gradcheck(FUNCTIONS[name], (x, y))
    assert gradgradcheck(FUNCTIONS[name], (x, y))


def test_saved_tensor_changed() -> None:
    x = leaf(1, 2)
    y = x.exp()
    z = y * 2
    y.add_(1)
    with pytest.raises(RuntimeError, match="has been modified by an inplace operation") as caught:
        z.sum().backward()
    message = str(caught.value)
    assert message.startswith("exp:")
    assert "y = x.exp()" in message
    assert "y.add_(1)" in message
    assert message.count("test_in_place.py") == 2
    assert "version 0" in message
    assert "version 1" in message


def test_saved_leaf_changed_under_no_grad() -> None:
    w, x = leaf(1, 2), leaf(3, 4)
    y = (w * x).sum()
    with tt.no_grad():
        w -= 0.5
    with pytest.raises(RuntimeError, match="modified by an inplace") as caught:
        y.backward()
    assert "w -= 0.5" in str(caught.value)
    assert "written by sub" in str(caught.value)


def test_saved_tensor_changed_through_a_view() -> None:
    x = leaf(1, 2)
    y = x * 1
    z = y * y
    y[0] = 7
    with pytest.raises(RuntimeError, match="modified by an inplace"):
        z.sum().backward()


def test_source_of_a_write_that_reads_its_target() -> None:
    """A saved view of the memory that the same operation overwrites cannot be trusted."""
    y = leaf(1, 2, 3) * 1
    y.mul_(y[0])
    with pytest.raises(RuntimeError, match="modified by an inplace"):
        y.sum().backward()


def test_second_backward_names_operation_and_line() -> None:
    x = leaf(1, 2)
    y = x.exp().sum()
    y.backward()
    with pytest.raises(RuntimeError, match="a second time") as caught:
        y.backward()
    message = str(caught.value)
    assert message.startswith("exp:")
    assert "y = x.exp().sum()" in message
    assert "retain_graph=True" in message


def test_writes_that_do_no_harm() -> None:
    x = leaf(1, 2)
    y = x * 3  # saves nothing of x
    z = y + 1  # saves nothing of y
    y.mul_(2)
    z.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [3, 3]


def test_out_argument() -> None:
    x = leaf(1, 2)
    with pytest.raises(RuntimeError, match=r"out=\.\.\. arguments don't support automatic"):
        tt.exp(x, out=zeros(2))
    with tt.no_grad():
        result = zeros(2)
        tt.exp(x, out=result)
    assert not result.requires_grad


def test_data_escapes_the_tape() -> None:
    x = leaf(1, 2)
    x.data.mul_(10)
    assert x.tolist() == [10, 20]
    assert x.is_leaf


def test_write_without_recording_keeps_history() -> None:
    x = leaf(1, 2)
    y = x * 2
    view = y[0]
    with tt.no_grad():
        y.add_(1)
    (slope,) = grad(view + y.sum(), x)
    assert slope.tolist() == [4, 2]


def test_detach_of_views() -> None:
    y = leaf(1, 2) * 1
    with pytest.raises(RuntimeError, match="Can't detach views in-place"):
        y[0].detach_()


def test_non_differentiable_write() -> None:
    x = leaf(1.4, 2.6)
    y = x * 1
    y.round_()
    (slope,) = grad(y.sum(), x)
    assert slope.tolist() == [0, 0]


def test_hook_stays_with_what_was_there() -> None:
    """A hook registered before a write sees the gradient of the value before it."""
    x = leaf(1.0)
    y = x * 1
    seen: list[float] = []
    y.register_hook(lambda g: seen.append(g.item()))
    y.mul_(5)
    y.backward()
    assert seen == [5]


def test_retain_grad_follows_the_tensor() -> None:
    x = leaf(1.0)
    y = x * 1
    y.retain_grad()
    y.mul_(5)
    (y * 3).backward()
    assert y.grad is not None
    assert y.grad.item() == 3


def test_shape_in_place() -> None:
    x = leaf(1, 2)
    y = x * 1
    assert y.unsqueeze_(0) is y
    assert y.shape == (1, 2)
    assert y.grad_fn is not None
    assert y.grad_fn.name() == "ViewBackward0"
    (slope,) = grad((y * y).sum(), x)
    assert slope.tolist() == [2, 4]
    for change in (
        lambda: x.unsqueeze_(0),
        lambda: x[0:1].unsqueeze_(0),
        lambda: x.as_strided_((1,), (1,)),
    ):
        with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
            change()
    with tt.no_grad():
        x.unsqueeze_(0)
    assert x.shape == (1, 2)
    assert x.is_leaf


def test_shape_in_place_of_what_is_saved() -> None:
    y = leaf(1, 2) * 1
    z = (y * y).sum()
    with tt.no_grad():
        y.unsqueeze_(0)
    with pytest.raises(RuntimeError, match="written by a change of shape in place") as caught:
        z.backward()
    assert "y.unsqueeze_(0)" in str(caught.value)


def test_errors_name_the_line_of_the_user() -> None:
    """Where an operation is composed in Python, the place is that of the call, not of our code."""
    y = leaf(1, 2) * 1
    z = tt.tensordot(y, y, 1)
    y.unsqueeze_(0)
    with pytest.raises(RuntimeError) as caught:
        z.backward()
    message = str(caught.value)
    assert "z = tt.tensordot(y, y, 1)" in message
    assert "y.unsqueeze_(0)" in message
