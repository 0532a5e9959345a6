"""Einstein summation: calls that an equation and the shapes decide, planned once for both."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from taeda_tensor._tensor import Tensor

__all__ = ["einsum"]

# A method of a tensor and its arguments.
_Call = tuple[str, tuple[Any, ...]]


def _letters(equation: str) -> list[Any]:
    """The subscripts of one operand: letters, and Ellipsis for '...'."""
    labels: list[Any] = []
    text = equation.replace(" ", "")
    while text:
        if text.startswith("..."):
            labels.append(...)
            text = text[3:]
        elif text[0].isalpha():
            labels.append(text[0])
            text = text[1:]
        else:
            raise RuntimeError(
                f"einsum: subscripts are letters and '...', got {text[0]!r} in {equation!r}"
            )
    if labels.count(...) > 1:
        raise RuntimeError(f"einsum: '...' may appear once in an operand, got {equation!r}")
    return labels


class _Term:
    """A tensor whose dimensions have names, as the calls that make it of an operand."""

    def __init__(self, shape: Sequence[int], labels: Sequence[Any]) -> None:
        self.shape = list(shape)
        self.labels = list(labels)
        self.calls: list[_Call] = []

    def diagonal(self) -> None:
        """Each label once: a repeated one means the diagonal."""
        for label in list(self.labels):
            while self.labels.count(label) > 1:
                first = self.labels.index(label)
                second = self.labels.index(label, first + 1)
                sizes = self.shape[first], self.shape[second]
                if sizes[0] != sizes[1]:
                    raise RuntimeError(
                        f"einsum: the subscript {label!r} stands for sizes {sizes[0]} and "
                        f"{sizes[1]} of one operand"
                    )
                self.calls.append(("diagonal", (0, first, second)))
                for dim in (second, first):
                    del self.labels[dim], self.shape[dim]
                self.labels.append(label)
                self.shape.append(sizes[0])

    def sum_to(self, keep: set[Any]) -> None:
        dims = [i for i, label in enumerate(self.labels) if label not in keep]
        if dims:
            self.calls.append(("sum", (dims,)))
            self.shape = [size for i, size in enumerate(self.shape) if i not in dims]
            self.labels = [label for label in self.labels if label in keep]

    def arrange(self, labels: list[Any], sizes: list[int] | None = None) -> None:
        """The dimensions in this order, those that are missing of size 1, then of these sizes."""
        order = [self.labels.index(label) for label in labels if label in self.labels]
        if order != sorted(order):
            self.calls.append(("permute", (order,)))
        size_of = self.sizes()
        shape = [size_of.get(label, 1) for label in labels]
        if len(shape) != len(order):
            self.calls.append(("reshape", (shape,)))
        if sizes is not None and sizes != shape:
            self.calls.append(("expand", (sizes,)))
        self.shape, self.labels = shape if sizes is None else sizes, labels

    def joined(self, *groups: list[int]) -> None:
        """As a matrix, or matrices: each group of dimensions is one."""
        shape = [*self.shape[: len(self.shape) - sum(map(len, groups))], *map(math.prod, groups)]
        if shape != self.shape:
            self.calls.append(("reshape", (shape,)))

    def sizes(self) -> dict[Any, int]:
        return dict(zip(self.labels, self.shape, strict=True))


def _contract(a: _Term, b: _Term, keep: set[Any]) -> tuple[str, _Term]:
    """The product of two terms, summed over what is in both and not kept."""
    of_a, of_b = a.sizes(), b.sizes()
    shared = [label for label in a.labels if label in of_b]
    inner = [x for x in shared if x not in keep and of_a[x] != 1 and of_b[x] != 1]
    a.sum_to(keep | set(b.labels))
    b.sum_to(keep | set(a.labels))
    both = {x: max(of_a[x], of_b[x]) if min(of_a[x], of_b[x]) else 0 for x in shared}
    size_of = {**of_a, **of_b, **both}
    if not inner:
        labels = a.labels + [label for label in b.labels if label not in a.labels]
        a.arrange(labels)
        b.arrange(labels)
        product = _Term([size_of[x] for x in labels], labels)
        product.sum_to(keep)
        return "mul", product
    batch = [x for x in shared if x not in inner]
    rows = [x for x in a.labels if x not in shared]
    columns = [x for x in b.labels if x not in shared]
    sizes, depth, row_sizes, column_sizes = (
        [size_of[x] for x in labels] for labels in (batch, inner, rows, columns)
    )
    a.arrange(batch + rows + inner, sizes + row_sizes + depth)
    b.arrange(batch + inner + columns, sizes + depth + column_sizes)
    a.joined(row_sizes, depth)
    b.joined(depth, column_sizes)
    product = _Term(sizes + row_sizes + column_sizes, batch + rows + columns)
    if len(row_sizes) != 1 or len(column_sizes) != 1:
        product.calls.append(("reshape", (product.shape,)))
    product.sum_to(keep)
    return "matmul", product


def _subscripts(equation: str, dims: tuple[int, ...]) -> tuple[list[list[Any]], list[Any]]:
    """The labels of the operands' dimensions, of which there are so many, and of the result's."""
    inputs, arrow, output = equation.partition("->")
    subscripts = [_letters(text) for text in inputs.split(",")]
    if len(subscripts) != len(dims):
        raise RuntimeError(
            f"einsum: the equation {equation!r} names {len(subscripts)} operands, got {len(dims)}"
        )
    named: list[list[Any]] = []
    widest = 0
    for i, (labels, dim) in enumerate(zip(subscripts, dims, strict=True)):
        hidden = dim - (len(labels) - labels.count(...))
        if hidden < 0 or (hidden > 0 and ... not in labels):
            raise RuntimeError(
                f"einsum: operand {i} has {dim} dimensions, its subscripts "
                f"{inputs.split(',')[i]!r} name {len(labels) - labels.count(...)}"
            )
        widest = max(widest, hidden)
        # Dimensions under the ellipsis are named by their distance from its end.
        names = [-(hidden - j) for j in range(hidden)]
        at = labels.index(...) if ... in labels else 0
        named.append([*labels[:at], *names, *labels[at + 1 :]] if ... in labels else labels)
    ellipsis = [-(widest - j) for j in range(widest)]
    if arrow:
        wanted = _letters(output)
        at = wanted.index(...) if ... in wanted else len(wanted)
        result = [*wanted[:at], *(ellipsis if ... in wanted else ()), *wanted[at + 1 :]]
    else:
        letters = [x for labels in subscripts for x in labels if x is not ...]
        result = ellipsis + sorted(x for x in set(letters) if letters.count(x) == 1)
    known = {label for labels in named for label in labels}
    for label in result:
        if label not in known or result.count(label) > 1:
            raise RuntimeError(
                f"einsum: output subscript {label!r} must stand once in the output and in an "
                "operand, "
                f"got {equation!r}"
            )
    return named, result


class _Plan(NamedTuple):
    """What is done to the operands, from the left: calls on both sides, then the operation."""

    steps: list[tuple[list[_Call], list[_Call], str]]
    last: list[_Call]


@functools.lru_cache(maxsize=512)
def _plan(equation: str, shapes: tuple[tuple[int, ...], ...]) -> _Plan:
    named, result = _subscripts(equation, tuple(map(len, shapes)))
    terms = [_Term(shape, labels) for shape, labels in zip(shapes, named, strict=True)]
    for term in terms:
        term.diagonal()
    _check_sizes(terms, equation)
    steps = []
    first, *others = terms
    for i, second in enumerate(others):
        keep = set(result).union(*(term.labels for term in others[i + 1 :]))
        operation, product = _contract(first, second, keep)
        steps.append((first.calls, second.calls, operation))
        first = product
    first.sum_to(set(result))
    first.arrange(result)
    if not steps and not first.calls:
        first.calls.append(("view", (first.shape,)))  # a tensor of its own, as after any call
    return _Plan(steps, first.calls)


def _check_sizes(terms: list[_Term], equation: str) -> None:
    sizes: dict[Any, int] = {}
    for term in terms:
        for label, size in term.sizes().items():
            known = sizes.get(label, 1)
            if size != known and 1 not in (size, known):
                raise RuntimeError(
                    f"einsum: the subscript {label!r} of {equation!r} stands for sizes {known} and "
                    f"{size}"
                )
            sizes[label] = size if known == 1 else known


def _called(tensor: Tensor, calls: list[_Call]) -> Tensor:
    for name, arguments in calls:
        tensor = getattr(tensor, name)(*arguments)
    return tensor


def einsum(equation: str, *operands: Any) -> Tensor:
    """Sums of products of the operands' elements by the subscripts of their dimensions.

    Subscripts that are not in the output are summed over. Operands are contracted from the left.
    RuntimeError where the equation and the shapes do not fit.

    >>> from taeda_tensor import ones
    >>> einsum("bij,bjk->bik", ones(5, 2, 3), ones(5, 3, 4)).shape
    taeda.Size([5, 2, 4])
    """
    if len(operands) == 1 and not isinstance(operands[0], Tensor):
        operands = tuple(operands[0])
    if not isinstance(equation, str):
        raise TypeError(f"einsum: the equation must be a str, got {type(equation).__name__}")
    plan = _plan(equation, tuple([tensor.shape for tensor in operands]))
    result, *others = operands
    for (left, right, operation), other in zip(plan.steps, others, strict=True):
        result = getattr(_called(result, left), operation)(_called(other, right))
    return _called(result, plan.last)
