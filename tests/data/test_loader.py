# ruff: noqa: NPY002  (the legacy stream is what is tested)
"""The loader in one process: options, order, gathers, random streams."""

from __future__ import annotations

import multiprocessing
import random

import numpy as np
import pytest

import taeda_tensor as tt
from taeda_data import (
    DataLoader,
    Dataset,
    IterableDataset,
    SequentialSampler,
    StackDataset,
    Subset,
    TensorDataset,
    default_collate,
)


class Noise(Dataset):
    def __getitem__(self, index):
        return index, random.gauss(0, 1), np.random.normal(), tt.rand(1).item()

    def __len__(self):
        return 7


class Counter(IterableDataset):
    def __init__(self, count, claimed=None):
        self.count = count
        self.claimed = claimed

    def __iter__(self):
        return iter(range(self.count))

    def __len__(self):
        return self.count if self.claimed is None else self.claimed


def values(loader):
    return [[column.tolist() for column in batch] for batch in loader]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"num_workers": -1}, ValueError, "num_workers option should be non-negative"),
        ({"timeout": -1}, ValueError, "timeout option should be non-negative"),
        ({"prefetch_factor": 2}, ValueError, "only be specified in multiprocessing"),
        ({"num_workers": 1, "prefetch_factor": -1}, ValueError, "prefetch_factor option should be"),
        ({"persistent_workers": True}, ValueError, "persistent_workers option needs num_workers"),
        ({"sampler": [0], "shuffle": True}, ValueError, "mutually exclusive with shuffle"),
        ({"batch_sampler": [[0]], "batch_size": 2}, ValueError, "batch_sampler option is mutually"),
        (
            {"batch_sampler": [[0]], "drop_last": True},
            ValueError,
            "batch_sampler option is mutually",
        ),
        ({"batch_size": None, "drop_last": True}, ValueError, "disables auto-batching"),
        ({"num_workers": 2.0}, TypeError, r"should be an integer, but got 2\.0"),
        ({"num_workers": True}, TypeError, "should be an integer, but got True"),
        ({"batch_size": 0}, ValueError, "positive integer value, but got batch_size=0"),
        ({"multiprocessing_context": "fork"}, ValueError, "only be used with multi-process"),
        (
            {"multiprocessing_context": "no", "num_workers": 1},
            ValueError,
            "should specify a valid start method",
        ),
        (
            {"multiprocessing_context": 3, "num_workers": 1},
            TypeError,
            "should be a valid context object",
        ),
    ],
)
def test_options_that_cannot_be(options, error, message):
    with pytest.raises(error, match=message):
        DataLoader(range(3), **options)


@pytest.mark.parametrize(
    "options", [{"shuffle": True}, {"sampler": [0]}, {"batch_sampler": [[0]]}], ids=str
)
def test_iterable_datasets_take_no_order(options):
    with pytest.raises(ValueError, match="DataLoader with IterableDataset: expected unspecified"):
        DataLoader(Counter(3), **options)


def test_attributes_that_are_fixed():
    loader = DataLoader(range(3), num_workers=1, multiprocessing_context="spawn")
    assert loader.multiprocessing_context is multiprocessing.get_context("spawn")
    assert loader.prefetch_factor == 2
    assert isinstance(loader.sampler, SequentialSampler)
    with pytest.raises(ValueError, match="batch_size attribute should not be set after DataLoader"):
        loader.batch_size = 2
    loader.timeout = 3


@pytest.mark.parametrize(("drop_last", "length"), [(False, 3), (True, 2)])
def test_length(drop_last, length):
    for data in (range(7), Counter(7)):
        loader = DataLoader(data, 3, drop_last=drop_last)
        assert len(loader) == length
        assert len(list(loader)) == length
    assert len(DataLoader(range(7), batch_size=None)) == 7
    with pytest.raises(TypeError):
        len(DataLoader(IterableDataset(), 2))


def test_a_length_that_was_wrong_is_mentioned():
    loader = DataLoader(Counter(5, claimed=2), 2)
    assert len(loader) == 1
    with pytest.warns(UserWarning, match="was reported to be 1 batches"):
        assert len(list(loader)) == 3


def test_without_batches_samples_are_converted():
    samples = list(DataLoader([np.ones(2), "text"], batch_size=None))
    assert samples[0].tolist() == [1.0, 1.0]
    assert samples[1] == "text"


def test_batch_sampler_and_collate_fn():
    loader = DataLoader(range(10), batch_sampler=[[3, 1], [], [9]], collate_fn=list)
    assert list(loader) == [[3, 1], [], [9]]
    assert (loader.batch_size, len(loader)) == (None, 3)


@pytest.mark.skipif(tt.cuda.is_available(), reason="there is a CUDA device")
def test_pin_memory_says_that_there_is_no_device():
    with pytest.warns(UserWarning, match="no accelerator is found"):
        iter(DataLoader(range(3), pin_memory=True))


@pytest.mark.parametrize("shuffle", [False, True])
def test_one_gather_equals_collated_samples(shuffle):
    images = tt.arange(60, dtype=tt.float32).reshape(10, 2, 3)
    labels = tt.arange(10)
    base = TensorDataset(images, labels)
    subset = Subset(base, [7, 1, 4, 0, 2])
    stacked = StackDataset(a=subset, b=Subset(TensorDataset(labels), range(5)))
    for data in (base, subset, stacked):
        reference = [data[i] for i in range(len(data))]
        tt.manual_seed(1)
        gathered = list(DataLoader(data, 3, shuffle=shuffle))
        tt.manual_seed(1)
        collated = list(DataLoader(reference, 3, shuffle=shuffle))
        assert str(gathered) == str(collated)
        assert default_collate(reference[:3]).__class__ is gathered[0].__class__


def test_changing_a_batch_leaves_the_dataset_alone():
    data = tt.zeros(4, 2)
    for (batch,) in DataLoader(TensorDataset(data), 2):
        batch.add_(1)
    assert data.sum().item() == 0


def test_a_subclass_of_tensor_dataset_keeps_its_own_samples():
    class Doubled(TensorDataset):
        def __getitem__(self, index):
            return 2 * super().__getitem__(index)[0]

    assert next(iter(DataLoader(Doubled(tt.arange(3)), 3))).tolist() == [0, 2, 4]


@pytest.mark.parametrize("draws", [0, 1])  # an odd number leaves a normal deviate in the cache
def test_the_callers_streams_are_left_alone(draws):
    def own_draws():
        return [random.random(), np.random.normal(), np.random.rand(), tt.rand(1).item()]

    def run(iterate):
        random.seed(1)
        np.random.seed(1)
        tt.manual_seed(1)
        np.random.normal(size=draws)
        iterator = iter(DataLoader(Noise(), 2))
        seen = []
        for _ in range(3):
            if iterate:
                next(iterator)
            seen.append(own_draws())
        return seen

    assert run(True) == run(False)


def test_epochs_differ_and_runs_repeat():
    def run():
        tt.manual_seed(5)
        loader = DataLoader(Noise(), 3, shuffle=True)
        return values(loader), values(loader)

    first, second = run()
    assert first != second
    assert (first, second) == run()


def test_the_generator_decides():
    def run(seed):
        generator = tt.Generator()
        generator.manual_seed(seed)
        tt.rand(3)
        return values(DataLoader(Noise(), 3, shuffle=True, generator=generator))

    assert run(1) == run(1) != run(2)


def test_errors_name_the_batch_and_end_nothing():
    class Faulty(Dataset):
        def __getitem__(self, index):
            if index == 2:
                raise KeyError("no sample 2")
            return index

        def __len__(self):
            return 4

    iterator = iter(DataLoader(Faulty(), 1))
    assert [next(iterator).item(), next(iterator).item()] == [0, 1]
    with pytest.raises(KeyError, match="no sample 2") as caught:
        next(iterator)
    assert "in DataLoader while fetching batch 2" in caught.value.__notes__
    assert next(iterator).item() == 3


def test_stop_iteration_of_a_dataset_is_no_end():
    class Stopping(Dataset):
        def __getitem__(self, index):
            raise StopIteration

        def __len__(self):
            return 2

    with pytest.raises(RuntimeError, match="the dataset raised StopIteration"):
        next(iter(DataLoader(Stopping())))
