"""Random streams set aside and taken up again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from taeda_tensor import _tensor

__all__ = ["fork_rng"]


@contextmanager
def fork_rng(devices: Iterable[object] | None = None, enabled: bool = True) -> Iterator[None]:
    """Lets the default stream go on after the block from where it was before it.

    `devices` names other devices whose streams to keep: there are none. Nothing happens unless
    `enabled`.

    >>> from taeda_tensor import manual_seed, rand
    >>> _ = manual_seed(0)
    >>> with fork_rng():
    ...     inside = rand(2)
    >>> (rand(2) == inside).all()
    tensor(True)
    """
    if not enabled:
        yield
        return
    state = _tensor.get_rng_state()
    try:
        yield
    finally:
        _tensor.set_rng_state(state)
