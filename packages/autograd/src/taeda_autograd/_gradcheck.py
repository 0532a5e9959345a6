"""gradcheck: derivatives of the tape against finite differences."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import taeda_tensor
from taeda_autograd._autograd import grad
from taeda_tensor import Tensor

Matrix = list[list[float]]


class GradcheckError(RuntimeError):
    """Raised where a derivative is not what finite differences say."""


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _is_checked(value: Any) -> bool:
    return isinstance(value, Tensor) and value.requires_grad


def _differentiable_outputs(function: Callable[..., Any], inputs: tuple[Any, ...]) -> list[Tensor]:
    outputs = _as_tuple(function(*inputs))
    return [output for output in outputs if _is_checked(output)]


def _values(tensor: Tensor) -> list[float]:
    flat: list[float] = tensor.detach().reshape(-1).tolist()
    return flat


def _float_outputs(function: Callable[..., Any], inputs: tuple[Any, ...]) -> list[Tensor]:
    outputs = _as_tuple(function(*inputs))
    return [value for value in outputs if isinstance(value, Tensor) and value.is_floating_point()]


def _numerical(
    function: Callable[..., Any],
    inputs: tuple[Any, ...],
    checked: Tensor,
    eps: float,
    outputs_of: Callable[..., list[Tensor]] = _differentiable_outputs,
) -> list[Matrix]:
    """Central differences, a matrix for each output: a row for each element of the input."""
    jacobians: list[Matrix] = []
    memory = checked.detach()

    def evaluate() -> list[list[float]]:
        # A copy of what is checked: the function may change its inputs in place.
        own = tuple(
            value.detach().clone().requires_grad_() if _is_checked(value) else value
            for value in inputs
        )
        return [_values(output) for output in outputs_of(function, own)]

    for index in itertools.product(*map(range, checked.shape)):
        original = memory[index].item() if index else memory.item()
        sides = []
        for offset in (eps, -eps):
            with taeda_tensor.no_grad():
                memory[index if index else ...] = original + offset
            sides.append(evaluate())
        with taeda_tensor.no_grad():
            memory[index if index else ...] = original
        jacobians = jacobians or [[] for _ in sides[0]]
        for matrix, above, below in zip(jacobians, *sides, strict=True):
            matrix.append([(a - b) / (2 * eps) for a, b in zip(above, below, strict=True)])
    return jacobians


def _analytical(output: Tensor, checked: Sequence[Tensor], **options: Any) -> list[Matrix]:
    """The derivative of the tape, a matrix for each input: a row for each element of the input."""
    columns: list[list[list[float]]] = [[] for _ in checked]
    for index in itertools.product(*map(range, output.shape)):
        one_hot = taeda_tensor.zeros(output.shape, dtype=output.dtype)
        one_hot[index if index else ...] = 1
        gradients = grad(output, checked, one_hot, retain_graph=True, allow_unused=True, **options)
        for column, gradient, tensor in zip(columns, gradients, checked, strict=True):
            column.append(_values(gradient) if gradient is not None else [0.0] * tensor.numel())
    rows: list[Matrix] = []
    for column, tensor in zip(columns, checked, strict=True):
        rows.append([[values[i] for values in column] for i in range(tensor.numel())])
    return rows


def _is_close(numerical: float, analytical: float, atol: float, rtol: float) -> bool:
    if numerical == analytical or (numerical != numerical and analytical != analytical):
        return True
    return abs(numerical - analytical) <= atol + rtol * abs(analytical)


def _compare(a: Matrix, b: Matrix, atol: float, rtol: float) -> bool:
    return all(
        _is_close(x, y, atol, rtol)
        for left, right in zip(a, b, strict=True)
        for x, y in zip(left, right, strict=True)
    )


def _text(matrix: Matrix) -> str:
    return str(taeda_tensor.tensor(matrix, dtype=taeda_tensor.float64))


def _check(
    function: Callable[..., Any],
    inputs: tuple[Any, ...],
    eps: float,
    atol: float,
    rtol: float,
    nondet_tol: float,
    check_grad_dtypes: bool,
) -> None:
    checked = [value for value in inputs if _is_checked(value)]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them "
            "have requires_grad=True."
        )
    for tensor in checked:
        if tensor.numel() and any(stride == 0 for stride in tensor.stride() if tensor.numel() > 1):
            raise RuntimeError(
                "gradcheck: an input has dimensions with stride 0; make it contiguous first"
            )
    outputs = _differentiable_outputs(function, inputs)
    if not outputs:
        # Rightly so if it is constant.
        for i, tensor in enumerate(checked):
            for matrix in _numerical(function, inputs, tensor, eps, _float_outputs):
                if any(abs(value) > atol for row in matrix for value in row):
                    raise GradcheckError(
                        "Numerical gradient for function expected to be zero: no output requires "
                        f"gradient, but it is not with respect to input {i},\n"
                        f"numerical:{_text(matrix)}\n"
                    )
        return
    numerical = [_numerical(function, inputs, tensor, eps) for tensor in checked]
    # Afresh: the steps above wrote into inputs that the first result has saved.
    outputs = _differentiable_outputs(function, inputs)
    for o, output in enumerate(outputs):
        analytical = _analytical(output, checked)
        again = _analytical(output, checked)
        for i, (matrix, repeated) in enumerate(zip(analytical, again, strict=True)):
            expected = numerical[i][o] if numerical[i] else []
            if not _compare(expected, matrix, atol, rtol):
                raise GradcheckError(
                    f"Jacobian mismatch for output {o} with respect to input {i},\n"
                    f"numerical:{_text(expected)}\nanalytical:{_text(matrix)}\n"
                )
            if not _compare(matrix, repeated, nondet_tol, 0.0):
                raise GradcheckError(
                    "Backward is not reentrant, i.e., running backward with same input and "
                    "grad_output multiple times gives different values, although analytical "
                    "gradient matches numerical gradient. The tolerance for nondeterminism was "
                    f"{nondet_tol}."
                )
        if check_grad_dtypes:
            gradients = grad(
                output,
                checked,
                taeda_tensor.ones_like(output),
                retain_graph=True,
                allow_unused=True,
            )
            for i, (gradient, tensor) in enumerate(zip(gradients, checked, strict=True)):
                if gradient is not None and gradient.dtype != tensor.dtype:
                    raise GradcheckError(
                        f"the gradient of input {i} has dtype {gradient.dtype}, its input "
                        f"{tensor.dtype}"
                    )


def gradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Compares the derivative of `func` with central differences (f(x + eps) - f(x - eps)) / 2 eps.

    `inputs` are its arguments; those tensors that require grad are checked, and should be float64.
    GradcheckError (or False) where they differ by more than atol + rtol * |derivative|; it shows
    both matrices. `fast_mode` checks all elements too; `check_undefined_grad` has nothing to check,
    as the engine never passes on a gradient that is not there.

    >>> import taeda_tensor as torch
    >>> x = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
    >>> gradcheck(torch.exp, (x,))
    True
    """
    if check_batched_grad or check_batched_forward_grad or check_forward_ad:
        raise NotImplementedError(
            "gradcheck: batched gradients and forward mode are not there yet, only backward is"
        )
    del check_undefined_grad, fast_mode, masked
    if not check_backward_ad:
        return True
    try:
        _check(func, _as_tuple(inputs), eps, atol, rtol, nondet_tol, check_grad_dtypes)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    grad_outputs: Tensor | Sequence[Tensor] | None = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Compares the second derivative of `func` with central differences of the first.

    The gradients of the results, random where `grad_outputs` is None, are checked as inputs too.

    >>> import taeda_tensor as torch
    >>> x = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
    >>> gradgradcheck(torch.exp, (x,))
    True
    """
    if check_fwd_over_rev:
        raise NotImplementedError("gradgradcheck: forward mode is not there yet")
    if not check_rev_over_rev:
        return True
    arguments = _as_tuple(inputs)
    if grad_outputs is None:
        seeds = tuple(
            _seed(output, gen_non_contig_grad_outputs)
            for output in _differentiable_outputs(func, arguments)
        )
    else:
        seeds = tuple(_as_tuple(grad_outputs))
    checked_at = [i for i, value in enumerate(arguments) if _is_checked(value)]

    def first_derivative(*values: Any) -> tuple[Tensor, ...]:
        own, gradients = values[: len(arguments)], values[len(arguments) :]
        outputs = _differentiable_outputs(func, own)
        results = grad(
            outputs, [own[i] for i in checked_at], gradients, create_graph=True, allow_unused=True
        )
        return tuple(result for result in results if result is not None)

    return gradcheck(
        first_derivative,
        (*arguments, *seeds),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        fast_mode=fast_mode,
        masked=masked,
    )


def _seed(output: Tensor, strided: bool) -> Tensor:
    """Gradients away from zero, without a random stream that a test would have to guard."""
    count = output.numel()
    values = [0.5 + ((7 * i) % 11) / 11 for i in range(count)]
    if not strided:
        seed = taeda_tensor.tensor(values, dtype=output.dtype).reshape(output.shape)
    else:
        pairs = [[value, 0.0] for value in values]
        wide = taeda_tensor.tensor(pairs, dtype=output.dtype).reshape((*output.shape, 2))
        seed = wide[..., 0]
    return seed.detach().requires_grad_()
