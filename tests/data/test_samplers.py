"""Samplers: what they visit, how often, and what they draw from."""

from __future__ import annotations

import numpy as np
import pytest

import taeda_tensor as tt
from taeda_data import (
    BatchSampler,
    DataLoader,
    RandomSampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)


def seeded(seed):
    generator = tt.Generator()
    generator.manual_seed(seed)
    return generator


def test_random_sampler_permutes():
    sampler = RandomSampler(range(50), generator=seeded(3))
    first, second = list(sampler), list(sampler)
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second
    assert first == list(RandomSampler(range(50), generator=seeded(3)))


def test_random_sampler_runs_through_several_permutations():
    drawn = list(RandomSampler(range(4), num_samples=10))
    assert sorted(drawn[:4]) == sorted(drawn[4:8]) == [0, 1, 2, 3]
    assert len(drawn) == 10


def test_random_sampler_with_replacement_is_uniform():
    sampler = RandomSampler(range(5), True, 5000, generator=seeded(0))
    counts = np.bincount(list(sampler), minlength=5)
    # Four standard deviations of a binomial count.
    assert np.abs(counts - 1000).max() < 4 * np.sqrt(5000 * 0.2 * 0.8)
    assert len(sampler) == 5000


def test_an_epoch_draws_one_seed_at_its_start():
    generator = seeded(7)
    expected = list(RandomSampler(range(3000), True, generator=seeded(7)))
    iterator = iter(RandomSampler(range(3000), True, generator=generator))
    got = []
    for index in iterator:
        tt.rand(1, generator=generator)  # what others draw meanwhile changes nothing
        got.append(index)
    assert got == expected


@pytest.mark.parametrize("num_samples", [None, 6, 40])
@pytest.mark.parametrize("drop_last", [False, True])
def test_the_loader_visits_what_the_sampler_gives(num_samples, drop_last):
    sampler = RandomSampler(range(23), num_samples=num_samples, generator=seeded(5))
    loader = DataLoader(range(23), batch_size=4, sampler=sampler, drop_last=drop_last)
    loader_order = [batch.tolist() for batch in loader]
    reference = RandomSampler(range(23), num_samples=num_samples, generator=seeded(5))
    assert loader_order == list(BatchSampler(reference, 4, drop_last))
    assert len(loader) == len(loader_order)


def test_subset_and_sequential():
    assert sorted(SubsetRandomSampler([9, 4, 4], generator=seeded(1))) == [4, 4, 9]
    assert list(SequentialSampler("abc")) == [0, 1, 2]


def test_weighted_sampler_follows_the_weights():
    weights = np.array([1.0, 0.0, 3.0, 6.0])
    counts = np.bincount(
        list(WeightedRandomSampler(weights, 8000, generator=seeded(2))), minlength=4
    )
    expected = 8000 * weights / weights.sum()
    deviation = np.sqrt(expected * (1 - weights / weights.sum()))
    assert (np.abs(counts - expected) <= 4 * deviation).all()


def test_weighted_sampler_without_replacement():
    firsts = []
    generator = seeded(4)
    for _ in range(600):
        drawn = list(
            WeightedRandomSampler([1.0, 0.0, 3.0], 2, replacement=False, generator=generator)
        )
        assert sorted(drawn) == [0, 2]
        firsts.append(drawn[0])
    assert abs(firsts.count(2) - 450) < 4 * np.sqrt(600 * 0.75 * 0.25)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: RandomSampler([1], replacement=1), TypeError, "replacement should be a boolean"),
        (lambda: RandomSampler([]), ValueError, "positive integer value, but got num_samples=0"),
        (lambda: RandomSampler([1], num_samples=-2), ValueError, "num_samples=-2"),
        (
            lambda: BatchSampler([1], 0, False),
            ValueError,
            "positive integer value, but got batch_size=0",
        ),
        (lambda: BatchSampler([1], True, False), ValueError, "batch_size=True"),
        (lambda: BatchSampler([1], 2, 1), ValueError, "drop_last should be a boolean"),
        (lambda: WeightedRandomSampler([1.0], 0), ValueError, "num_samples=0"),
        (lambda: WeightedRandomSampler([[1.0]], 1), ValueError, r"weights have shape \(1, 1\)"),
        (lambda: WeightedRandomSampler([1.0], 1, 2), ValueError, "replacement should be"),
        (lambda: WeightedRandomSampler([0.0], 1), ValueError, "not all zero"),
        (lambda: WeightedRandomSampler([1.0, 0.0], 2, False), ValueError, "needs as many positive"),
    ],
)
def test_errors(make, error, message):
    with pytest.raises(error, match=message):
        make()
