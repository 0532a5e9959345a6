"""Limiting gradients by norm or by value."""

from __future__ import annotations

import math
from collections.abc import Iterable

import taeda_tensor
from taeda_tensor import Tensor, no_grad

TensorOrTensors = Tensor | Iterable[Tensor]


def _as_list(tensors: TensorOrTensors) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _gradients(parameters: TensorOrTensors) -> list[Tensor]:
    return [p.grad for p in _as_list(parameters) if p.grad is not None]


def _norm(tensor: Tensor, norm_type: float) -> Tensor:
    if norm_type == 2:
        return (tensor * tensor).sum().sqrt()
    size = tensor.abs()
    if norm_type == math.inf:
        return size.max() if tensor.numel() else size.sum()
    if norm_type == -math.inf:
        return size.min()
    if norm_type == 0:
        return (size != 0).sum().to(tensor.dtype)
    if norm_type == 1:
        return size.sum()
    return size.pow(norm_type).sum().pow(1.0 / norm_type)


def get_total_norm(
    tensors: TensorOrTensors,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of the norms of the tensors: that of all their elements together.

    RuntimeError if it is not finite and `error_if_nonfinite`.

    >>> import taeda_tensor as tt
    >>> get_total_norm([tt.tensor([3.0]), tt.tensor([4.0])]).item()
    5.0
    """
    all_tensors = _as_list(tensors)
    norm_type = float(norm_type)
    if not all_tensors:
        return taeda_tensor.tensor(0.0)
    with no_grad():
        norms = [_norm(tensor, norm_type) for tensor in all_tensors]
        device = norms[0].device
        total = _norm(taeda_tensor.stack([norm.to(device) for norm in norms]), norm_type)
        if error_if_nonfinite and not math.isfinite(total.item()):
            raise RuntimeError(
                f"The total norm of order {norm_type} for gradients from `parameters` is "
                "non-finite, so it cannot be clipped. To disable this error and scale the "
                "gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
            )
    return total


def clip_grads_with_norm_(
    parameters: TensorOrTensors,
    max_norm: float,
    total_norm: Tensor,
    foreach: bool | None = None,
) -> None:
    """Scales the gradients by max_norm / (total_norm + 1e-6) where that is below 1."""
    with no_grad():
        factor = (float(max_norm) / (total_norm + 1e-6)).clamp(max=1.0)
        for gradient in _gradients(parameters):
            gradient.mul_(factor.to(gradient.device))


def clip_grad_norm_(
    parameters: TensorOrTensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scales all gradients in place so that their norm together is at most `max_norm`.

    Returns the norm before. RuntimeError if it is not finite and `error_if_nonfinite`.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import Parameter
    >>> p = Parameter(tt.zeros(2))
    >>> p.grad = tt.tensor([3.0, 4.0])
    >>> clip_grad_norm_([p], 1.0).item()
    5.0
    """
    kept = _as_list(parameters)
    total = get_total_norm(_gradients(kept), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(kept, max_norm, total)
    return total


def clip_grad_value_(
    parameters: TensorOrTensors, clip_value: float, foreach: bool | None = None
) -> None:
    """Clamps all gradients in place to [-clip_value, clip_value].

    >>> import taeda_tensor as tt
    >>> from taeda_nn import Parameter
    >>> p = Parameter(tt.zeros(2))
    >>> p.grad = tt.tensor([3.0, -4.0])
    >>> clip_grad_value_(p, 1.0)
    >>> p.grad.tolist()
    [1.0, -1.0]
    """
    limit = float(clip_value)
    with no_grad():
        for gradient in _gradients(parameters):
            gradient.clamp_(min=-limit, max=limit)
