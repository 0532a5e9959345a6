"""The life of a worker process."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import queue
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import Any

import taeda_tensor
from taeda_data._blocks import BlockWriter, lay_out
from taeda_data._fetch import IterableFetcher, MapFetcher
from taeda_data._info import WorkerInfo, set_worker_info
from taeda_data._inherited import close_inherited
from taeda_data._messages import (
    Batch,
    BeginEpoch,
    Discarded,
    Exhausted,
    Fetch,
    NewBlock,
    Reply,
    describe_failure,
)
from taeda_data._packing import Packer
from taeda_data._streams import seed_streams

# A longer pickled part goes through the block: a pipe moves 64 KiB at a time.
_INLINE_BYTES = 16384
_PARENT_CHECK_SECONDS = 2.0


@dataclass(frozen=True)
class WorkerSetup:
    """All that a worker needs to know; crosses by fork, or pickled by spawn."""

    worker: int
    num_workers: int
    base_seed: int
    dataset: Any
    is_iterable: bool
    batched: bool
    batch_size: int | None
    drop_last: bool
    collate_fn: Callable[[Any], Any]
    worker_init_fn: Callable[[int], Any] | None


class _Inbox:
    """Listens to the parent in a thread, so that its messages never block it, and for its death."""

    def __init__(self, tasks: Connection, writer: BlockWriter) -> None:
        self._tasks = tasks
        self._writer = writer
        self._parent = os.getppid()
        self._main = multiprocessing.parent_process()
        self._queue: queue.SimpleQueue[BeginEpoch | Fetch | None] = queue.SimpleQueue()
        self.epoch = 0
        threading.Thread(target=self._listen, name="taeda-data-inbox", daemon=True).start()

    def get(self) -> BeginEpoch | Fetch | None:
        """The next message that is not out of date; None when there will be no more."""
        while True:
            message = self._queue.get()
            if message is None or message.epoch == self.epoch:
                return message

    def _parent_is_dead(self) -> bool:
        # A sibling forked later may hold the write end of our pipe: its end is no certain sign.
        if os.getppid() != self._parent:
            return True
        return self._main is not None and not self._main.is_alive()

    def _listen(self) -> None:
        try:
            while True:
                while not self._tasks.poll(_PARENT_CHECK_SECONDS):
                    if self._parent_is_dead():
                        os._exit(1)
                message = pickle.loads(self._tasks.recv_bytes())
                self._writer.returned.extend(message.freed)
                self.epoch = message.epoch
                self._queue.put(message)
        except (EOFError, OSError):
            self._queue.put(None)
        # The parent has closed the pipe. If it did so by dying, a long fetch must not go on.
        while not self._parent_is_dead():
            time.sleep(0.2)
        os._exit(1)


class _ParentGoneError(BaseException):
    """The parent reads no more: no error of the dataset, so no Exception."""


class _Outbox:
    """Sends replies, their arrays through shared memory."""

    def __init__(self, results: Connection, writer: BlockWriter) -> None:
        self._results = results
        self._writer = writer

    def send(self, message: Reply | NewBlock) -> None:
        """Send a message that has no arrays."""
        data = pickle.dumps(message, protocol=5)
        try:
            self._results.send_bytes(data)
        except OSError as error:
            raise _ParentGoneError from error

    def pack(self, epoch: int, number: int, batch: Any) -> Batch:
        """The message of a batch, whose arrays are in shared memory by then."""
        packer = Packer()
        body = packer.pack(batch)
        places, size = lay_out(packer.arrays, packer.traits)
        span = None
        if len(body) > _INLINE_BYTES:
            span = (size, len(body))
            size += len(body)
        if size == 0 and not packer.arrays:
            return Batch(epoch, number, body)
        block = self._take_block(max(size, 1))
        try:
            self._writer.fill(block, packer.arrays, places)
            if span is not None:
                self._writer.fill_bytes(block, span[0], body)
                body = b""
        except BaseException:
            self._writer.put_back(block)
            raise
        return Batch(epoch, number, body, block, size, places, span)

    def _take_block(self, size: int) -> int:
        block, descriptor, given_up = self._writer.take(size)
        if descriptor is not None:
            try:
                self.send(NewBlock(block, os.fstat(descriptor).st_size, given_up))
                reduction.send_handle(self._results, descriptor, os.getppid())
            except OSError as error:
                raise _ParentGoneError from error
            finally:
                os.close(descriptor)
        return block


class _Loop:
    """Answers one request after the other."""

    def __init__(self, setup: WorkerSetup, inbox: _Inbox, outbox: _Outbox) -> None:
        self._setup = setup
        self._inbox = inbox
        self._outbox = outbox
        self._base_seed = setup.base_seed
        self._fetched = 0
        self._fetcher: MapFetcher | IterableFetcher | None = None
        self._start_error: tuple[Exception, str] | None = None

    def run(self) -> None:
        """Until the parent has no more to ask."""
        setup = self._setup
        seed_streams(self._base_seed, setup.worker + 1, -1)
        if setup.worker_init_fn is not None:
            try:
                setup.worker_init_fn(setup.worker)
            except Exception as error:
                self._start_error = (error, "in worker_init_fn of")
        while (message := self._inbox.get()) is not None:
            if isinstance(message, BeginEpoch):
                self._begin(message)
            else:
                self._answer(message)

    def _begin(self, message: BeginEpoch) -> None:
        setup = self._setup
        self._base_seed = message.base_seed
        self._fetched = 0
        if self._start_error is not None and self._start_error[1].startswith("in worker_init_fn"):
            return
        try:
            if setup.is_iterable:
                seed_streams(self._base_seed, setup.worker, -1)
                self._fetcher = IterableFetcher(
                    setup.dataset,
                    setup.batch_size if setup.batched else None,
                    setup.drop_last,
                    setup.collate_fn,
                )
            elif self._fetcher is None:
                self._fetcher = MapFetcher(setup.dataset, setup.batched, setup.collate_fn)
            self._start_error = None
        except Exception as error:
            self._start_error = (error, "while starting an epoch in")

    def _answer(self, message: Fetch) -> None:
        process = f"DataLoader worker process {self._setup.worker} (pid {os.getpid()})"
        if self._start_error is not None:
            error, what = self._start_error
            failure = describe_failure(error, message.epoch, message.number, f"{what} {process}")
            self._outbox.send(failure)
            return
        try:
            reply = self._fetch(message)
        except Exception as error:
            where = f"in {process} while fetching batch {message.number}"
            reply = describe_failure(error, message.epoch, message.number, where)
        self._outbox.send(reply)

    def _fetch(self, message: Fetch) -> Reply:
        fetcher = self._fetcher
        if isinstance(fetcher, IterableFetcher):
            seed_streams(self._base_seed, self._setup.worker, self._fetched)
            self._fetched += 1
            try:
                batch = fetcher.fetch(message.discard)
            except StopIteration:
                return Exhausted(message.epoch, message.number)
            if message.discard:
                return Discarded(message.epoch, message.number)
        else:
            assert fetcher is not None
            if fetcher.is_random:
                seed_streams(self._base_seed, 0, message.number)
            batch = fetcher.fetch(message.indices)
        return self._outbox.pack(message.epoch, message.number, batch)


def _ignore_interrupt(number: int, frame: Any) -> None:
    """Ctrl-C reaches the whole process group; the parent alone decides what follows."""


def run_worker(setup: WorkerSetup, tasks: Connection, results: Connection) -> None:
    """Entry point of a worker process."""
    close_inherited()
    signal.signal(signal.SIGINT, _ignore_interrupt)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    set_threads = getattr(taeda_tensor, "set_num_threads", None)
    if set_threads is not None:
        set_threads(1)
    seed = setup.base_seed + setup.worker
    set_worker_info(WorkerInfo(setup.worker, setup.num_workers, seed, setup.dataset))
    writer = BlockWriter()
    with contextlib.suppress(_ParentGoneError):
        _Loop(setup, _Inbox(tasks, writer), _Outbox(results, writer)).run()
