"""What a worker process knows about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class WorkerInfo:
    """Number of this worker, how many there are, its seed, and its copy of the dataset."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


_current: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """Information on the current worker process; None in the main process.

    An `IterableDataset` uses it to give each worker a share of the data.

    >>> get_worker_info() is None
    True
    """
    return _current


def set_worker_info(info: WorkerInfo | None) -> None:
    """Declare this process to be a worker."""
    global _current
    _current = info
