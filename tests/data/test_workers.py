# ruff: noqa: NPY002  (the legacy stream is what is tested)
"""Worker processes: same batches at any number of them, errors, blocks, options."""

from __future__ import annotations

import os
import random
import time

import numpy as np
import pytest

import taeda_tensor as tt
from taeda_data import DataLoader, Dataset, IterableDataset, TensorDataset, get_worker_info


class Noise(Dataset):
    """Draws from all three global streams, some samples more than others."""

    def __getitem__(self, index):
        rolls = [random.random() for _ in range(index % 3)]
        return {
            "index": index,
            "text": f"sample {index}",
            "python": sum(rolls),
            "numpy": np.random.normal(size=2),
            "taeda": tt.rand(2),
        }

    def __len__(self):
        return 17


class Share(IterableDataset):
    """Each worker takes every n-th number."""

    def __init__(self, count):
        self.count = count

    def __iter__(self):
        info = get_worker_info()
        first, step = (info.id, info.num_workers) if info else (0, 1)
        for number in range(first, self.count, step):
            yield number, random.random()


class Odd(Dataset):
    """Runs a function on the index: for what goes wrong."""

    def __init__(self, function, length=8):
        self.function = function
        self.length = length

    def __getitem__(self, index):
        return self.function(index)

    def __len__(self):
        return self.length


def two_epochs(num_workers, **options):
    tt.manual_seed(11)
    loader = DataLoader(Noise(), 3, shuffle=True, num_workers=num_workers, **options)
    return [str(batch) for _ in range(2) for batch in loader], tt.rand(1).item()


def test_batches_do_not_depend_on_the_number_of_workers():
    expected = two_epochs(0)
    assert len(set(expected[0])) == 12
    for num_workers in (1, 2, 3):
        assert two_epochs(num_workers) == expected
    assert two_epochs(2, persistent_workers=True, prefetch_factor=1) == expected


def test_gathered_batches_do_not_depend_on_workers():
    data = TensorDataset(tt.arange(40).reshape(20, 2), tt.arange(20))

    def run(num_workers):
        tt.manual_seed(2)
        return str(list(DataLoader(data, 6, shuffle=True, num_workers=num_workers)))

    assert run(0) == run(2)


def test_iterable_none_and_one_worker_are_equal():
    def run(num_workers):
        tt.manual_seed(4)
        return str(list(DataLoader(Share(7), 2, num_workers=num_workers)))

    assert run(0) == run(1)


def test_iterable_shares_come_in_turn():
    def run():
        tt.manual_seed(4)
        return list(DataLoader(Share(11), 2, num_workers=3))

    batches = run()
    assert [b[0].tolist() for b in batches] == [[0, 3], [1, 4], [2, 5], [6, 9], [7, 10], [8]]
    assert str(batches) == str(run())


def test_blocks_are_used_again_and_kept_batches_stay_intact():
    data = TensorDataset(tt.arange(40 * 1000).reshape(40, 1000))
    loader = DataLoader(data, 1, num_workers=1, persistent_workers=True)
    total = sum(batch.sum().item() for (batch,) in loader)
    assert total == sum(range(40000))
    assert loader._pool.block_counts[0]["mapped"] <= 4
    kept = [batch for (batch,) in loader]
    assert loader._pool.block_counts[0]["leased"] == 8
    for row, batch in enumerate(kept):
        assert batch[0, 0].item() == row * 1000
        batch.fill_(-row)  # writes into a batch reach no other
    assert [batch[0, -1].item() for batch in kept] == [-row for row in range(40)]
    del kept, batch
    for _ in loader:
        pass
    assert loader._pool.block_counts[0]["leased"] <= 1
    assert loader._pool.block_counts[0]["mapped"] <= 12


def varied(index):
    size = (1, 300_000, 10, 0, 700_000, 5, 2, 100_000)[index]
    return {
        "tensor": tt.full((size,), index, dtype=tt.float32),
        "array": np.full((2, size), index, np.int16),
        "half": tt.ones(3, dtype=tt.bfloat16),
        "text": "x" * size,
        "same": [shared := tt.ones(2), shared],
    }


def test_batches_of_every_size_and_kind():
    loader = DataLoader(Odd(varied), batch_size=None, collate_fn=lambda x: x, num_workers=2)
    for index, batch in enumerate(loader):
        expected = varied(index)
        assert np.array_equal(batch["tensor"].numpy(), expected["tensor"].numpy())
        assert np.array_equal(batch["array"], expected["array"])
        assert batch["text"] == expected["text"]
        assert batch["half"].dtype == tt.bfloat16
        assert batch["same"][0] is batch["same"][1]


def failing(index):
    if index == 5:
        raise KeyError("sample five\nis missing")
    return index


def test_an_exception_arrives_with_its_traceback_and_ends_nothing():
    iterator = iter(DataLoader(Odd(failing), 1, num_workers=2))
    assert [next(iterator).item() for _ in range(5)] == list(range(5))
    with pytest.raises(KeyError) as caught:
        next(iterator)
    text = str(caught.value)
    assert "Caught KeyError in DataLoader worker process 1 (pid " in text
    assert "while fetching batch 5." in text
    assert "in failing\n" in text
    assert "sample five\\nis missing" in text
    assert [batch.item() for batch in iterator] == [6, 7]


class TwoPartError(Exception):
    def __init__(self, first, second):
        super().__init__(first, second)


def raise_two_part(index):
    raise TwoPartError("a", "b")


def raise_local(index):
    raise type("LocalError", (ValueError,), {})("local")


def unpicklable(index):
    return lambda: index


@pytest.mark.parametrize(
    ("function", "kind", "message"),
    [
        (raise_two_part, RuntimeError, "Caught TwoPartError in"),
        (raise_local, RuntimeError, "Caught LocalError in"),
        (unpicklable, Exception, "(?i)pickle"),
    ],
)
def test_errors_that_cannot_travel_become_ones_that_can(function, kind, message):
    with pytest.raises(kind, match=message):
        list(DataLoader(Odd(function), 1, collate_fn=lambda x: x[0], num_workers=1))


def test_worker_info_and_init_function():
    assert get_worker_info() is None

    def init(worker):
        get_worker_info().dataset.function = lambda i: (worker, get_worker_info().id, i)

    loader = DataLoader(Odd(None, 4), 1, num_workers=2, worker_init_fn=init)
    assert [[x.item() for x in b] for b in loader] == [[0, 0, 0], [1, 1, 1], [0, 0, 2], [1, 1, 3]]

    def broken(worker):
        raise ValueError("no licence")

    with pytest.raises(ValueError, match=r"(?s)in worker_init_fn of DataLoader worker.*no licence"):
        list(DataLoader(Odd(failing), 1, num_workers=1, worker_init_fn=broken))


def pid(index):
    return os.getpid()


def test_persistent_workers_stay():
    loader = DataLoader(Odd(pid), 1, num_workers=2, persistent_workers=True)
    first = {batch.item() for batch in loader}
    abandoned = iter(loader)
    next(abandoned)
    assert {batch.item() for batch in loader} == first
    with pytest.raises(RuntimeError, match="have begun another epoch"):
        next(abandoned)
    fleeting = DataLoader(Odd(pid), 1, num_workers=1)
    assert {b.item() for b in fleeting} != {b.item() for b in fleeting}


def slow_first(index):
    time.sleep(0.3 if index == 0 else 0)
    return index


def test_out_of_order():
    loader = DataLoader(Odd(slow_first), 1, num_workers=2, in_order=False)
    order = [batch.item() for batch in loader]
    assert sorted(order) == list(range(8))
    assert order[0] != 0
    assert [b.item() for b in DataLoader(Odd(slow_first), 1, num_workers=2)] == list(range(8))


def test_a_sampler_that_fails_does_so_when_its_turn_comes():
    def indices():
        yield [0]
        yield [1]
        raise ValueError("no more indices")

    iterator = iter(DataLoader(range(5), batch_sampler=indices(), num_workers=2))
    assert [next(iterator).item(), next(iterator).item()] == [0, 1]
    with pytest.raises(ValueError, match="no more indices"):
        next(iterator)


def test_two_iterators_at_once():
    loader = DataLoader(range(3), 1, num_workers=1)
    pairs = [(a.item(), b.item()) for a in loader for b in loader]
    assert pairs == [(a, b) for a in range(3) for b in range(3)]
