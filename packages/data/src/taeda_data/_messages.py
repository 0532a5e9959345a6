"""What the parent and its workers say to each other, and how errors cross over."""

from __future__ import annotations

import pickle
import traceback
from dataclasses import dataclass, field
from typing import Any, NoReturn

from taeda_data._packing import Place

Freed = list[int]


@dataclass(frozen=True, slots=True)
class BeginEpoch:
    """To a worker: forget the previous epoch, begin this one."""

    epoch: int
    base_seed: int
    freed: Freed


@dataclass(frozen=True, slots=True)
class Fetch:
    """To a worker: fetch a batch; if `discard`, only pass over it."""

    epoch: int
    number: int
    indices: Any
    discard: bool
    freed: Freed


@dataclass(frozen=True, slots=True)
class NewBlock:
    """From a worker: a block whose descriptor follows."""

    block: int
    size: int
    given_up: list[int]


@dataclass(frozen=True, slots=True)
class Batch:
    """From a worker: a batch; its pickled part is `body`, or lies in the block at `body_span`."""

    epoch: int
    number: int
    body: bytes
    block: int | None = None
    size: int = 0
    places: list[Place] = field(default_factory=list)
    body_span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Discarded:
    """From a worker: a batch was passed over."""

    epoch: int
    number: int


@dataclass(frozen=True, slots=True)
class Exhausted:
    """From a worker: its share of an iterable dataset has come to its end."""

    epoch: int
    number: int


@dataclass(frozen=True, slots=True)
class Failed:
    """From a worker: an exception, as far as it can be carried over."""

    epoch: int
    number: int
    kind: bytes | None
    name: str
    where: str
    text: str


Reply = Batch | Discarded | Exhausted | Failed


class _Verbatim(str):
    """A message that KeyError, which shows the repr of its key, prints as it is."""

    def __repr__(self) -> str:
        return str(self)


def describe_failure(error: Exception, epoch: int, number: int, where: str) -> Failed:
    """The report of an exception in this process."""
    try:
        kind: bytes | None = pickle.dumps(type(error))
    except Exception:  # a class made inside a function
        kind = None
    text = "".join(traceback.format_exception(error))
    return Failed(epoch, number, kind, type(error).__name__, where, text)


def raise_failure(failure: Failed) -> NoReturn:
    """Raise a worker's exception here: same type, the worker's traceback as its message.

    RuntimeError where the type cannot be found here or is not made from one message.
    """
    message = f"Caught {failure.name} {failure.where}.\nOriginal {failure.text}"
    error: Exception
    try:
        kind = RuntimeError if failure.kind is None else pickle.loads(failure.kind)
        if issubclass(kind, StopIteration | StopAsyncIteration):
            kind = RuntimeError  # from __next__ it would end the epoch in silence
        error = kind(_Verbatim(message) if issubclass(kind, KeyError) else message)
    except Exception:
        error = RuntimeError(message)
    raise error
