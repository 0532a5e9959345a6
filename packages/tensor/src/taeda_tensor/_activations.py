"""Activations that choose between native forms."""

from __future__ import annotations

from taeda_tensor import _tensor
from taeda_tensor._tensor import Tensor

__all__ = ["gelu"]

_FORMS = {"none": _tensor.gelu, "tanh": _tensor.gelu_tanh}


def gelu(input: Tensor, *, approximate: str = "none") -> Tensor:
    """x Phi(x), Phi the normal distribution function, or the approximation by tanh.

    RuntimeError for an `approximate` other than "none" and "tanh".

    >>> from taeda_tensor import gelu, tensor
    >>> gelu(tensor(1.0))
    tensor(0.8413)

    Source: Hendrycks and Gimpel, 2016.
    """
    try:
        form = _FORMS[approximate]
    except KeyError:
        raise RuntimeError(
            f'gelu: approximate must be "none" or "tanh", got {approximate!r}'
        ) from None
    return form(input)
