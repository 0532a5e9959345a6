"""The named tuples that operations of two results return.

>>> import taeda_tensor as torch
>>> values, indices = torch.tensor([[1.0, 3.0], [2.0, 0.0]]).max(dim=1)
>>> torch.tensor([[1.0, 3.0]]).max(dim=1).indices.tolist()
[1]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from taeda_tensor import Tensor

__all__ = [
    "aminmax",
    "cummax",
    "cummin",
    "kthvalue",
    "max",
    "median",
    "min",
    "mode",
    "nanmedian",
    "sort",
    "topk",
]


class aminmax(NamedTuple):
    """The smallest and the largest elements."""

    min: Tensor
    max: Tensor


class max(NamedTuple):
    """The largest elements along a dimension and where they were."""

    values: Tensor
    indices: Tensor


class min(NamedTuple):
    """The smallest elements along a dimension and where they were."""

    values: Tensor
    indices: Tensor


class cummax(NamedTuple):
    """The largest elements so far along a dimension and where they were."""

    values: Tensor
    indices: Tensor


class cummin(NamedTuple):
    """The smallest elements so far along a dimension and where they were."""

    values: Tensor
    indices: Tensor


class sort(NamedTuple):
    """The elements in order and where they were."""

    values: Tensor
    indices: Tensor


class topk(NamedTuple):
    """The k largest or smallest elements and where they were."""

    values: Tensor
    indices: Tensor


class kthvalue(NamedTuple):
    """The k-th smallest element and where it was."""

    values: Tensor
    indices: Tensor


class median(NamedTuple):
    """The lower median along a dimension and where it was."""

    values: Tensor
    indices: Tensor


class nanmedian(NamedTuple):
    """The lower median of what is not NaN along a dimension and where it was."""

    values: Tensor
    indices: Tensor


class mode(NamedTuple):
    """The most frequent element along a dimension and where it was."""

    values: Tensor
    indices: Tensor
