"""Resuming: a loader made anew goes on where another one stood."""

from __future__ import annotations

import json
import random

import pytest

import taeda_tensor as tt
from taeda_data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    Sampler,
    get_worker_info,
)


class Noise(Dataset):
    def __getitem__(self, index):
        return index, random.random(), tt.rand(1)

    def __len__(self):
        return 13


class Stream(IterableDataset):
    def __iter__(self):
        info = get_worker_info()
        first, step = (info.id, info.num_workers) if info else (0, 1)
        order = list(range(first, 13, step))
        random.shuffle(order)
        for number in order:
            yield number, random.random()


class Shuffling(Sampler):
    """Draws from a stream that is not taeda's."""

    def __iter__(self):
        order = list(range(13))
        random.shuffle(order)
        return iter(order)

    def __len__(self):
        return 13


def seeded(seed):
    generator = tt.Generator()
    generator.manual_seed(seed)
    return generator


CASES = {
    "shuffle": lambda n: DataLoader(Noise(), 2, shuffle=True, num_workers=n),
    "generator": lambda n: DataLoader(Noise(), 2, shuffle=True, num_workers=n, generator=seeded(9)),
    "sampler": lambda n: DataLoader(Noise(), 2, sampler=Shuffling(), num_workers=n),
    "batch_sampler": lambda n: DataLoader(
        Noise(),
        batch_sampler=BatchSampler(RandomSampler(range(13), True, generator=seeded(3)), 3, True),
        num_workers=n,
    ),
    "iterable": lambda n: DataLoader(Stream(), 2, num_workers=n),
}


def train(loader, epochs=2, stop=None):
    """Batches, a draw of the trainer's own after each, and at `stop` what a checkpoint holds."""
    seen = []
    checkpoint = None
    for _ in range(epochs):
        for batch in loader:
            seen.append(str(batch) + str(tt.rand(1).item()))
            if len(seen) == stop:
                state = json.dumps(loader.state_dict())
                checkpoint = (state, tt.get_rng_state(), random.getstate())
    return seen, checkpoint


def resume(checkpoint, loader, epochs):
    state, rng_state, python_state = checkpoint
    tt.manual_seed(999)
    random.seed(999)
    loader.load_state_dict(json.loads(state))
    tt.set_rng_state(rng_state)
    random.setstate(python_state)
    return train(loader, epochs)[0]


@pytest.mark.parametrize("workers", [(0, 0), (0, 2), (2, 1)])
@pytest.mark.parametrize("case", CASES)
def test_the_rest_is_the_same(case, workers):
    before, after = workers
    if case == "iterable":
        before = after  # the shares of the workers are part of the data
    tt.manual_seed(1)
    random.seed(1)
    whole, checkpoint = train(CASES[case](before), stop=3)
    assert resume(checkpoint, CASES[case](after), 2) == whole[3:]


def test_between_epochs_and_after_the_last_batch():
    def loader():
        return CASES["generator"](0)

    tt.manual_seed(1)
    first = loader()
    begin, _ = train(first, 1)
    state = json.dumps(first.state_dict())
    assert json.loads(state)["start"] is None
    checkpoint = (state, tt.get_rng_state(), random.getstate())
    rest, _ = train(first, 1)
    assert resume(checkpoint, loader(), 1) == rest

    # With the last batch taken and the loop not yet left, nothing of the epoch is to come.
    tt.manual_seed(1)
    _, checkpoint = train(loader(), 1, stop=len(begin))
    assert resume(checkpoint, loader(), 1) == []


def test_a_position_can_be_passed_on_and_resumed_twice():
    tt.manual_seed(1)
    whole, checkpoint = train(CASES["shuffle"](0), 1, stop=2)
    middle = CASES["shuffle"](0)
    middle.load_state_dict(json.loads(checkpoint[0]))
    assert middle.state_dict() == json.loads(checkpoint[0])
    iterator = iter(middle)
    tt.set_rng_state(checkpoint[1])
    assert str(next(iterator)) + str(tt.rand(1).item()) == whole[2]
    later = (json.dumps(middle.state_dict()), tt.get_rng_state(), random.getstate())
    assert resume(later, CASES["shuffle"](0), 1) == whole[3:]


def test_a_state_of_another_loader_is_refused():
    state = CASES["shuffle"](0).state_dict()
    with pytest.raises(ValueError, match=r"the loaders differ: batch_size 2 -> 3"):
        DataLoader(Noise(), 3, shuffle=True).load_state_dict(state)
    with pytest.raises(ValueError, match="samples 13 -> 4"):
        DataLoader(range(4), 2, shuffle=True).load_state_dict(state)
    with pytest.raises(ValueError, match=r"has 0 generators, this loader\s+1"):
        CASES["generator"](0).load_state_dict(state)
    with pytest.raises(ValueError, match="not a state of this version"):
        CASES["shuffle"](0).load_state_dict({"version": 1})
