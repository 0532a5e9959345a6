"""Samplers: the order in which samples are visited.

A random sampler draws one seed from its generator when an epoch starts and takes everything
else from that seed. So the order does not depend on what else draws while it is being followed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

import taeda_tensor
from taeda_data._streams import draw_seed
from taeda_tensor import Generator

T_co = TypeVar("T_co", covariant=True)
Order = range | npt.NDArray[np.int64]
_CHUNK = 1024


def _private_generator(generator: Generator | None) -> Generator:
    private = Generator()
    private.manual_seed(draw_seed(generator))
    return private


class Sampler(Generic[T_co]):
    """An iterable of indices, or of lists of indices: define `__iter__`, and `__len__` if known."""

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError


class SequentialSampler(Sampler[int]):
    """0, 1, ..., n - 1.

    >>> list(SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Any) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """A random permutation, or `num_samples` independent draws if `replacement`.

    More than n draws without replacement run through several permutations. Raises TypeError if
    `replacement` is no bool, ValueError if `num_samples` is not a positive integer.

    >>> sorted(RandomSampler(range(4)))
    [0, 1, 2, 3]
    """

    def __init__(
        self,
        data_source: Any,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(
                f"replacement should be a boolean value, but got replacement={replacement}"
            )
        if not isinstance(self.num_samples, int) or self.num_samples <= 0:
            raise ValueError(
                "num_samples should be a positive integer value, "
                f"but got num_samples={self.num_samples}"
            )

    @property
    def num_samples(self) -> int:
        """Samples an epoch: what was asked for, or the size of the data at this moment."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        size = len(self.data_source)
        generator = _private_generator(self.generator)
        return itertools.islice(_endless_draws(size, self.replacement, generator), self.num_samples)

    def __len__(self) -> int:
        return self.num_samples


def _endless_draws(size: int, replacement: bool, generator: Generator) -> Iterator[int]:
    while True:
        if replacement:
            yield from taeda_tensor.randint(
                0, size, (_CHUNK,), dtype=taeda_tensor.int64, generator=generator
            ).tolist()
        else:
            yield from taeda_tensor.randperm(size, generator=generator).tolist()


class SubsetRandomSampler(Sampler[int]):
    """The given indices in random order.

    >>> sorted(SubsetRandomSampler([7, 3]))
    [3, 7]
    """

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        order = taeda_tensor.randperm(
            len(self.indices), generator=_private_generator(self.generator)
        ).tolist()
        return (self.indices[position] for position in order)

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """`num_samples` indices drawn in proportion to `weights`.

    With replacement by inversion of the cumulative weights; without, by the smallest of
    exponential variables of those rates (Efraimidis and Spirakis, 2006). Raises ValueError if
    `num_samples` is not a positive integer, `replacement` no bool, or the weights are not one
    non-negative finite row with enough positive entries.

    >>> list(WeightedRandomSampler([0.0, 2.0], 3))
    [1, 1, 1]
    """

    def __init__(
        self,
        weights: Any,
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        if not isinstance(num_samples, int) or isinstance(num_samples, bool) or num_samples <= 0:
            raise ValueError(
                f"num_samples should be a positive integer value, but got num_samples={num_samples}"
            )
        if not isinstance(replacement, bool):
            raise ValueError(
                f"replacement should be a boolean value, but got replacement={replacement}"
            )
        self.weights = taeda_tensor.as_tensor(weights, dtype=taeda_tensor.float64)
        if self.weights.dim() != 1:
            raise ValueError(
                "weights should be a 1d sequence but given "
                f"weights have shape {tuple(self.weights.shape)}"
            )
        values = self.weights.numpy()
        if not (np.isfinite(values).all() and (values >= 0).all() and values.sum() > 0):
            raise ValueError("weights should be finite, non-negative, and not all zero")
        if not replacement and np.count_nonzero(values) < num_samples:
            raise ValueError(
                f"without replacement, num_samples={num_samples} needs as many positive weights, "
                f"but got {np.count_nonzero(values)}"
            )
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        weights = self.weights.numpy()
        generator = _private_generator(self.generator)
        count = self.num_samples if self.replacement else len(weights)
        uniform = taeda_tensor.rand(count, dtype=taeda_tensor.float64, generator=generator).numpy()
        if self.replacement:
            total = np.cumsum(weights)
            # Rounding may carry u * total up to the total itself, beyond the last positive weight.
            last = np.flatnonzero(weights)[-1]
            order = np.minimum(np.searchsorted(total, uniform * total[-1], side="right"), last)
        else:
            with np.errstate(divide="ignore"):
                waiting = np.where(weights > 0, -np.log1p(-uniform) / weights, np.inf)
            order = np.argsort(waiting, kind="stable")[: self.num_samples]
        return iter(order.tolist())

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """Groups the indices of another sampler into lists of `batch_size`.

    Raises ValueError if `batch_size` is not a positive integer or `drop_last` is no bool.

    >>> list(BatchSampler(range(5), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size <= 0:
            raise ValueError(
                f"batch_size should be a positive integer value, but got batch_size={batch_size}"
            )
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[Any]]:
        indices = iter(self.sampler)
        while batch := list(itertools.islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        count = len(self.sampler)  # type: ignore[arg-type]
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)


class ConstantSampler(Sampler[None]):
    """None for ever: what an `IterableDataset` has in place of a sampler."""

    def __iter__(self) -> Iterator[None]:
        return itertools.repeat(None)


def epoch_order(sampler: Any) -> Order | None:
    """The whole epoch of a built-in sampler as a range or one array; None for any other.

    Draws from the sampler's generator exactly what `iter(sampler)` would.
    """
    kind = type(sampler)
    if kind is SequentialSampler:
        return range(len(sampler.data_source))
    if kind is RandomSampler and not sampler.replacement:
        size = len(sampler.data_source)
        if sampler.num_samples <= size:
            order = taeda_tensor.randperm(size, generator=_private_generator(sampler.generator))
            return np.asarray(order.numpy()[: sampler.num_samples])
    return None


def index_batches(batch_sampler: Any) -> Iterator[Any]:
    """The batches of a batch sampler; slices of one array where the sampler is a built-in one.

    The sampler starts at once, not with the first batch asked for, so that the moment at which it
    draws does not depend on how far ahead the loader works.
    """
    if type(batch_sampler) is BatchSampler:
        order = epoch_order(batch_sampler.sampler)
        if order is not None:
            size = batch_sampler.batch_size
            stop = len(order) - len(order) % size if batch_sampler.drop_last else len(order)
            return (order[start : start + size] for start in range(0, stop, size))
    batches = iter(batch_sampler)
    first = list(itertools.islice(batches, 1))
    return itertools.chain(first, batches)


_BUILT_IN = (SequentialSampler, RandomSampler, SubsetRandomSampler, WeightedRandomSampler)


def draws_only_seeds(sampler: Any) -> bool:
    """Whether all that a sampler ever draws is one seed from its taeda generator."""
    if type(sampler) is BatchSampler:
        return draws_only_seeds(sampler.sampler)
    return type(sampler) in _BUILT_IN or isinstance(sampler, range | list | tuple)


def generators_of(sampler: Any) -> list[Generator]:
    """The explicit generators of a sampler and of those it wraps."""
    found: list[Generator] = []
    while sampler is not None:
        generator = getattr(sampler, "generator", None)
        if isinstance(generator, Generator):
            found.append(generator)
        sampler = getattr(sampler, "sampler", None)
    return found
