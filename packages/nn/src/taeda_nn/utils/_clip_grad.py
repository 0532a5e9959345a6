"""Limiting gradients by norm or by value."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import taeda_tensor
from taeda_tensor import (
    Tensor,
    _fused_clamp_,
    _fused_norm,
    _fused_scale_,
    dtype,
    float32,
    float64,
    no_grad,
)

TensorOrTensors = Tensor | Iterable[Tensor]


def _as_list(tensors: TensorOrTensors) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _gradients(parameters: TensorOrTensors) -> list[Tensor]:
    return [p.grad for p in _as_list(parameters) if p.grad is not None]


def _by_kind(tensors: list[Tensor]) -> list[list[Tensor]]:
    """Lists that one fused pass can take: of one dtype and device, no tensor twice."""
    kinds: dict[Any, list[Tensor]] = {}
    seen: set[int] = set()
    for tensor in tensors:
        key: Any = (tensor.dtype, tensor.device)
        if id(tensor) in seen:
            key = (key, len(kinds))
        seen.add(id(tensor))
        kinds.setdefault(key, []).append(tensor)
    return list(kinds.values())


def _joined(norms: list[float], order: float) -> float:
    """The norm of norms."""
    if any(map(math.isnan, norms)):
        return math.nan
    if order == math.inf:
        return max(norms)
    if order == -math.inf:
        return min(norms)
    if order == 0:
        return float(sum(norm != 0 for norm in norms))
    joined: float = math.fsum(norm**order for norm in norms) ** (1.0 / order)
    return joined


def _result_dtype(tensors: list[Tensor]) -> dtype:
    dtypes = {tensor.dtype for tensor in tensors}
    if len(dtypes) == 1:
        return tensors[0].dtype
    return float64 if float64 in dtypes else float32


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
    total = _total(all_tensors, float(norm_type), error_if_nonfinite)
    return _norm_of(all_tensors, total)


def _norm_of(tensors: list[Tensor], total: float) -> Tensor:
    if not tensors:
        return taeda_tensor.tensor(total)
    return taeda_tensor.tensor(total, dtype=_result_dtype(tensors), device=tensors[0].device)


def _total(all_tensors: list[Tensor], norm_type: float, error_if_nonfinite: bool) -> float:
    if not all_tensors:
        return 0.0
    # PyTorch's norm of order 0 counts the tensors that are not zero.
    lists = [[t] for t in all_tensors] if norm_type == 0 else _by_kind(all_tensors)
    norms = [_fused_norm(kind, norm_type) for kind in lists]
    total = norms[0] if len(norms) == 1 and norm_type else _joined(norms, norm_type)
    if error_if_nonfinite and not math.isfinite(total):
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
    _clip(_gradients(parameters), max_norm, total_norm.detach().cpu())


def _clip(gradients: list[Tensor], max_norm: float, total_norm: Tensor) -> None:
    """Divides in the dtype of the norm, which lies on the CPU."""
    with no_grad():
        factor = (float(max_norm) / (total_norm + 1e-6)).clamp(max=1.0).item()
    if factor != 1.0:
        for kind in _by_kind(gradients):
            _fused_scale_(kind, factor)


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
    gradients = _gradients(parameters)
    total = _total(gradients, float(norm_type), error_if_nonfinite)
    if gradients:
        _clip(gradients, max_norm, taeda_tensor.tensor(total, dtype=_result_dtype(gradients)))
    return _norm_of(gradients, total)


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
    for kind in _by_kind(_gradients(parameters)):
        _fused_clamp_(kind, -limit, limit)
