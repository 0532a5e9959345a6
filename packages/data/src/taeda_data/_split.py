"""Random division of a dataset."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import taeda_tensor
from taeda_data._datasets import Subset
from taeda_tensor import Generator


def random_split(
    dataset: Any, lengths: Sequence[int | float], generator: Generator | None = None
) -> list[Subset[Any]]:
    """Divide a dataset at random into parts of given lengths, or of given fractions (sum 1).

    Of n samples a fraction f gets floor(f n); what is left goes to the parts in turn.
    Raises ValueError if a fraction is outside [0, 1] or the lengths do not add up.

    >>> [len(part) for part in random_split(range(10), [0.75, 0.25])]
    [8, 2]
    """
    size = len(dataset)
    counts = [int(length) for length in lengths]
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        for number, fraction in enumerate(lengths):
            if fraction < 0 or fraction > 1:
                raise ValueError(f"Fraction at index {number} is not between 0 and 1: {fraction}")
        counts = [math.floor(size * fraction) for fraction in lengths]
        for number in range(size - sum(counts)):
            counts[number % len(counts)] += 1
        for number, count in enumerate(counts):
            if count == 0:
                warnings.warn(
                    f"Length of split at index {number} is 0. "
                    "This might result in an empty dataset.",
                    stacklevel=2,
                )
    elif any(length != count for length, count in zip(lengths, counts, strict=True)):
        raise ValueError(f"random_split: fractions must add up to 1: {list(lengths)}")
    if sum(counts) != size:
        raise ValueError(
            "Sum of input lengths does not equal the length of the input dataset! "
            f"{list(lengths)} for {size} samples"
        )
    order = taeda_tensor.randperm(size, generator=generator).tolist()
    parts: list[Subset[Any]] = []
    start = 0
    for count in counts:
        parts.append(Subset(dataset, order[start : start + count]))
        start += count
    return parts
