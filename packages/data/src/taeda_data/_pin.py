"""Batches in memory that a CUDA device copies from by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from taeda_data._collate import _like_mapping, _like_sequence
from taeda_tensor import Tensor


def pin(data: Any) -> Any:
    """The tensors of nested containers pinned, and whatever else has a method for it.

    >>> pin({"a": "text", "b": [1, 2]})
    {'a': 'text', 'b': [1, 2]}
    """
    if isinstance(data, Tensor):
        return data.pin_memory()
    if isinstance(data, str | bytes):
        return data
    if isinstance(data, Mapping):
        return _like_mapping(data, {key: pin(value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(pin(value) for value in data))
    if isinstance(data, tuple):
        return [pin(value) for value in data]
    if isinstance(data, Sequence):
        return _like_sequence(data, [pin(value) for value in data])
    return data.pin_memory() if hasattr(data, "pin_memory") else data
