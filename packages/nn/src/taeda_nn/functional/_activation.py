"""Activation functions."""

from __future__ import annotations

import warnings
from typing import Any

import taeda_tensor
from taeda_tensor import (
    Tensor,
    gelu as gelu,
    sigmoid as sigmoid,
    softplus as softplus,
    tanh as tanh,
)


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(0, x), elementwise.

    >>> import taeda_tensor as tt
    >>> relu(tt.tensor([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """
    return input.relu_() if inplace else taeda_tensor.relu(input)


def relu_(input: Tensor) -> Tensor:
    """max(0, x), in place."""
    return input.relu_()


def hardtanh(
    input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Tensor:
    """min(max(x, min_val), max_val), elementwise; ValueError if min_val > max_val.

    >>> import taeda_tensor as tt
    >>> hardtanh(tt.tensor([-3.0, 0.5])).tolist()
    [-1.0, 0.5]
    """
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    function = taeda_tensor.hardtanh_ if inplace else taeda_tensor.hardtanh
    return function(input, min_val, max_val)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(0, x), 6), elementwise.

    >>> import taeda_tensor as tt
    >>> relu6(tt.tensor([-1.0, 8.0])).tolist()
    [0.0, 6.0]
    """
    return hardtanh(input, 0.0, 6.0, inplace)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x for x > 0, else negative_slope x, elementwise.

    >>> import taeda_tensor as tt
    >>> leaky_relu(tt.tensor([-2.0, 2.0]), 0.5).tolist()
    [-1.0, 2.0]
    """
    function = taeda_tensor.leaky_relu_ if inplace else taeda_tensor.leaky_relu
    return function(input, negative_slope)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x for x > 0, else alpha (exp(x) - 1), elementwise (Clevert et al., 2015).

    >>> import taeda_tensor as tt
    >>> elu(tt.tensor([0.0, 2.0])).tolist()
    [0.0, 2.0]
    """
    function = taeda_tensor.elu_ if inplace else taeda_tensor.elu
    return function(input, alpha)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x sigmoid(x), elementwise (Elfwing et al., 2017).

    >>> import taeda_tensor as tt
    >>> silu(tt.tensor([0.0])).tolist()
    [0.0]
    """
    return taeda_tensor.silu_(input) if inplace else taeda_tensor.silu(input)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x tanh(log(1 + exp(x))), elementwise (Misra, 2019).

    >>> import taeda_tensor as tt
    >>> mish(tt.tensor([0.0])).tolist()
    [0.0]
    """
    return taeda_tensor.mish_(input) if inplace else taeda_tensor.mish(input)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """scale x for x > 0, else scale alpha (exp(x) - 1), elementwise (Klambauer et al., 2017).

    >>> import taeda_tensor as tt
    >>> selu(tt.tensor([1.0]))
    tensor([1.0507])
    """
    return taeda_tensor.selu_(input) if inplace else taeda_tensor.selu(input)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x min(max(x + 3, 0), 6) / 6, elementwise (Howard et al., 2019).

    >>> import taeda_tensor as tt
    >>> hardswish(tt.tensor([1.5, 3.0])).tolist()
    [1.125, 3.0]
    """
    return taeda_tensor.hardswish_(input) if inplace else taeda_tensor.hardswish(input)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """a sigmoid(b), the halves a and b of a dimension (Dauphin et al., 2017).

    RuntimeError for a dimension of odd size.

    >>> import taeda_tensor as tt
    >>> glu(tt.tensor([2.0, 0.0])).tolist()
    [1.0]
    """
    if input.dim() == 0:
        raise RuntimeError("glu: at least 1 dimension is needed, got a zero-dimensional tensor")
    if input.size(dim) % 2:
        raise RuntimeError(
            f"glu: the dimension must be of even size, but dimension {dim} is {input.size(dim)}"
        )
    value, gate = input.chunk(2, dim)
    return value * gate.sigmoid()


def _implicit_dim(name: str, ndim: int, stacklevel: int) -> int:
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. "
        "Change the call to include dim=X as an argument.",
        stacklevel=stacklevel,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """exp(x_i) / sum_j exp(x_j) along `dim`, computed in `dtype` if given.

    >>> import taeda_tensor as tt
    >>> softmax(tt.zeros(4), dim=0).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    if dim is None:
        dim = _implicit_dim("softmax", input.dim(), _stacklevel)
    return taeda_tensor.softmax(input, dim, dtype)


def log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """x_i - log sum_j exp(x_j) along `dim`, computed in `dtype` if given.

    >>> import taeda_tensor as tt
    >>> log_softmax(tt.zeros(1), dim=0).tolist()
    [0.0]
    """
    if dim is None:
        dim = _implicit_dim("log_softmax", input.dim(), _stacklevel)
    return taeda_tensor.log_softmax(input, dim, dtype)


def logsigmoid(input: Tensor) -> Tensor:
    """log sigmoid(x) = -log(1 + exp(-x)), elementwise, without overflow.

    >>> import taeda_tensor as tt
    >>> logsigmoid(tt.tensor([1000.0])).tolist() == [0.0]
    True
    """
    # Beyond 50 the correction is below the precision of every dtype.
    return -taeda_tensor.softplus(-input, 1.0, 50.0)
