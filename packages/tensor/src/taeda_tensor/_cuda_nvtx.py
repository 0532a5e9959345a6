"""Marks for profilers: accepted and dropped, since no profiler is told of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

_depth = 0


def mark(msg: str) -> None:
    """Does nothing."""


def range_push(msg: str) -> int:
    """Opens a range; gives how many were open before."""
    global _depth
    _depth += 1
    return _depth - 1


def range_pop() -> int:
    """Closes the last range; gives how many are left open."""
    global _depth
    _depth -= 1
    return _depth


@contextlib.contextmanager
def range(msg: str, *args: Any, **kwargs: Any) -> Iterator[None]:
    """A range as a context or a decorator."""
    range_push(msg.format(*args, **kwargs))
    try:
        yield
    finally:
        range_pop()
