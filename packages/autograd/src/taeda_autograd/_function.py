"""Function: operations whose forward and backward are written in Python."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import taeda_tensor
from taeda_autograd import _autograd
from taeda_tensor import Tensor


class FunctionCtx(_autograd.FunctionLink):
    """What forward hands to backward; attributes may be set on it.

    Keep inputs and results by `save_for_backward`: a result set as an attribute would keep the
    graph alive.
    """

    needs_input_grad: tuple[bool, ...]
    _function: type[Function]
    _separate_setup: bool = False
    _to_save: tuple[Tensor | None, ...] | None = None
    _dirty: tuple[Tensor, ...] | None = None
    _constant: tuple[Tensor, ...] | None = None
    _materialize_grads: bool = True

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keeps tensors for `ctx.saved_tensors`; changing them in place before then is an error."""
        self._to_save = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """Says which inputs forward has changed in place; it must return them."""
        self._dirty = args

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Says which results have no gradient."""
        self._constant = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (default) or None for a result that was not used."""
        self._materialize_grads = value

    @property
    def saved_variables(self) -> tuple[Tensor, ...]:
        return self.saved_tensors

    def _run_backward(self, *gradients: Tensor | None) -> Any:
        return self._function._backward_method()(self, *gradients)


class Function:
    """An operation with a derivative of its own: `forward` and `backward` are static methods.

    `forward(ctx, *args)` computes the result, or `forward(*args)` beside
    `setup_context(ctx, inputs, output)`. `backward(ctx, *grads)` gets the gradient of each
    result and returns that of each argument, None for what is not a tensor. Both run through
    `apply`.

    >>> import taeda_tensor as torch
    >>> class Cube(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x * x
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         (x,) = ctx.saved_tensors
    ...         return grad * 3 * x * x
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> Cube.apply(x).backward()
    >>> x.grad
    tensor(12.)
    """

    _context_class: type[FunctionCtx]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._context_class = type(
            f"{cls.__name__}Backward",
            (FunctionCtx,),
            {
                "_function": cls,
                "_separate_setup": cls.setup_context is not Function.setup_context,
                "__module__": cls.__module__,
            },
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Computes the result; overridden by each Function."""
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function."
        )

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Fills the context where forward does not take one."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Computes the gradients of the arguments; overridden by each Function, or `vjp` is."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it with backward mode AD."
        )

    vjp = backward

    @classmethod
    def _backward_method(cls) -> Callable[..., Any]:
        given_vjp = cls.vjp is not Function.vjp
        if given_vjp and cls.backward is not Function.backward:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. "
                "You should only implement one of them."
            )
        return cls.vjp if given_vjp else cls.backward

    @classmethod
    def _bind(cls, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """The arguments in the order in which forward names them."""
        own = () if cls._context_class._separate_setup else (None,)
        bound = inspect.signature(cls.forward).bind(*own, *args, **kwargs)
        bound.apply_defaults()
        if bound.kwargs:
            raise TypeError(
                f"{cls.__name__}: forward must not take keyword-only arguments, got "
                f"{', '.join(bound.kwargs)}"
            )
        return bound.args[len(own) :]

    # Runs forward and records it; gives what forward returns. Native, so that the place that errors
    # show is the caller's.
    apply: classmethod[Any, ..., Any] = classmethod(_autograd.apply_function)


class _DifferentiatedTwice(Function):
    """Passes tensors on; differentiating them is the error that `once_differentiable` promises."""

    @staticmethod
    def forward(ctx: Any, *tensors: Tensor) -> tuple[Tensor, ...]:
        return tuple(tensor.detach() for tensor in tensors)

    @staticmethod
    def backward(ctx: Any, *_: Any) -> Any:
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable"
        )


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a backward that is not made of differentiable operations: a second derivative raises.

    >>> import taeda_tensor as torch
    >>> class Twice(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return x * 2
    ...     @staticmethod
    ...     @once_differentiable
    ...     def backward(ctx, grad):
    ...         return grad * 2
    >>> x = torch.tensor(1.0, requires_grad=True)
    >>> Twice.apply(x).backward()
    >>> x.grad
    tensor(2.)
    """

    @functools.wraps(function)
    def wrapper(ctx: Any, *gradients: Tensor | None) -> Any:
        with taeda_tensor.no_grad():
            outputs = function(ctx, *gradients)
        required = any(isinstance(g, Tensor) and g.requires_grad for g in gradients)
        if not taeda_tensor.is_grad_enabled() or not required:
            return outputs
        one = not isinstance(outputs, tuple)
        listed = (outputs,) if one else outputs
        tensors = [output.detach() for output in listed if isinstance(output, Tensor)]
        for tensor in tensors:
            tensor.requires_grad = True
        guarded = iter(_DifferentiatedTwice.apply(*tensors))
        result = tuple(next(guarded) if isinstance(o, Tensor) else o for o in listed)
        return result[0] if one else result

    return wrapper
