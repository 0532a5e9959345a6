"""Derivatives of functions: Jacobians, Hessians and their products with vectors."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, TypeAlias

import taeda_tensor
from taeda_autograd._autograd import grad
from taeda_tensor import Tensor

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Tensors: TypeAlias = Tensor | tuple[Tensor, ...]


def _tuple_of(name: str, what: str, value: Any) -> tuple[tuple[Tensor, ...], bool]:
    """The tensors as a tuple, and whether they came as one."""
    is_tuple = isinstance(value, (tuple, list))
    tensors = tuple(value) if is_tuple else (value,)
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"{name}: {what} must be a Tensor or a tuple of them, "
                f"got {type(tensor).__name__} at index {i}"
            )
    return tensors, is_tuple


def _own(tensors: tuple[Tensor, ...], create_graph: bool) -> tuple[Tensor, ...]:
    """Tensors to differentiate by: joined to the caller's graph, or on their own."""
    if create_graph:
        return tuple(t.view(t.shape) if t.requires_grad else _leaf(t) for t in tensors)
    return tuple(_leaf(tensor) for tensor in tensors)


def _leaf(tensor: Tensor) -> Tensor:
    return tensor.detach().requires_grad_()


def _result(tensors: tuple[Any, ...], as_tuple: bool, create_graph: bool) -> Any:
    if not create_graph:
        tensors = tuple(tensor.detach() for tensor in tensors)
    return tensors if as_tuple else tensors[0]


def _gradients(
    name: str,
    outputs: tuple[Tensor, ...],
    inputs: tuple[Tensor, ...],
    seeds: tuple[Tensor, ...],
    create_graph: bool,
    strict: bool,
) -> tuple[Tensor, ...]:
    """The gradients, zeros for what does not depend on an input; RuntimeError there if `strict`."""
    pairs = [(o, s) for o, s in zip(outputs, seeds, strict=True) if o.requires_grad]
    found: tuple[Tensor | None, ...] = (None,) * len(inputs)
    if pairs:
        chosen, weights = zip(*pairs, strict=True)
        found = grad(
            chosen, inputs, weights, retain_graph=True, create_graph=create_graph, allow_unused=True
        )
    if strict:
        for i, gradient in enumerate(found):
            if gradient is None:
                raise RuntimeError(
                    f"{name}: the output of the user-provided function is independent of input "
                    f"{i}. This is not allowed in strict mode."
                )
    return tuple(
        taeda_tensor.zeros_like(tensor) if gradient is None else gradient
        for gradient, tensor in zip(found, inputs, strict=True)
    )


def _vectors(name: str, v: Any, like: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(
                f"{name}: the vector v can only be None if the user-provided function has one "
                "result (or input, for jvp) of a single element"
            )
        return (taeda_tensor.ones_like(like[0]),)
    vectors, _ = _tuple_of(name, "v", v)
    shapes = [tuple(vector.shape) for vector in vectors]
    expected = [tuple(tensor.shape) for tensor in like]
    if shapes != expected:
        raise RuntimeError(f"{name}: v has shapes {shapes}, expected {expected}")
    return vectors


def vjp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The results of `func`, and the product of a vector with its Jacobian, v^T J.

    >>> import taeda_tensor as torch
    >>> vjp(torch.exp, torch.tensor([0.0, 0.0]), torch.tensor([1.0, 2.0]))[1]
    tensor([1., 2.])
    """
    given, is_tuple = _tuple_of("vjp", "inputs", inputs)
    with taeda_tensor.enable_grad():
        own = _own(given, create_graph)
        outputs, out_tuple = _tuple_of("vjp", "the result", func(*own))
        vectors = _vectors("vjp", v, outputs)
        products = _gradients("vjp", outputs, own, vectors, create_graph, strict)
    return _result(outputs, out_tuple, create_graph), _result(products, is_tuple, create_graph)


def jvp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The results of `func`, and the product of its Jacobian with a vector, J v.

    v^T J is linear in v: its derivative by v, applied to the vector, is J v.

    >>> import taeda_tensor as torch
    >>> jvp(torch.exp, torch.tensor([0.0, 0.0]), torch.tensor([1.0, 2.0]))[1]
    tensor([1., 2.])
    """
    given, _ = _tuple_of("jvp", "inputs", inputs)
    vectors = _vectors("jvp", v, given)
    with taeda_tensor.enable_grad():
        own = _own(given, create_graph)
        outputs, out_tuple = _tuple_of("jvp", "the result", func(*own))
        dummies = tuple(taeda_tensor.zeros_like(o).requires_grad_() for o in outputs)
        first = _gradients("jvp", outputs, own, dummies, True, strict)
        products = _gradients("jvp", first, dummies, vectors, create_graph, False)
    return _result(outputs, out_tuple, create_graph), _result(products, out_tuple, create_graph)


def jacobian(
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian of `func`: for each result and input, of shape (*result.shape, *input.shape).

    >>> import taeda_tensor as torch
    >>> jacobian(lambda x: x * x, torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    del vectorize  # a matter of speed only
    return _jacobian("jacobian", func, inputs, create_graph, strict, strategy)


def _jacobian(
    name: str,
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool,
    strict: bool,
    strategy: str,
) -> Any:
    if strategy not in ("reverse-mode", "forward-mode"):
        raise ValueError(
            f'{name}: strategy must be "reverse-mode" or "forward-mode", got "{strategy}"'
        )
    if strategy == "forward-mode":
        raise NotImplementedError(f"{name}: forward mode is not there yet")
    given, is_tuple = _tuple_of(name, "inputs", inputs)
    with taeda_tensor.enable_grad():
        own = _own(given, create_graph)
        outputs, out_tuple = _tuple_of(name, "the result", func(*own))
        matrix = tuple(
            _result(_rows_of(name, output, own, create_graph, strict), is_tuple, create_graph)
            for output in outputs
        )
    return matrix if out_tuple else matrix[0]


def _rows_of(
    name: str, output: Tensor, inputs: tuple[Tensor, ...], create_graph: bool, strict: bool
) -> tuple[Tensor, ...]:
    """The derivative of each element of one output, stacked: a tensor for each input."""
    rows: list[tuple[Tensor, ...]] = []
    for index in itertools.product(*map(range, output.shape)):
        seed = taeda_tensor.zeros_like(output.detach())
        seed[index if index else ...] = 1
        rows.append(_gradients(name, (output,), inputs, (seed,), create_graph, strict))
    if not rows:
        return tuple(taeda_tensor.zeros((*output.shape, *t.shape), dtype=t.dtype) for t in inputs)
    return tuple(
        taeda_tensor.stack(column).reshape((*output.shape, *tensor.shape))
        for column, tensor in zip(zip(*rows, strict=True), inputs, strict=True)
    )


def hessian(
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a function with one result of a single element.

    >>> import taeda_tensor as torch
    >>> hessian(lambda x: (x * x * x).sum(), torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    given, is_tuple = _tuple_of("hessian", "inputs", inputs)

    def first(*own: Tensor) -> tuple[Tensor, ...]:
        return _slope("hessian", func, own, strict)

    del vectorize  # a matter of speed only
    rows = _jacobian("hessian", first, given, create_graph, strict, outer_jacobian_strategy)
    return rows if is_tuple else rows[0][0]


def _slope(
    name: str, func: Callable[..., Any], inputs: tuple[Tensor, ...], strict: bool
) -> tuple[Tensor, ...]:
    outputs, _ = _tuple_of(name, "the result", func(*inputs))
    if len(outputs) != 1 or outputs[0].numel() != 1:
        raise RuntimeError(
            f"{name}: the function must return one Tensor of a single element, got shapes "
            f"{[tuple(output.shape) for output in outputs]}"
        )
    seed = taeda_tensor.ones_like(outputs[0].detach())
    return _gradients(name, outputs, inputs, (seed,), True, strict)


def vhp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The result of `func`, one element, and the product of a vector with its Hessian, v^T H.

    >>> import taeda_tensor as torch
    >>> vhp(lambda x: (x * x * x).sum(), torch.tensor([1.0, 2.0]), torch.tensor([1.0, 1.0]))[1]
    tensor([ 6., 12.])
    """
    given, is_tuple = _tuple_of("vhp", "inputs", inputs)
    vectors = _vectors("vhp", v, given)
    with taeda_tensor.enable_grad():
        own = _own(given, create_graph)
        output = func(*own)
        slope = _slope("vhp", lambda *_: output, own, strict)
        products = _gradients("vhp", slope, own, vectors, create_graph, strict)
    return _result((output,), False, create_graph), _result(products, is_tuple, create_graph)


def hvp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The result of `func`, one element, and the product of its Hessian with a vector, H v.

    >>> import taeda_tensor as torch
    >>> hvp(lambda x: (x * x * x).sum(), torch.tensor([1.0, 2.0]), torch.tensor([1.0, 1.0]))[1]
    tensor([ 6., 12.])
    """
    given, is_tuple = _tuple_of("hvp", "inputs", inputs)
    vectors = _vectors("hvp", v, given)
    with taeda_tensor.enable_grad():
        own = _own(given, create_graph)
        output = func(*own)
        slope = _slope("hvp", lambda *_: output, own, strict)
        dummies = tuple(taeda_tensor.zeros_like(tensor).requires_grad_() for tensor in slope)
        first = _gradients("hvp", slope, own, dummies, True, strict)
        products = _gradients("hvp", first, dummies, vectors, create_graph, False)
    return _result((output,), False, create_graph), _result(products, is_tuple, create_graph)
