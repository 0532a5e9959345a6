"""Pipe ends of the parent, which a forked worker inherits and must not keep open.

A worker recognises the end of its parent by the end of its pipe; a sibling that holds the other
end would hide it.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from multiprocessing.connection import Connection

_parent_ends: weakref.WeakSet[Connection] = weakref.WeakSet()
# Held while a worker is started, so that one forked by another thread does not get its pipes.
start_lock = threading.Lock()


def _renew_lock() -> None:
    # The process that forked this one held the lock, and nobody here would ever release it.
    global start_lock
    start_lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def remember(connection: Connection) -> None:
    """Note an end that workers forked from now on are to close."""
    _parent_ends.add(connection)


def close_inherited() -> None:
    """In a worker: close the parent's ends of all pipes (none where it was not forked)."""
    for connection in list(_parent_ends):
        with contextlib.suppress(OSError):
            connection.close()
    _parent_ends.clear()
