# ruff: noqa: NPY002  (the legacy stream is the one that samplers of others draw from)
"""Where a loader stands in an epoch, in a form that JSON can hold.

An epoch is a function of the generators' states at its start. They are kept, and an epoch is
resumed by starting it again from them and passing over the batches that were already taken.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import numpy as np

import taeda_tensor
from taeda_data._streams import has_twister
from taeda_data.sampler import draws_only_seeds, generators_of

VERSION = 1


class Epoch:
    """One pass over the data: its seed, its batches of indices, and how many were taken."""

    def __init__(
        self, start: dict[str, Any], base_seed: int, indices: Iterator[Any] | None, taken: int
    ) -> None:
        self.start = start
        self.base_seed = base_seed
        self.indices = indices
        self.taken = taken
        self.finished = False


def _pack_state(generator: Any) -> bytes:
    return bytes(generator.get_state().numpy().tobytes())


def _set_state(generator: Any, text: str) -> None:
    words = np.frombuffer(bytes.fromhex(text), dtype=np.uint8).copy()
    generator.set_state(taeda_tensor.from_numpy(words))


def explicit_generators(loader: Any) -> list[Any]:
    """The generators that the loader and its samplers were given, each once."""
    found = [] if loader.generator is None else [loader.generator]
    for generator in generators_of(loader._index_sampler):
        if all(generator is not known for known in found):
            found.append(generator)
    return found


def capture(loader: Any) -> dict[str, Any]:
    """The states of all generators from which an epoch of this loader may draw."""
    state: dict[str, Any] = {
        "default": _pack_state(taeda_tensor.default_generator),
        "generators": [_pack_state(generator) for generator in explicit_generators(loader)],
    }
    if has_twister() and not draws_only_seeds(loader._index_sampler):
        state["python"] = random.getstate()
        state["numpy"] = np.random.get_state()
    return state


def to_json(state: dict[str, Any]) -> dict[str, Any]:
    """Captured states as strings, numbers and lists."""
    result: dict[str, Any] = {
        "default": state["default"].hex(),
        "generators": [packed.hex() for packed in state["generators"]],
    }
    if "python" in state:
        version, words, deviate = state["python"]
        result["python"] = [version, list(words), deviate]
        name, keys, *rest = state["numpy"]
        result["numpy"] = [name, keys.tolist(), *rest]
    return result


def from_json(state: dict[str, Any]) -> dict[str, Any]:
    """The inverse of `to_json`."""
    result: dict[str, Any] = {
        "default": bytes.fromhex(state["default"]),
        "generators": [bytes.fromhex(text) for text in state["generators"]],
    }
    if "python" in state:
        version, words, deviate = state["python"]
        result["python"] = (version, tuple(words), deviate)
        name, keys, *rest = state["numpy"]
        result["numpy"] = (name, np.array(keys, dtype=np.uint32), *rest)
    return result


def restore(loader: Any, state: dict[str, Any]) -> None:
    """Put captured states back into the generators."""
    _set_state(taeda_tensor.default_generator, state["default"].hex())
    restore_explicit(loader, [packed.hex() for packed in state["generators"]])
    if "python" in state:
        random.setstate(state["python"])
        np.random.set_state(state["numpy"])


def restore_explicit(loader: Any, texts: list[str]) -> None:
    """Set the explicit generators; ValueError if the loader has another number of them."""
    generators = explicit_generators(loader)
    if len(generators) != len(texts):
        raise ValueError(
            f"DataLoader.load_state_dict: the state has {len(texts)} generators, this loader "
            f"{len(generators)}; give it generators as the loader had that was saved"
        )
    for generator, text in zip(generators, texts, strict=True):
        _set_state(generator, text)


def shape_of(loader: Any) -> dict[str, Any]:
    """What must be equal for a position in one loader to mean anything in another."""
    shape: dict[str, Any] = {
        "batch_size": loader.batch_size,
        "drop_last": loader.drop_last,
        "sampler": type(loader.sampler).__name__,
        "samples": None,
    }
    if loader._is_iterable:
        # The shares of the workers make the order; none and one are the same.
        shape["num_workers"] = max(1, loader.num_workers)
    else:
        with contextlib.suppress(TypeError, NotImplementedError):
            shape["samples"] = len(loader.dataset)
    return shape
