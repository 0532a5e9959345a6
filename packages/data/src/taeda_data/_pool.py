"""The worker processes of a loader, seen from the parent."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import select
import signal
import time
import weakref
from dataclasses import dataclass
from multiprocessing import connection, reduction
from multiprocessing.connection import Connection
from typing import Any

from taeda_data import _inherited
from taeda_data._blocks import BlockReader
from taeda_data._messages import Batch, BeginEpoch, Fetch, NewBlock, Reply
from taeda_data._packing import Unpacker, rebuild
from taeda_data._worker import WorkerSetup, run_worker

_GRACE_SECONDS = 1.0


@dataclass
class _Handle:
    process: Any
    tasks: Connection
    results: Connection
    blocks: BlockReader


class WorkerDiedError(RuntimeError):
    """A worker process ended although nobody told it to."""


class NoReplyError(RuntimeError):
    """The workers did not reply in time."""


class WorkerPool:
    """Starts workers, sends them requests, receives their replies, and ends them."""

    def __init__(self, setups: list[WorkerSetup], context: Any) -> None:
        self._handles: list[_Handle] = []
        self._poller = select.poll()
        self._readable: dict[int, int] = {}
        self._sentinels: dict[int, int] = {}
        self._epoch = 0
        self._finalizer = weakref.finalize(self, _shut_down, self._handles, os.getpid())
        context = context or multiprocessing.get_context()
        try:
            for setup in setups:
                self._start(setup, context)
        except BaseException:
            self.close()
            raise

    def _start(self, setup: WorkerSetup, context: Any) -> None:
        with _inherited.start_lock:
            far_tasks, tasks = context.Pipe(duplex=False)
            far_results, results = context.Pipe(duplex=True)  # a socket, for it carries descriptors
            _inherited.remember(tasks)
            _inherited.remember(results)
            process = context.Process(
                target=run_worker,
                args=(setup, far_tasks, far_results),
                name=f"taeda-data-worker-{setup.worker}",
                daemon=True,
            )
            # Ctrl-C must not reach the child before it has its own handler.
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                process.start()
            except BaseException:
                tasks.close()
                results.close()
                raise
            finally:
                far_tasks.close()
                far_results.close()
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        number = len(self._handles)
        self._handles.append(_Handle(process, tasks, results, BlockReader()))
        self._poller.register(results.fileno(), select.POLLIN)
        self._poller.register(process.sentinel, select.POLLIN)
        self._readable[results.fileno()] = number
        self._sentinels[process.sentinel] = number

    @property
    def is_usable(self) -> bool:
        """Whether the pool is open and all workers live."""
        return self._finalizer.alive and all(h.process.is_alive() for h in self._handles)

    @property
    def is_open(self) -> bool:
        """Whether the pool was not closed."""
        return self._finalizer.alive

    @property
    def epoch(self) -> int:
        """The number of the epoch that runs."""
        return self._epoch

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers."""
        return [handle.process.pid for handle in self._handles]

    @property
    def block_counts(self) -> list[dict[str, Any]]:
        """Blocks mapped and leased, a worker each."""
        return [handle.blocks.counts for handle in self._handles]

    def begin(self, base_seed: int) -> None:
        """Begin an epoch on all workers; replies of earlier ones are dropped from now on."""
        self._epoch += 1
        for handle in self._handles:
            self._send(handle, BeginEpoch(self._epoch, base_seed, handle.blocks.collect()))

    def request(self, worker: int, number: int, indices: Any, discard: bool) -> None:
        """Ask a worker for a batch."""
        handle = self._handles[worker]
        self._send(handle, Fetch(self._epoch, number, indices, discard, handle.blocks.collect()))

    @staticmethod
    def _send(handle: _Handle, message: BeginEpoch | Fetch) -> None:
        data = pickle.dumps(message, protocol=5)
        with contextlib.suppress(OSError):  # it is dead, which `receive` will report
            handle.tasks.send_bytes(data)

    def receive(self, timeout: float | None, awaited: str) -> tuple[int, Reply]:
        """The next reply and the worker it is from.

        Raises WorkerDiedError as soon as any worker has died, NoReplyError after `timeout`
        seconds without a reply.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            events = self._poller.poll(None if left is None else left * 1000)
            if not events:
                raise NoReplyError(
                    f"DataLoader timed out after {timeout} seconds, while {awaited} was awaited "
                    f"from {len(self._handles)} workers"
                )
            ended = None
            for descriptor, _ in events:
                worker = self._readable.get(descriptor)
                if worker is None:
                    ended = self._sentinels[descriptor]
                    continue
                try:
                    message = pickle.loads(self._handles[worker].results.recv_bytes())
                    if isinstance(message, NewBlock):
                        self._add_block(self._handles[worker], message)
                        continue
                except (EOFError, OSError) as error:
                    raise self._death(worker, awaited) from error
                if message.epoch == self._epoch:
                    return worker, message
                if isinstance(message, Batch) and message.block is not None:
                    self._handles[worker].blocks.discard(message.block)
            if ended is not None and not self._handles[ended].results.poll():
                raise self._death(ended, awaited)

    @staticmethod
    def _add_block(handle: _Handle, message: NewBlock) -> None:
        descriptor = reduction.recv_handle(handle.results)
        handle.blocks.add(message.block, descriptor, message.size, message.given_up)

    def _death(self, worker: int, awaited: str) -> WorkerDiedError:
        process = self._handles[worker].process
        process.join(5.0)
        code = process.exitcode
        if code is None:
            what = "closed its pipe"
        elif code < 0:
            try:
                name = signal.Signals(-code).name
            except ValueError:
                name = "signal"
            what = f"was killed by {name} (signal {-code})"
            if -code == signal.SIGKILL:
                what += ", as the kernel does when memory runs out"
        else:
            what = f"exited unexpectedly with exit code {code}"
        return WorkerDiedError(
            f"DataLoader worker {worker} (pid {process.pid}) {what}, while {awaited} was awaited; "
            "its output on stderr may say more. Iterating the loader again starts new workers."
        )

    def unpack(self, worker: int, message: Batch) -> Any:
        """The batch of a message; its tensors share memory with a block of the worker."""
        if message.block is None:
            return Unpacker(message.body, []).load()
        root = self._handles[worker].blocks.lease(message.block, message.size)
        items = [rebuild(root, place) for place in message.places]
        body: Any = message.body
        if message.body_span is not None:
            start, length = message.body_span
            body = root[start : start + length].tobytes()
        return Unpacker(body, items).load()

    def drop(self, worker: int, message: Reply) -> None:
        """Give back the block of a batch that nobody wants."""
        if isinstance(message, Batch) and message.block is not None:
            self._handles[worker].blocks.discard(message.block)

    def close(self) -> None:
        """End all workers; the tensors that came from them live on."""
        self._finalizer()


def _wait_for(handles: list[_Handle], seconds: float) -> list[_Handle]:
    deadline = time.monotonic() + seconds
    alive = [handle for handle in handles if handle.process.is_alive()]
    while alive and (left := deadline - time.monotonic()) > 0:
        connection.wait([handle.process.sentinel for handle in alive], left)
        alive = [handle for handle in alive if handle.process.is_alive()]
    return alive


def _shut_down(handles: list[_Handle], owner: int) -> None:
    """Ask the workers to end by closing their pipes, then make them."""
    if os.getpid() != owner:
        return  # a forked child must not end its parent's workers
    for handle in handles:
        handle.tasks.close()
        handle.results.close()
        handle.blocks.release()
    try:
        busy = _wait_for(handles, _GRACE_SECONDS)
        for handle in busy:
            handle.process.terminate()
        if busy:
            _wait_for(busy, _GRACE_SECONDS)
    finally:  # an interrupt while waiting leads here too
        for handle in handles:
            if handle.process.is_alive():
                handle.process.kill()
            handle.process.join()
            handle.process.close()
