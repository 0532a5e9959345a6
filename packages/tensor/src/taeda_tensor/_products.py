"""Products of tensors, composed of matmul, permutations and sums."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from taeda_tensor import _tensor
from taeda_tensor._registry import alias, method
from taeda_tensor._tensor import Tensor

__all__ = [
    "addbmm",
    "addmv",
    "addr",
    "cross",
    "einsum",
    "ger",
    "inner",
    "kron",
    "outer",
    "tensordot",
    "vdot",
]


@method
def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """x_i y_j for all elements of two vectors.

    >>> from taeda_tensor import tensor
    >>> outer(tensor([1, 2]), tensor([3, 4])).tolist()
    [[3, 4], [6, 8]]
    """
    if input.dim() != 1 or vec2.dim() != 1:
        raise RuntimeError(
            "outer: two vectors are needed, got shapes "
            f"{tuple(input.shape)} and {tuple(vec2.shape)}"
        )
    return _tensor.mul(input.unsqueeze(1), vec2.unsqueeze(0), out=out)


ger = alias("ger", outer)


@method
def inner(input: Tensor, other: Tensor) -> Tensor:
    """Sums of products over the last dimension of both."""
    if input.dim() == 0 or other.dim() == 0:
        return input * other
    return tensordot(input, other, ([-1], [-1]))


@method
def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The sum of products of two vectors."""
    if input.dim() != 1 or tuple(input.shape) != tuple(other.shape):
        raise RuntimeError(
            "vdot: two vectors of one length are needed, got shapes "
            f"{tuple(input.shape)} and {tuple(other.shape)}"
        )
    return (input * other).sum()


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Sums of products over some dimensions of both: a number of them, or one list for each.

    RuntimeError where the sizes of a pair of dimensions differ.

    >>> from taeda_tensor import ones
    >>> tensordot(ones(2, 3), ones(3, 4), 1).shape
    taeda.Size([2, 4])
    """
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, int):
        if dims < 0 or dims > min(a.dim(), b.dim()):
            raise RuntimeError(
                f"tensordot: dims must be between 0 and {min(a.dim(), b.dim())}, got {dims}"
            )
        first, second = list(range(a.dim() - dims, a.dim())), list(range(dims))
    else:
        first = [_wrapped("tensordot", d, a.dim()) for d in _listed(dims[0])]
        second = [_wrapped("tensordot", d, b.dim()) for d in _listed(dims[1])]
    sizes = [a.size(d) for d in first]
    if sizes != [b.size(d) for d in second]:
        raise RuntimeError(
            "tensordot: contracted dimensions need to match, but "
            f"{first} of shape {tuple(a.shape)} and {second} of shape {tuple(b.shape)} differ"
        )
    rows = [d for d in range(a.dim()) if d not in first]
    columns = [d for d in range(b.dim()) if d not in second]
    length = _product(sizes)
    left = a.permute(rows + first).reshape(_product(a.size(d) for d in rows), length)
    right = b.permute(second + columns).reshape(length, _product(b.size(d) for d in columns))
    shape = [a.size(d) for d in rows] + [b.size(d) for d in columns]
    return (left @ right).reshape(shape)


def _listed(dims: Any) -> list[int]:
    return [dims] if isinstance(dims, int) else list(dims)


def _wrapped(name: str, dim: int, dims: int) -> int:
    if not -dims <= dim < dims:
        raise IndexError(
            f"{name}: Dimension out of range (expected to be in range of [{-dims}, {dims - 1}], "
            f"but got {dim})"
        )
    return dim % dims


def _product(sizes: Any) -> int:
    count = 1
    for size in sizes:
        count *= size
    return count


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
    """An operand whose dimensions have names."""

    def __init__(self, tensor: Tensor, labels: list[Any]) -> None:
        self.tensor = tensor
        self.labels = labels

    def diagonal(self) -> _Term:
        """Each label once: a repeated one means the diagonal."""
        if len(set(self.labels)) == len(self.labels):
            return self
        tensor, labels = self.tensor, list(self.labels)
        for label in list(labels):
            while labels.count(label) > 1:
                first = labels.index(label)
                second = labels.index(label, first + 1)
                if tensor.size(first) != tensor.size(second):
                    raise RuntimeError(
                        f"einsum: the subscript {label!r} stands for sizes "
                        f"{tensor.size(first)} and "
                        f"{tensor.size(second)} of one operand"
                    )
                tensor = tensor.diagonal(0, first, second)
                labels = [x for i, x in enumerate(labels) if i not in (first, second)] + [label]
        return _Term(tensor, labels)

    def summed(self, keep: set[Any]) -> _Term:
        dims = [i for i, label in enumerate(self.labels) if label not in keep]
        if not dims:
            return self
        return _Term(self.tensor.sum(dims), [x for x in self.labels if x in keep])

    def arranged(self, labels: list[Any]) -> Tensor:
        """The dimensions in this order, those that are missing of size 1."""
        if labels == self.labels:
            return self.tensor
        present = [label for label in labels if label in self.labels]
        tensor = self.tensor.permute([self.labels.index(label) for label in present])
        for i, label in enumerate(labels):
            if label not in self.labels:
                tensor = tensor.unsqueeze(i)
        return tensor

    def sizes(self) -> dict[Any, int]:
        return dict(zip(self.labels, self.tensor.shape, strict=True))


def _contract(a: _Term, b: _Term, keep: set[Any]) -> _Term:
    """The product of two terms, summed over what is in both and not kept."""
    of_a, of_b = a.sizes(), b.sizes()
    shared = [label for label in a.labels if label in of_b]
    inner = [x for x in shared if x not in keep and of_a[x] != 1 and of_b[x] != 1]
    lone = {x for x in shared if x not in keep and x not in inner}
    a, b = a.summed(keep | set(b.labels)), b.summed(keep | set(a.labels))
    if not inner:
        labels = a.labels + [label for label in b.labels if label not in a.labels]
        product = _Term(a.arranged(labels) * b.arranged(labels), labels)
        return product.summed(keep) if lone else product
    batch = [x for x in shared if x not in inner]
    rows = [x for x in a.labels if x not in shared]
    columns = [x for x in b.labels if x not in shared]
    sizes = [max(of_a[x], of_b[x]) if min(of_a[x], of_b[x]) else 0 for x in batch]
    depth = [of_a[x] for x in inner]
    row_sizes, column_sizes = [of_a[x] for x in rows], [of_b[x] for x in columns]
    length = _product(depth)
    left = a.arranged(batch + rows + inner).expand(sizes + row_sizes + depth)
    right = b.arranged(batch + inner + columns).expand(sizes + depth + column_sizes)
    left = left.reshape([*sizes, _product(row_sizes), length])
    right = right.reshape([*sizes, length, _product(column_sizes)])
    joined = (left @ right).reshape(sizes + row_sizes + column_sizes)
    return _Term(joined, batch + rows + columns).summed(keep)


@functools.lru_cache(maxsize=512)
def _subscripts(equation: str, dims: tuple[int, ...]) -> tuple[list[list[Any]], list[Any]]:
    """The labels of the operands' dimensions, of which there are so many, and of the result's.

    Whoever calls this must not change them.
    """
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


def _parse(equation: str, operands: Sequence[Tensor]) -> tuple[list[_Term], list[Any]]:
    named, result = _subscripts(equation, tuple(tensor.dim() for tensor in operands))
    pairs = zip(operands, named, strict=True)
    terms = [_Term(tensor, labels).diagonal() for tensor, labels in pairs]
    _check_sizes(terms, equation)
    return terms, result


def _check_sizes(terms: list[_Term], equation: str) -> None:
    sizes: dict[Any, int] = {}
    for term in terms:
        for label, size in zip(term.labels, term.tensor.shape, strict=True):
            known = sizes.get(label, 1)
            if size != known and 1 not in (size, known):
                raise RuntimeError(
                    f"einsum: the subscript {label!r} of {equation!r} stands for sizes {known} and "
                    f"{size}"
                )
            sizes[label] = size if known == 1 else known


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
    terms, result = _parse(equation, operands)
    while len(terms) > 1:
        first, second, *rest = terms
        keep = set(result).union(*(term.labels for term in rest))
        terms = [_contract(first, second, keep), *rest]
    final = terms[0].summed(set(result))
    return final.tensor.permute([final.labels.index(label) for label in result])


@method
def kron(input: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product: each element of the first times the whole second."""
    dims = max(input.dim(), other.dim())
    a = input.reshape((1,) * (dims - input.dim()) + tuple(input.shape))
    b = other.reshape((1,) * (dims - other.dim()) + tuple(other.shape))
    for d in range(dims):
        a, b = a.unsqueeze(2 * d + 1), b.unsqueeze(2 * d)
    shape = [a.size(2 * d) * b.size(2 * d + 1) for d in range(dims)]
    return (a * b).reshape(shape)


@method
def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The vector product along a dimension of size 3: the first such one by default."""
    if dim is None:
        dim = next((d for d in range(input.dim()) if input.size(d) == 3), None)
    if dim is None or input.size(dim) != 3 or other.size(dim) != 3:
        raise RuntimeError(
            "cross: both inputs need a dimension of size 3, got shapes "
            f"{tuple(input.shape)} and {tuple(other.shape)}"
        )
    input, other = (tensor.movedim(dim, 0) for tensor in (input, other))
    (a, b, c), (x, y, z) = input, other
    return _tensor.stack([b * z - c * y, c * x - a * z, a * y - b * x], 0).movedim(0, dim)


@method
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta input + alpha mat @ vec; the input does not count where beta is 0.

    >>> from taeda_tensor import ones
    >>> addmv(ones(2), ones(2, 3), ones(3), alpha=2).tolist()
    [7.0, 7.0]
    """
    return _add_product(input, _tensor.mv(mat, vec), beta, alpha)


@method
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta input + alpha outer(vec1, vec2); the input does not count where beta is 0.

    >>> from taeda_tensor import ones
    >>> addr(ones(1, 2), ones(1), ones(2)).tolist()
    [[2.0, 2.0]]
    """
    return _add_product(input, outer(vec1, vec2), beta, alpha)


@method
def addbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1
) -> Tensor:
    """beta input + alpha times the sum of batch1[i] @ batch2[i].

    >>> from taeda_tensor import ones
    >>> addbmm(ones(1, 1), ones(2, 1, 3), ones(2, 3, 1)).tolist()
    [[7.0]]
    """
    return _add_product(input, _tensor.bmm(batch1, batch2).sum(0), beta, alpha)


def _add_product(input: Tensor, product: Tensor, beta: float, alpha: float) -> Tensor:
    if alpha != 1:
        product = product * alpha
    if beta == 0:
        return product
    return input * beta + product if beta != 1 else input + product
