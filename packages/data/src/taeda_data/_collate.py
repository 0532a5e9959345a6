"""From a list of samples to a batch."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

import taeda_tensor
from taeda_tensor import Tensor

CollateMap = dict[type | tuple[type, ...], Callable[..., Any]]

_UNSUPPORTED = (
    "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
)


def _is_textual(dtype: np.dtype[Any]) -> bool:
    return dtype.kind in "SUO"


def default_convert(data: Any) -> Any:
    """NumPy arrays and scalars inside nested containers become tensors; the rest stays.

    >>> import numpy as np
    >>> default_convert({"a": np.arange(2), "b": "text"})
    {'a': tensor([0, 1]), 'b': 'text'}
    """
    if isinstance(data, Tensor | str | bytes):
        return data
    if isinstance(data, np.ndarray):
        return data if _is_textual(data.dtype) else taeda_tensor.from_numpy(data)
    if isinstance(data, np.generic):
        if _is_textual(data.dtype):
            return data
        return taeda_tensor.from_numpy(np.array(data))
    if isinstance(data, Mapping):
        return _like_mapping(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(value) for value in data))
    if isinstance(data, tuple):
        return [default_convert(value) for value in data]
    if isinstance(data, Sequence):
        return _like_sequence(data, [default_convert(value) for value in data])
    return data


def _like_mapping(model: Mapping[Any, Any], content: dict[Any, Any]) -> Any:
    """The content in a mapping of the model's type, or in a dict if that cannot be made."""
    try:
        if isinstance(model, MutableMapping):
            clone = copy.copy(model)
            clone.update(content)
            return clone
        return type(model)(content)  # type: ignore[call-arg]
    except TypeError:
        return content


def _like_sequence(model: Sequence[Any], content: list[Any]) -> Any:
    """The content in a sequence of the model's type, or in a list if that cannot be made."""
    try:
        if isinstance(model, MutableSequence):
            clone = copy.copy(model)
            for position, value in enumerate(content):
                clone[position] = value
            return clone
        return type(model)(content)  # type: ignore[call-arg]
    except TypeError:
        return content


def collate(batch: Sequence[Any], *, collate_fn_map: CollateMap | None = None) -> Any:
    """Collate samples by a table from element types to functions; containers are walked.

    Raises RuntimeError for sequences of unequal length, TypeError for a type that neither the
    table nor the walk knows.
    """
    first = batch[0]
    kind = type(first)
    if collate_fn_map is not None:
        function = collate_fn_map.get(kind)
        if function is None:
            for known, candidate in collate_fn_map.items():
                if isinstance(first, known):
                    function = candidate
                    break
        if function is not None:
            return function(batch, collate_fn_map=collate_fn_map)

    if isinstance(first, Mapping):
        columns = {
            key: collate([sample[key] for sample in batch], collate_fn_map=collate_fn_map)
            for key in first
        }
        return _like_mapping(first, columns)
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return kind(*(collate(c, collate_fn_map=collate_fn_map) for c in zip(*batch, strict=True)))
    if isinstance(first, Sequence):
        lengths = {len(sample) for sample in batch}
        if len(lengths) > 1:
            raise RuntimeError(
                "each element in list of batch should be of equal size, "
                f"but the sizes are {sorted(lengths)}"
            )
        content = [
            collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch, strict=True)
        ]
        return content if isinstance(first, tuple) else _like_sequence(first, content)
    raise TypeError(_UNSUPPORTED.format(kind))


def _collate_tensors(batch: Sequence[Tensor], *, collate_fn_map: CollateMap | None = None) -> Any:
    return taeda_tensor.stack(list(batch), 0)


def _collate_arrays(batch: Sequence[Any], *, collate_fn_map: CollateMap | None = None) -> Any:
    if _is_textual(batch[0].dtype):
        raise TypeError(_UNSUPPORTED.format(batch[0].dtype))
    return collate([taeda_tensor.from_numpy(a) for a in batch], collate_fn_map=collate_fn_map)


def _collate_scalars(batch: Sequence[Any], *, collate_fn_map: CollateMap | None = None) -> Any:
    return taeda_tensor.from_numpy(np.array(batch))


def _collate_floats(batch: Sequence[float], *, collate_fn_map: CollateMap | None = None) -> Any:
    return taeda_tensor.tensor(batch, dtype=taeda_tensor.float64)


def _collate_integers(batch: Sequence[int], *, collate_fn_map: CollateMap | None = None) -> Any:
    return taeda_tensor.tensor(batch)


def _keep(batch: Sequence[Any], *, collate_fn_map: CollateMap | None = None) -> Any:
    return batch


# In this order: np.float64 is a float, np.str_ is a str and bool is an int.
default_collate_fn_map: CollateMap = {
    Tensor: _collate_tensors,
    np.ndarray: _collate_arrays,
    (np.bool_, np.number): _collate_scalars,
    float: _collate_floats,
    int: _collate_integers,
    str: _keep,
    bytes: _keep,
}


def default_collate(batch: Sequence[Any]) -> Any:
    """Samples to a batch: tensors and arrays are stacked, numbers become tensors, text a list.

    Mappings, named tuples and sequences are collated entry by entry (a tuple becomes a list).
    Raises TypeError for any other type, RuntimeError for sequences of unequal length.

    >>> default_collate([{"x": 1, "name": "a"}, {"x": 2, "name": "b"}])
    {'x': tensor([1, 2]), 'name': ['a', 'b']}
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)
