"""Activation functions that few networks use, and dropout of whole channels."""

from __future__ import annotations

from typing import Any

import taeda_tensor
from taeda_tensor import Tensor, hardsigmoid as _hardsigmoid, softsign as softsign

from ._activation import _implicit_dim


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(x + 3, 0), 6) / 6, elementwise.

    >>> import taeda_tensor as tt
    >>> hardsigmoid(tt.tensor([-3.0, 0.0, 4.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    return taeda_tensor.hardsigmoid_(input) if inplace else _hardsigmoid(input)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """max(0, x) + min(0, alpha (exp(x / alpha) - 1)), elementwise.

    >>> import taeda_tensor as tt
    >>> celu(tt.tensor([0.0, 2.0])).tolist()
    [0.0, 2.0]
    """
    function = taeda_tensor.celu_ if inplace else taeda_tensor.celu
    return function(input, alpha)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x where it is above the threshold, else a value.

    >>> import taeda_tensor as tt
    >>> threshold(tt.tensor([0.5, 2.0]), 1.0, 9.0).tolist()
    [9.0, 2.0]
    """
    function = taeda_tensor.threshold_ if inplace else taeda_tensor.threshold
    return function(input, threshold, value)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """max(0, x) + weight min(0, x), one weight or one for each channel (dimension 1).

    >>> import taeda_tensor as tt
    >>> prelu(tt.tensor([-2.0, 2.0]), tt.tensor([0.25])).tolist()
    [-0.5, 2.0]
    """
    if weight.numel() != 1:
        channels = input.shape[1] if input.dim() > 1 else input.numel()
        if weight.dim() != 1 or weight.numel() != channels:
            raise RuntimeError(
                "prelu: weight must have one element, or one for each channel, "
                f"got {tuple(weight.shape)} for an input of shape {tuple(input.shape)}"
            )
        weight = weight.reshape(
            [-1 if d == min(1, input.dim() - 1) else 1 for d in range(input.dim())]
        )
    return taeda_tensor.parametric_relu(input, weight)


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x where |x| > lambd, else 0.

    >>> import taeda_tensor as tt
    >>> hardshrink(tt.tensor([-1.0, 0.2])).tolist()
    [-1.0, 0.0]
    """
    return taeda_tensor.hardshrink(input, lambd)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x moved towards 0 by lambd, and 0 where it is nearer; RuntimeError for lambd < 0.

    >>> import taeda_tensor as tt
    >>> softshrink(tt.tensor([-1.0, 0.2])).tolist()
    [-0.5, 0.0]
    """
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    return taeda_tensor.softshrink(input, lambd)


def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh(x), elementwise.

    >>> import taeda_tensor as tt
    >>> tanhshrink(tt.tensor([0.0])).tolist()
    [0.0]
    """
    return input - input.tanh()


def softmin(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """softmax(-x) along `dim`, computed in `dtype` if given.

    >>> import taeda_tensor as tt
    >>> softmin(tt.zeros(2), dim=0).tolist()
    [0.5, 0.5]
    """
    if dim is None:
        dim = _implicit_dim("softmin", input.dim(), _stacklevel)
    return taeda_tensor.softmax(-input, dim, dtype)


def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """softmax((logits + Gumbel noise) / tau): a sample that gradients pass (Jang et al., 2017).

    With `hard` the result is one-hot, and the gradient that of the soft sample.

    >>> import taeda_tensor as tt
    >>> gumbel_softmax(tt.zeros(2, 3), hard=True).sum().item()
    2.0
    """
    del eps  # takes no part, as in PyTorch
    noise = -taeda_tensor.empty_like(logits).exponential_().log()
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    chosen = soft.argmax(dim, keepdim=True)
    one_hot = taeda_tensor.zeros_like(logits).scatter_(dim, chosen, 1.0)
    return one_hot - soft.detach() + soft


def _drop_channels(input: Tensor, p: float, training: bool, inplace: bool, dims: int) -> Tensor:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if input.dim() not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"dropout{dims}d: {dims + 1} or {dims + 2} dimensions are needed, "
            f"got shape {tuple(input.shape)}"
        )
    if not training or p == 0.0:
        return input
    kept = input.shape[: input.dim() - dims] + (1,) * dims
    ones = taeda_tensor.ones(tuple(kept), dtype=input.dtype, device=input.device)
    mask = taeda_tensor.dropout(ones, p, True)
    return input.mul_(mask) if inplace else input * mask


def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Zeroes whole channels of (N, C, L) or (C, L), and scales the rest by 1 / (1 - p).

    >>> import taeda_tensor as tt
    >>> dropout1d(tt.ones(1, 1, 2), training=False).tolist()
    [[[1.0, 1.0]]]
    """
    return _drop_channels(input, p, training, inplace, 1)


def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Zeroes whole channels of (N, C, H, W) or (C, H, W) (Tompson et al., 2015).

    >>> import taeda_tensor as tt
    >>> dropout2d(tt.ones(1, 1, 1, 2), training=False).tolist()
    [[[[1.0, 1.0]]]]
    """
    return _drop_channels(input, p, training, inplace, 2)


def dropout3d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Zeroes whole channels of (N, C, D, H, W) or (C, D, H, W).

    >>> import taeda_tensor as tt
    >>> dropout3d(tt.ones(1, 1, 1, 1), training=False).item()
    1.0
    """
    return _drop_channels(input, p, training, inplace, 3)
