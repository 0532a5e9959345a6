# ruff: noqa: NPY002  (the legacy stream is the one that datasets of others draw from)
"""Random streams of batches.

Each batch has random streams of its own, a function of the epoch's seed and the number of the
batch. So the values drawn inside a dataset do not depend on which process fetches the batch.
Covered are the global streams of Python's `random`, of NumPy and of taeda; a generator object
that a dataset keeps for itself is its own affair.
"""

from __future__ import annotations

import ctypes
import random
from typing import Any

import numpy as np

import taeda_tensor

_MASK = (1 << 64) - 1
# Words of the Mersenne Twister and its position, as NumPy lays them out.
_TWISTER_BYTES = 625 * 4


def draw_seed(generator: Any = None) -> int:
    """A seed below 2**63 from a generator, by default the global one."""
    value = taeda_tensor.randint(
        0, 2**63 - 1, (), dtype=taeda_tensor.int64, generator=generator
    ).item()
    return int(value)


def mix(*words: int) -> int:
    """64 well-mixed bits of some integers: the SplitMix64 finaliser, chained (Steele et al., 2014).

    >>> mix(1, 2) == mix(1, 2), mix(1, 2) == mix(2, 1)
    (True, False)
    """
    state = 0
    for word in words:
        state = (state ^ (word & _MASK)) + 0x9E3779B97F4A7C15 & _MASK
        state = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ state >> 27) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


def _bit_generator() -> Any:
    # NumPy imports its random part only where it is used, and so is this.
    from numpy.random.mtrand import get_bit_generator

    return get_bit_generator()


def has_twister() -> bool:
    """Whether NumPy's global stream is its usual generator, the only one that can be seeded."""
    return type(_bit_generator()) is np.random.MT19937


def seed_streams(base_seed: int, stream: int, index: int) -> None:
    """Seed the three global streams for one batch of one stream (index -1: before the first)."""
    word = mix(base_seed, stream, index)
    random.seed(mix(word, 1))
    if has_twister():
        legacy = mix(word, 2)
        np.random.seed([legacy & 0xFFFFFFFF, legacy >> 32])
    taeda_tensor.default_generator.manual_seed(mix(word, 3) >> 1)


class CallerStreams:
    """The global streams of the calling process: saved before a fetch, restored after it."""

    def __init__(self) -> None:
        self._python: Any = None
        self._numpy: Any = None
        self._numpy_words: bytes | None = None
        self._taeda: Any = None

    def save(self) -> None:
        """Remember the state of all three streams."""
        self._python = random.getstate()
        self._taeda = taeda_tensor.default_generator.get_state()
        # NumPy takes 60 us to read its state and 70 us to set it; its raw words tell in 1 us that
        # nothing has changed, unless a cached normal deviate, which they do not show, is around.
        words = _twister_words()
        if words is None or words != self._numpy_words or self._numpy[3]:
            usual = words is not None
            self._numpy = np.random.get_state() if usual else np.random.get_state(legacy=False)
            self._numpy_words = words

    def restore(self) -> None:
        """Put all three streams back."""
        random.setstate(self._python)
        taeda_tensor.default_generator.set_state(self._taeda)
        if self._numpy_words is None or self._numpy[3]:
            np.random.set_state(self._numpy)
        else:
            np.random.seed(0)  # drops a normal deviate that the dataset left in the cache
            address = _bit_generator().ctypes.state_address
            ctypes.memmove(address, self._numpy_words, _TWISTER_BYTES)


def _twister_words() -> bytes | None:
    generator = _bit_generator()
    if not has_twister():
        return None
    return ctypes.string_at(generator.ctypes.state_address, _TWISTER_BYTES)
