"""One pass over the data: in this process, or by workers."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, NoReturn

from taeda_data._fetch import IterableFetcher, MapFetcher
from taeda_data._messages import Batch, Exhausted, Failed, Reply, raise_failure
from taeda_data._pool import WorkerPool
from taeda_data._position import Epoch
from taeda_data._streams import CallerStreams, seed_streams


class LoaderIterator(Iterator[Any]):
    """An iterator over the batches of an epoch."""

    def __init__(self, loader: Any, epoch: Epoch) -> None:
        self._loader = loader
        self._epoch = epoch

    def __iter__(self) -> LoaderIterator:
        return self

    def __len__(self) -> int:
        return len(self._loader)

    def _took_one(self) -> None:
        self._epoch.taken += 1
        promised = self._loader._promised_batches
        if promised is not None and self._epoch.taken > promised:
            warnings.warn(
                f"Length of IterableDataset {self._loader.dataset} was reported to be {promised} "
                f"batches (when accessing len(dataloader)), but {self._epoch.taken} have been "
                "fetched. With workers, each iterates over a copy of the dataset unless it takes "
                "its share by get_worker_info().",
                stacklevel=3,
            )

    def _end(self) -> NoReturn:
        self._epoch.finished = True
        raise StopIteration


class MapIterator(LoaderIterator):
    """Fetches from a map-style dataset in this process."""

    def __init__(self, loader: Any, epoch: Epoch) -> None:
        super().__init__(loader, epoch)
        fetcher = MapFetcher(loader.dataset, loader._auto_collation, loader.collate_fn)
        self._fetch = fetcher.fetch
        self._is_random = fetcher.is_random
        self._indices = epoch.indices
        self._streams = CallerStreams()
        self._number = epoch.taken

    def __next__(self) -> Any:
        assert self._indices is not None
        epoch = self._epoch
        try:
            indices = next(self._indices)
        except StopIteration:
            epoch.finished = True
            raise
        number = self._number
        self._number += 1
        if self._is_random:
            self._streams.save()
            try:
                seed_streams(epoch.base_seed, 0, number)
                batch = self._fetch(indices)
            except Exception as error:
                error.add_note(f"in DataLoader while fetching batch {number}")
                raise
            finally:
                self._streams.restore()
        else:
            batch = self._fetch(indices)
        epoch.taken += 1
        return batch


class StreamIterator(LoaderIterator):
    """Fetches from an iterable dataset in this process, as a single worker would."""

    def __init__(self, loader: Any, epoch: Epoch) -> None:
        super().__init__(loader, epoch)
        self._streams = CallerStreams()
        self._fetched = 0
        self._streams.save()
        try:
            seed_streams(epoch.base_seed, 0, -1)
            self._fetcher = IterableFetcher(
                loader.dataset,
                loader.batch_size if loader._auto_collation else None,
                loader.drop_last,
                loader.collate_fn,
            )
        finally:
            self._streams.restore()
        self._to_pass = epoch.taken

    def __next__(self) -> Any:
        while True:
            discard = self._to_pass > 0
            self._streams.save()
            try:
                seed_streams(self._epoch.base_seed, 0, self._fetched)
                self._fetched += 1
                batch = self._fetcher.fetch(discard)
            except StopIteration:
                self._end()
            except Exception as error:
                error.add_note(f"in DataLoader while fetching batch {self._fetched - 1}")
                raise
            finally:
                self._streams.restore()
            if not discard:
                self._took_one()
                return batch
            self._to_pass -= 1


class WorkerIterator(LoaderIterator):
    """Has workers fetch.

    Requests are numbered and go to the workers in turn; batches are handed out in the order of
    the numbers (unless the loader is not `in_order`), and a worker whose share is exhausted is
    passed over from the moment its turn comes. So the order depends on no timing.
    """

    def __init__(self, loader: Any, epoch: Epoch, pool: WorkerPool) -> None:
        super().__init__(loader, epoch)
        self._pool = pool
        self._is_iterable = loader._is_iterable
        self._in_order = loader.in_order
        self._timeout = loader.timeout if loader.timeout > 0 else None
        self._keeps_pool = loader.persistent_workers
        # A resumed map-style epoch goes on with its number; an iterable one starts over, in the
        # workers, and passes over what was taken.
        self._to_pass = epoch.taken if self._is_iterable else 0
        self._known_to_pass = self._to_pass
        self._requested = 0 if self._is_iterable else epoch.taken
        self._expected = self._requested
        self._outstanding = 0
        self._pending: dict[int, tuple[int, Reply]] = {}
        self._exhausted: set[int] = set()
        self._num_workers = loader.num_workers
        self._turn = 0
        self._sampler_error: Exception | None = None
        pool.begin(epoch.base_seed)
        self._pool_epoch = pool.epoch
        for _ in range(max(1, loader.prefetch_factor) * loader.num_workers):
            self._request()

    def _request(self, worker: int | None = None) -> None:
        """Ask for one more batch, if there is one: of the worker whose turn it is, or of one."""
        if self._sampler_error is not None or len(self._exhausted) == self._num_workers:
            return
        indices = None
        if not self._is_iterable:
            assert self._epoch.indices is not None
            try:
                indices = next(self._epoch.indices)
            except StopIteration:
                return
            except Exception as error:
                self._sampler_error = error  # raised when its turn comes
                return
        if worker is None or worker in self._exhausted:
            while self._turn in self._exhausted:
                self._turn = (self._turn + 1) % self._num_workers
            worker = self._turn
            self._turn = (worker + 1) % self._num_workers
        # No earlier request yields more than one batch, so these cannot be wanted.
        discard = self._requested < self._known_to_pass
        self._pool.request(worker, self._requested, indices, discard)
        self._requested += 1
        self._outstanding += 1

    def __next__(self) -> Any:
        while True:
            if self._pool_epoch != self._pool.epoch:
                raise RuntimeError(
                    "DataLoader: this iterator has ended, for its workers (persistent_workers="
                    "True) have begun another epoch"
                )
            if self._outstanding == 0:
                if self._sampler_error is not None:
                    error, self._sampler_error = self._sampler_error, None
                    self._close()
                    raise error
                if not self._keeps_pool:
                    self._pool.close()
                self._end()
            if not self._pool.is_open:
                raise RuntimeError(
                    "DataLoader: the workers of this iterator were ended by an earlier error; "
                    "iterate the loader again"
                )
            worker, message = self._next_reply()
            self._outstanding -= 1
            if isinstance(message, Exhausted):
                self._exhausted.add(worker)
            self._request(None if self._in_order else worker)
            if isinstance(message, Exhausted):
                continue
            if isinstance(message, Failed):
                raise_failure(message)
            if self._to_pass:
                self._to_pass -= 1
                self._pool.drop(worker, message)
                continue
            assert isinstance(message, Batch)
            batch = self._pool.unpack(worker, message)
            self._took_one()
            return batch

    def _next_reply(self) -> tuple[int, Reply]:
        awaited = f"batch {self._expected}" if self._in_order else "a batch"
        try:
            while self._expected not in self._pending:
                worker, message = self._pool.receive(self._timeout, awaited)
                if not self._in_order:
                    return worker, message
                self._pending[message.number] = (worker, message)
        except BaseException:  # a dead worker, none in time, Ctrl-C: what was underway is lost
            self._close()
            raise
        self._expected += 1
        return self._pending.pop(self._expected - 1)

    def _close(self) -> None:
        self._pending.clear()
        self._pool.close()
