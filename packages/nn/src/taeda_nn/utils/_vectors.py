"""All parameters as one vector and back."""

from __future__ import annotations

from collections.abc import Iterable

import taeda_tensor
from taeda_tensor import Tensor


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """The elements of all parameters one after the other.

    >>> import taeda_tensor as tt
    >>> parameters_to_vector([tt.zeros(2, 2), tt.ones(1)]).tolist()
    [0.0, 0.0, 0.0, 0.0, 1.0]
    """
    return taeda_tensor.cat([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Makes the parameters views of slices of `vec`. TypeError unless `vec` is a tensor.

    ValueError, before anything is changed, if `vec` has too few elements.

    >>> import taeda_tensor as tt
    >>> p = tt.zeros(2, 1)
    >>> vector_to_parameters(tt.tensor([1.0, 2.0]), [p])
    >>> p.tolist()
    [[1.0], [2.0]]
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    kept = list(parameters)
    wanted = sum(parameter.numel() for parameter in kept)
    if wanted > vec.numel():
        raise ValueError(
            f"vector_to_parameters: the parameters have {wanted} elements, "
            f"the vector only {vec.numel()}"
        )
    start = 0
    for parameter in kept:
        end = start + parameter.numel()
        parameter.data = vec[start:end].reshape(parameter.shape).detach()
        start = end
