"""Nested state (dictionaries, lists, numbers, tensors) as one JSON document and named tensors.

A tensor becomes {"$tensor": name}; a tuple, and a dictionary with keys other than strings (the
state of an optimiser is keyed by integers), are marked likewise, so that `decode(encode(x))` is x.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

import taeda as torch

Arrays = dict[str, npt.NDArray[Any]]


def encode(value: Any, arrays: Arrays, path: str) -> Any:
    """`value` as what JSON can hold; tensors go into `arrays` under their `path`."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, torch.Tensor):
        # A copy: the tensor may be written before the file is.
        arrays[path] = np.array(value.detach().cpu().numpy(), order="C")
        return {"$tensor": path}
    if isinstance(value, np.ndarray):
        arrays[path] = np.array(value, order="C")
        return {"$array": path}
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, Mapping):
        items = [(key, encode(item, arrays, f"{path}.{key}")) for key, item in value.items()]
        if all(isinstance(key, str) and not key.startswith("$") for key, _ in items):
            return dict(items)
        return {"$dict": [[encode(key, arrays, path), item] for key, item in items]}
    if isinstance(value, (list, tuple)):
        parts = [encode(item, arrays, f"{path}.{i}") for i, item in enumerate(value)]
        return parts if isinstance(value, list) else {"$tuple": parts}
    raise TypeError(f"checkpoint: cannot store {path}, a {type(value).__name__}")


def decode(value: Any, arrays: Arrays) -> Any:
    """The inverse of `encode`; raises KeyError for a tensor that `arrays` lacks."""
    if isinstance(value, list):
        return [decode(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    if "$tensor" in value:
        # from_numpy shares memory, and what safetensors returns is read-only.
        return torch.from_numpy(arrays[value["$tensor"]].copy())
    if "$array" in value:
        return arrays[value["$array"]].copy()
    if "$bytes" in value:
        return bytes.fromhex(value["$bytes"])
    if "$tuple" in value:
        return tuple(decode(item, arrays) for item in value["$tuple"])
    if "$dict" in value:
        return {decode(key, arrays): decode(item, arrays) for key, item in value["$dict"]}
    return {key: decode(item, arrays) for key, item in value.items()}
