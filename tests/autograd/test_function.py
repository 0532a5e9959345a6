"""Function: operations written in Python."""

from __future__ import annotations

from typing import Any

import pytest

import taeda_tensor as tt
from taeda_autograd import Function, grad, gradcheck, gradgradcheck, once_differentiable


def leaf(*values: float) -> tt.Tensor:
    return tt.tensor(list(values), dtype=tt.float64, requires_grad=True)


class Scaled(Function):
    @staticmethod
    def forward(ctx: Any, x: tt.Tensor, y: tt.Tensor, factor: float) -> tt.Tensor:
        ctx.save_for_backward(x, y)
        ctx.factor = factor
        return x * y * factor

    @staticmethod
    def backward(ctx: Any, g: tt.Tensor) -> Any:
        x, y = ctx.saved_tensors
        return g * y * ctx.factor, g * x * ctx.factor, None


class Exp(Function):
    """Saves its result."""

    @staticmethod
    def forward(x: tt.Tensor) -> tt.Tensor:
        return x.exp()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tt.Tensor) -> None:
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx: Any, g: tt.Tensor) -> tt.Tensor:
        (result,) = ctx.saved_tensors
        return g * result


class SplitSquare(Function):
    """Two results, and an integer that has no gradient."""

    @staticmethod
    def forward(ctx: Any, x: tt.Tensor) -> Any:
        ctx.save_for_backward(x)
        sign = x.sign()
        ctx.mark_non_differentiable(sign)
        return x * x, x * 3, sign

    @staticmethod
    def backward(ctx: Any, g: tt.Tensor, h: tt.Tensor, s: tt.Tensor) -> tt.Tensor:
        (x,) = ctx.saved_tensors
        return g * 2 * x + h * 3


class AddInPlace(Function):
    @staticmethod
    def forward(ctx: Any, x: tt.Tensor, y: tt.Tensor) -> tt.Tensor:
        x.add_(y)
        ctx.mark_dirty(x)
        return x

    @staticmethod
    def backward(ctx: Any, g: tt.Tensor) -> Any:
        return g, g * 10


def test_first_and_second_derivative() -> None:
    x, y = leaf(1, 2), leaf(3, -1)
    assert gradcheck(lambda x, y: Scaled.apply(x, y, 2.5), (x, y))
    assert gradgradcheck(lambda x, y: Scaled.apply(x, y, 2.5), (x, y))
    assert gradcheck(Exp.apply, (x,))
    assert gradgradcheck(Exp.apply, (x,))
    assert gradgradcheck(lambda x: SplitSquare.apply(x)[:2], (x,))


def test_graph() -> None:
    x = leaf(1, 2)
    y = Scaled.apply(x, tt.ones(2), 2)
    assert y.grad_fn is not None
    assert y.grad_fn.name() == "ScaledBackward"
    assert y.grad_fn.factor == 2
    assert y.grad_fn.needs_input_grad == (True, False, False)
    assert [node is None for node, _ in y.grad_fn.next_functions][:2] == [False, True]
    assert Scaled.apply(tt.ones(2), tt.ones(2), 2).grad_fn is None
    with tt.no_grad():
        assert not Scaled.apply(x, x, 2).requires_grad


def test_broadcasting_is_the_business_of_the_engine() -> None:
    x, y = leaf(2), leaf(1, 2, 3)
    Scaled.apply(x, y, 1).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [6]


def test_several_results() -> None:
    x = leaf(2, -3)
    squares, thirds, sign = SplitSquare.apply(x)
    assert not sign.requires_grad
    assert sign.tolist() == [1, -1]
    (slope,) = grad(thirds.sum(), x, retain_graph=True)  # zeros stand for the squares
    assert slope.tolist() == [3, 3]
    (slope,) = grad(squares.sum() + thirds.sum(), x)
    assert slope.tolist() == [7, -3]


def test_gradients_may_stay_none() -> None:
    seen: list[Any] = []

    class Pair(Function):
        @staticmethod
        def forward(ctx: Any, x: tt.Tensor) -> Any:
            ctx.set_materialize_grads(False)
            return x * 1, x * 2

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            seen.append((g, h is None))
            return h if g is None else g

    x = leaf(1)
    first, _ = Pair.apply(x)
    first.backward()
    assert seen[0][0].item() == 1
    assert seen[0][1]


def test_in_place() -> None:
    x, y = leaf(1), leaf(2)
    z = x * 1
    result = AddInPlace.apply(z, y)
    assert result is z
    assert z.grad_fn is not None
    assert z.grad_fn.name() == "AddInPlaceBackward"
    z.backward()
    assert x.grad is not None
    assert y.grad is not None
    assert (x.grad.item(), y.grad.item()) == (1, 10)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        AddInPlace.apply(leaf(1), y)


def test_in_place_on_a_view() -> None:
    x, y = leaf(1, 2), leaf(5)
    z = x * 1
    AddInPlace.apply(z[1:], y)
    (z * z).sum().backward()
    assert x.grad is not None
    assert y.grad is not None
    assert x.grad.tolist() == [2, 14]
    assert y.grad.tolist() == [140]


def test_result_that_is_an_input() -> None:
    class Through(Function):
        @staticmethod
        def forward(ctx: Any, x: tt.Tensor) -> tt.Tensor:
            return x

        @staticmethod
        def backward(ctx: Any, g: tt.Tensor) -> tt.Tensor:
            return g * -1

    x = leaf(1)
    y = Through.apply(x)
    assert y is not x
    assert x.is_leaf
    y.backward()
    assert x.grad is not None
    assert x.grad.item() == -1


def test_vjp_is_another_name_for_backward() -> None:
    class Double(Function):
        @staticmethod
        def forward(ctx: Any, x: tt.Tensor) -> tt.Tensor:
            return x * 2

        @staticmethod
        def vjp(ctx: Any, g: tt.Tensor) -> tt.Tensor:
            return g * 2

    assert gradcheck(Double.apply, (leaf(1.5),))


def test_once_differentiable() -> None:
    class Cube(Function):
        @staticmethod
        def forward(ctx: Any, x: tt.Tensor) -> tt.Tensor:
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        @once_differentiable
        def backward(ctx: Any, g: tt.Tensor) -> tt.Tensor:
            (x,) = ctx.saved_tensors
            assert not tt.is_grad_enabled()
            return g * 3 * x * x

    x = leaf(2)
    (slope,) = grad(Cube.apply(x), x, leaf(1), create_graph=True)
    assert slope.item() == 12
    with pytest.raises(RuntimeError, match="differentiate twice a function that was marked with"):
        slope.backward()


def test_saved_tensors_are_guarded() -> None:
    x = leaf(1, 2) * 1
    y = Scaled.apply(x, leaf(3, 4), 1)
    x.add_(1)
    with pytest.raises(RuntimeError, match="Scaled: one of the variables needed for gradient"):
        y.sum().backward()
    z = Exp.apply(leaf(1))
    z.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        z.backward()


def bad(forward: Any, backward: Any) -> type[Function]:
    return type(
        "Bad", (Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    )


@pytest.mark.parametrize(
    ("forward", "backward", "error", "match"),
    [
        (lambda c, x: [x], None, TypeError, "must return a Tensor or a tuple of them, got list"),
        (lambda c, x: x * 1, lambda c, g: (g, g), RuntimeError, "expected 1, got 2"),
        (lambda c, x: x * 1, lambda c, g: (), RuntimeError, "expected 1, got 0"),
        (lambda c, x: x * 1, lambda c, g: "g", TypeError, "got str"),
        (
            lambda c, x: x * 1,
            lambda c, g: tt.ones(3),
            RuntimeError,
            r"BadBackward returned an invalid gradient at index 0 - got \[3\] but expected shape "
            r"compatible with \[2\]",
        ),
        (
            lambda c, x: c.save_for_backward("x") or x * 1,
            None,
            TypeError,
            "can only save variables",
        ),
        (lambda c, x: c.mark_dirty(x * 1) or x * 1, None, RuntimeError, "inputs of forward"),
        (lambda c, x: c.mark_dirty(x) or x * 1, None, RuntimeError, "must all be outputs"),
    ],
)
def test_errors(forward: Any, backward: Any, error: type[Exception], match: str) -> None:
    x = leaf(1, 2) * 1
    with pytest.raises(error, match=match):
        bad(forward, backward).apply(x).backward(tt.ones(2))


def test_missing_methods() -> None:
    class Empty(Function):
        pass

    with pytest.raises(NotImplementedError, match="must implement the forward"):
        Empty.apply(leaf(1))
    with pytest.raises(NotImplementedError, match="backward or vjp"):
        type("OnlyForward", (Function,), {"forward": staticmethod(lambda c, x: x * 1)}).apply(
            leaf(1)
        ).backward()


def test_exceptions_come_through() -> None:
    def fails(*_: Any) -> Any:
        raise ZeroDivisionError("inside")

    with pytest.raises(ZeroDivisionError, match="inside"):
        bad(fails, None).apply(leaf(1))
    y = bad(lambda c, x: x * 1, fails).apply(leaf(1))
    with pytest.raises(ZeroDivisionError, match="inside"):
        y.backward()
    assert tt.is_grad_enabled()


def test_keywords_and_defaults_take_their_places() -> None:
    seen: list[Any] = []

    class Power(Function):
        @staticmethod
        def forward(x: tt.Tensor, exponent: int = 3) -> tt.Tensor:
            return x**exponent

        @staticmethod
        def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tt.Tensor) -> None:
            x, ctx.exponent = inputs
            seen.append(ctx.exponent)
            ctx.save_for_backward(x)

        @staticmethod
        def backward(ctx: Any, g: tt.Tensor) -> Any:
            (x,) = ctx.saved_tensors
            return g * ctx.exponent * x ** (ctx.exponent - 1), None

    x = leaf(2)
    assert grad(Power.apply(x), x)[0].item() == 12
    assert grad(Power.apply(exponent=2, x=x), x)[0].item() == 4
    assert seen == [3, 2]
    y = Scaled.apply(x, factor=2.0, y=x)
    assert grad(y, x)[0].item() == 8
    with pytest.raises(TypeError, match="unexpected keyword"):
        Power.apply(x, power=2)


def test_what_backward_gets_for_results_without_gradient() -> None:
    """Zeros for tensors of any dtype, None for what is no tensor."""
    seen: list[Any] = []

    class Mixed(Function):
        @staticmethod
        def forward(ctx: Any, x: tt.Tensor) -> Any:
            position = x.argmax()
            ctx.mark_non_differentiable(position)
            return x * 1, position, "text", x * 2

        @staticmethod
        def backward(ctx: Any, *gradients: Any) -> Any:
            seen.extend(gradients)
            return gradients[0]

    first, position, text, _ = Mixed.apply(leaf(1, 2))
    assert (position.item(), text) == (1, "text")
    first.sum().backward()
    assert seen[0].tolist() == [1, 1]
    assert (seen[1].dtype, seen[1].item()) == (tt.int64, 0)
    assert seen[2] is None
    assert seen[3].tolist() == [0, 0]
