"""From indices to a batch, the same code in the main process and in workers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import taeda_tensor
from taeda_data._collate import default_collate
from taeda_data.dataset import StackDataset, Subset, TensorDataset, samples
from taeda_tensor import Tensor

Gather = Callable[[Any], Any]


def gather_of(dataset: Any) -> Gather | None:
    """A function from indices to `default_collate` of their samples by one gather a tensor.

    It exists for `TensorDataset` and for `Subset` and `StackDataset` of such; None for others.
    """
    kind = type(dataset)
    if kind is TensorDataset:
        if all(type(tensor) is Tensor and tensor.dim() for tensor in dataset.tensors):
            return lambda indices: [_rows(tensor, indices) for tensor in dataset.tensors]
    elif kind is Subset:
        inner = gather_of(dataset.dataset)
        if inner is not None:
            chosen = np.asarray(dataset.indices)
            if chosen.dtype.kind == "i" and chosen.ndim == 1:
                whole = inner
                return lambda indices: whole(chosen[_as_index(indices)])
    elif kind is StackDataset:
        if isinstance(dataset.datasets, dict):
            columns = {name: gather_of(part) for name, part in dataset.datasets.items()}
            if all(columns.values()):
                return lambda indices: {name: f(indices) for name, f in columns.items() if f}
        else:
            parts = [gather_of(part) for part in dataset.datasets]
            if all(parts):
                return lambda indices: [f(indices) for f in parts if f]
    return None


def _as_index(indices: Any) -> Any:
    if type(indices) is range:
        return slice(indices.start, indices.stop, indices.step)
    return indices


def _rows(tensor: Tensor, indices: Any) -> Tensor:
    if type(indices) is range:
        # A copy: what is done to a batch must not reach the dataset.
        return tensor[indices.start : indices.stop].clone()
    if type(indices) is not np.ndarray:
        indices = np.asarray(indices)
    return tensor[taeda_tensor.from_numpy(indices)]


def _is_gatherable(indices: Any) -> bool:
    kind = type(indices)
    return kind is range or kind is np.ndarray or (kind is list and type(indices[0]) is int)


class MapFetcher:
    """Batches of a map-style dataset."""

    def __init__(self, dataset: Any, batched: bool, collate_fn: Callable[[Any], Any]) -> None:
        self._dataset = dataset
        self._batched = batched
        self._collate_fn = collate_fn
        self._gather = gather_of(dataset) if batched and collate_fn is default_collate else None

    @property
    def is_random(self) -> bool:
        """Whether a fetch runs code that may draw random numbers."""
        return self._gather is None

    def fetch(self, indices: Any) -> Any:
        """The batch of some indices; of a single key if the loader does not batch."""
        try:
            if not self._batched:
                return self._collate_fn(self._dataset[indices])
            if self._gather is not None and len(indices) and _is_gatherable(indices):
                return self._gather(indices)
            if type(indices) is np.ndarray:
                indices = indices.tolist()
            elif type(indices) is range:
                indices = list(indices)
            return self._collate_fn(samples(self._dataset, indices))
        except StopIteration as error:
            # Passed on from __next__ it would end the epoch in silence.
            raise RuntimeError("DataLoader: the dataset raised StopIteration") from error


class IterableFetcher:
    """Batches of an iterable dataset, until StopIteration."""

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None,
        drop_last: bool,
        collate_fn: Callable[[Any], Any],
    ) -> None:
        self._batch_size = batch_size
        self._drop_last = drop_last
        self._collate_fn = collate_fn
        self._samples: Iterator[Any] = iter(dataset)

    def fetch(self, discard: bool = False) -> Any:
        """The next batch; None in its place if it is only to be passed over."""
        if self._batch_size is None:
            sample = next(self._samples)
            return None if discard else self._collate_fn(sample)
        batch = list(itertools.islice(self._samples, self._batch_size))
        if not batch or (self._drop_last and len(batch) < self._batch_size):
            raise StopIteration
        return None if discard else self._collate_fn(batch)
