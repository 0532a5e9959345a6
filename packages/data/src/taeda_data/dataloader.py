"""The loader: what to load, in what order, by whom."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from taeda_data import _position
from taeda_data._collate import default_collate, default_convert
from taeda_data._iterators import LoaderIterator, MapIterator, StreamIterator
from taeda_data._position import Epoch
from taeda_data._streams import CallerStreams, draw_seed
from taeda_data.dataset import Dataset, IterableDataset
from taeda_data.sampler import (
    BatchSampler,
    ConstantSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    index_batches,
)
from taeda_tensor import Generator, cuda

if TYPE_CHECKING:
    from taeda_data._pool import WorkerPool

T_co = TypeVar("T_co", covariant=True)
_FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class DataLoader(Generic[T_co]):
    """Batches of a dataset, fetched in this process or by `num_workers` worker processes.

    Arguments are PyTorch's. Samples and their order do not depend on the number of workers: each
    batch has random streams of its own (Python's, NumPy's and taeda's global ones), seeded from
    the epoch and the number of the batch, and the caller's streams are left as they were. For an
    `IterableDataset` this holds for none and one worker; with more, each iterates over a copy.

    The tensors that a worker made lie in memory shared with it; they may be kept and changed.
    `state_dict` gives the position, in the midst of an epoch too. Raises ValueError for options
    that exclude each other, RuntimeError if a worker dies or `timeout` passes, and what the
    dataset raises, with the worker's traceback.

    >>> for batch in DataLoader(range(5), batch_size=2):
    ...     print(batch)
    tensor([0, 1])
    tensor([2, 3])
    tensor([4])
    """

    dataset: Dataset[T_co]
    batch_size: int | None
    num_workers: int
    pin_memory: bool
    drop_last: bool
    timeout: float
    sampler: Sampler[Any] | Iterable[Any]
    batch_sampler: Sampler[Any] | Iterable[Any] | None
    prefetch_factor: int | None
    _initialized = False

    def __init__(
        self,
        dataset: Dataset[T_co],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Sampler[Any] | Iterable[Any] | None = None,
        batch_sampler: Sampler[Any] | Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        self._is_iterable = isinstance(dataset, IterableDataset)
        _check_order(self._is_iterable, batch_size, shuffle, sampler, batch_sampler, drop_last)
        if num_workers > 0 and prefetch_factor is None:
            prefetch_factor = 2
        if batch_sampler is not None:
            batch_size = None
        if sampler is None:
            if self._is_iterable:
                sampler = ConstantSampler()
            elif shuffle:
                sampler = RandomSampler(dataset, generator=generator)
            else:
                sampler = SequentialSampler(dataset)
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)

        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        self.persistent_workers = persistent_workers
        if collate_fn is None:
            collate_fn = default_collate if self._auto_collation else default_convert
        self.collate_fn = collate_fn
        self._pool: WorkerPool | None = None
        self._epoch: Epoch | None = None
        self._resume: dict[str, Any] | None = None
        self._promised_batches: int | None = None
        self._initialized = True

    def __setattr__(self, name: str, value: Any) -> None:
        if self._initialized and name in _FIXED:
            raise ValueError(
                f"{name} attribute should not be set after {type(self).__name__} is initialized"
            )
        super().__setattr__(name, value)

    @property
    def multiprocessing_context(self) -> Any:
        """The context that makes the worker processes; None for the default one."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, value: Any) -> None:
        if value is not None:
            value = _check_context(value, self.num_workers)
        self._context = value

    @property
    def _auto_collation(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Any:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __len__(self) -> int:
        if not self._is_iterable:
            return len(self._index_sampler)
        count = len(self.dataset)  # type: ignore[arg-type]
        if self.batch_size is not None:
            size = self.batch_size
            count = count // size if self.drop_last else -(-count // size)
        self._promised_batches = count
        return count

    def __iter__(self) -> Iterator[Any]:
        if self.pin_memory and not cuda.is_available():
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, "
                "then device pinned memory won't be used.",
                stacklevel=2,
            )
        epoch = self._begin_epoch()
        self._epoch = epoch
        iterator: LoaderIterator
        if self.num_workers > 0:
            from taeda_data._worker_iterator import WorkerIterator

            iterator = WorkerIterator(self, epoch, self._workers(epoch))
        elif self._is_iterable:
            iterator = StreamIterator(self, epoch)
        else:
            iterator = MapIterator(self, epoch)
        return iterator

    def _begin_epoch(self) -> Epoch:
        if self._resume is None:
            return self._start_epoch(_position.capture(self), 0)
        state, self._resume = self._resume, None
        start = _position.from_json(state["start"])
        taken = state["batches"]
        caller = CallerStreams()
        caller.save()
        now = [g.get_state() for g in _position.explicit_generators(self)]
        try:
            _position.restore(self, start)
            epoch = self._start_epoch(start, taken)
            if epoch.indices is not None:
                for _ in itertools.islice(epoch.indices, taken):
                    pass
        finally:
            caller.restore()
            for generator, saved in zip(_position.explicit_generators(self), now, strict=True):
                generator.set_state(saved)
        return epoch

    def _start_epoch(self, start: dict[str, Any], taken: int) -> Epoch:
        base_seed = draw_seed(self.generator)
        indices = None if self._is_iterable else index_batches(self._index_sampler)
        return Epoch(start, base_seed, indices, taken)

    def _workers(self, epoch: Epoch) -> WorkerPool:
        pool = self._pool
        if pool is not None and pool.is_usable:
            return pool
        if pool is not None:
            pool.close()
        from taeda_data._worker_iterator import start_pool

        pool = start_pool(self, epoch.base_seed)
        if self.persistent_workers:
            self._pool = pool
        return pool

    def state_dict(self) -> dict[str, Any]:
        """The position, as JSON can hold it: the epoch, and how many of its batches were taken.

        Between epochs it is the states of the generators that were given to the loader; the
        global streams are the caller's to save, by `get_rng_state`.
        """
        generators = [g.get_state().numpy().tobytes().hex() for g in self._generators()]
        state: dict[str, Any] = {
            "version": _position.VERSION,
            "loader": _position.shape_of(self),
            "generators": generators,
            "batches": 0,
            "start": None,
        }
        if self._resume is not None:
            state["batches"] = self._resume["batches"]
            state["start"] = self._resume["start"]
        elif self._epoch is not None and not self._epoch.finished:
            state["batches"] = self._epoch.taken
            state["start"] = _position.to_json(self._epoch.start)
        return state

    def _generators(self) -> list[Any]:
        return _position.explicit_generators(self)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up a position: the next iteration goes on after the last batch that was taken.

        Raises ValueError if the state is of another loader: of another dataset size, batch size
        or sampler (for an iterable dataset, another number of workers).
        """
        missing = {"version", "loader", "generators", "batches", "start"} - set(state_dict)
        if missing or state_dict["version"] != _position.VERSION:
            raise ValueError(
                "DataLoader.load_state_dict: not a state of this version: "
                f"missing {sorted(missing)}, version {state_dict.get('version')}, "
                f"expected {_position.VERSION}"
            )
        own = _position.shape_of(self)
        other = state_dict["loader"]
        different = [key for key in own if own[key] != other.get(key)]
        if different:
            changes = ", ".join(f"{key} {other.get(key)!r} -> {own[key]!r}" for key in different)
            raise ValueError(f"DataLoader.load_state_dict: the loaders differ: {changes}")
        _position.restore_explicit(self, state_dict["generators"])
        self._epoch = None
        self._resume = dict(state_dict) if state_dict["start"] is not None else None


def _check_workers(
    num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool
) -> None:
    if not isinstance(num_workers, int) or isinstance(num_workers, bool):
        raise TypeError(f"num_workers option should be an integer, but got {num_workers!r}")
    if num_workers < 0:
        raise ValueError(
            "num_workers option should be non-negative; "
            f"use num_workers=0 to disable multiprocessing (got {num_workers})."
        )
    if timeout < 0:
        raise ValueError(f"timeout option should be non-negative (got {timeout})")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing."
            "let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
        )
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError(f"prefetch_factor option should be non-negative (got {prefetch_factor})")
    if persistent_workers and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")


def _check_order(
    is_iterable: bool,
    batch_size: int | None,
    shuffle: bool | None,
    sampler: Any,
    batch_sampler: Any,
    drop_last: bool,
) -> None:
    if is_iterable:
        given = {"shuffle": shuffle or None, "sampler": sampler, "batch_sampler": batch_sampler}
        for option, value in given.items():
            if value is not None:
                raise ValueError(
                    "DataLoader with IterableDataset: expected unspecified "
                    f"{option} option, but got {option}={value}"
                )
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None:
        if batch_size != 1 or shuffle or sampler is not None or drop_last:
            raise ValueError(
                "batch_sampler option is mutually exclusive "
                "with batch_size, shuffle, sampler, and drop_last"
            )
    elif batch_size is None and drop_last:
        raise ValueError(
            "batch_size=None option disables auto-batching and is mutually exclusive with drop_last"
        )


def _check_context(value: Any, num_workers: int) -> Any:
    if num_workers == 0:
        raise ValueError(
            "multiprocessing_context can only be used with multi-process loading "
            f"(num_workers > 0), but got num_workers={num_workers}"
        )
    import multiprocessing
    import multiprocessing.context

    if isinstance(value, str):
        methods = multiprocessing.get_all_start_methods()
        if value not in methods:
            raise ValueError(
                "multiprocessing_context option should specify a valid start method in "
                f"{methods!r}, but got multiprocessing_context={value!r}"
            )
        value = multiprocessing.get_context(value)
    if not isinstance(value, multiprocessing.context.BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string "
            f"specifying the start method, but got multiprocessing_context={value}"
        )
    return value
