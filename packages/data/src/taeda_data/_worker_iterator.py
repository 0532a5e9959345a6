"""One pass over the data by worker processes.

Imported when a loader first has workers: what they need takes longer to import than all the rest.
"""

from __future__ import annotations

from typing import Any

from taeda_data._iterators import LoaderIterator
from taeda_data._messages import Batch, Exhausted, Failed, Reply, raise_failure
from taeda_data._pin import pin
from taeda_data._pool import WorkerPool
from taeda_data._position import Epoch
from taeda_data._worker import WorkerSetup


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
            return pin(batch) if self._pins else batch

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


def start_pool(loader: Any, base_seed: int) -> WorkerPool:
    """The workers of a loader."""
    setups = [
        WorkerSetup(
            worker,
            loader.num_workers,
            base_seed,
            loader.dataset,
            loader._is_iterable,
            loader._auto_collation,
            loader.batch_size,
            loader.drop_last,
            loader.collate_fn,
            loader.worker_init_fn,
        )
        for worker in range(loader.num_workers)
    ]
    return WorkerPool(setups, loader._context)
