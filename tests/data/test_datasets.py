"""Datasets, their combinations, and random division."""

from __future__ import annotations

import pytest

import taeda_tensor as tt
from taeda_data import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)


class Stream(IterableDataset):
    def __init__(self, *items):
        self.items = items

    def __iter__(self):
        yield from self.items

    def __len__(self):
        return len(self.items)


class Bulk(Dataset):
    """Counts how it is asked."""

    def __init__(self):
        self.bulk = 0

    def __getitem__(self, index):
        return index * 10

    def __getitems__(self, indices):
        self.bulk += 1
        return [index * 10 for index in indices]

    def __len__(self):
        return 5


def test_tensor_dataset_gives_rows():
    data = TensorDataset(tt.tensor([[1, 2], [3, 4]]), tt.tensor([5, 6]))
    row, label = data[1]
    assert (row.tolist(), label.item(), len(data)) == ([3, 4], 6, 2)
    with pytest.raises(AssertionError, match=r"Size mismatch between tensors.*\[2, 3\]"):
        TensorDataset(tt.zeros(2), tt.zeros(3))


def test_concat_finds_the_right_part():
    joined = ConcatDataset([[0, 1], [], [2], [3, 4]])
    assert [joined[i] for i in range(5)] == [0, 1, 2, 3, 4]
    assert joined[-5] == 0
    assert joined.cumulative_sizes == [2, 2, 3, 5]
    with pytest.raises(ValueError, match="should not exceed dataset length"):
        joined[-6]
    with pytest.raises(IndexError, match="index 5 is out of range"):
        joined[5]
    with pytest.raises(AssertionError, match="empty iterable"):
        ConcatDataset([])
    with pytest.raises(AssertionError, match="does not support IterableDataset"):
        ConcatDataset([Stream(1)])


def test_plus_joins():
    assert list(Stream(1, 2) + Stream(3)) == [1, 2, 3]
    assert len(ChainDataset([Stream(1, 2), Stream(3)])) == 3
    both = Bulk() + Bulk()
    assert isinstance(both, ConcatDataset)
    assert both[7] == 20
    with pytest.raises(AssertionError, match="only supports IterableDataset"):
        list(ChainDataset([[1]]))


def test_subset_passes_bulk_requests_on():
    bulk = Bulk()
    subset = Subset(Subset(bulk, [4, 3, 2]), [2, 0])
    assert subset.__getitems__([0, 1]) == [20, 40]
    assert bulk.bulk == 1
    assert subset[1] == 40


def test_a_subclass_of_subset_keeps_its_own_samples():
    class Negated(Subset):
        def __getitem__(self, index):
            return -super().__getitem__(index)

    assert Negated(Bulk(), [1, 2]).__getitems__([0, 1]) == [-10, -20]


def test_stack_dataset():
    bulk = Bulk()
    assert StackDataset(bulk, range(5)).__getitems__([1, 2]) == [(10, 1), (20, 2)]
    assert StackDataset(a=bulk, b=range(5)).__getitems__([3]) == [{"a": 30, "b": 3}]
    with pytest.raises(ValueError, match=r"Size mismatch between datasets: lengths \[5, 1\]"):
        StackDataset(bulk, [1])
    with pytest.raises(ValueError, match="both types are given"):
        StackDataset(bulk, a=bulk)
    with pytest.raises(ValueError, match="At least one"):
        StackDataset()


def test_random_split_is_a_partition():
    parts = random_split(range(10), [3, 7], generator=tt.Generator().manual_seed(1))
    again = random_split(range(10), [3, 7], generator=tt.Generator().manual_seed(1))
    assert [len(part) for part in parts] == [3, 7]
    assert sorted(index for part in parts for index in part.indices) == list(range(10))
    assert [part.indices for part in parts] == [part.indices for part in again]


@pytest.mark.parametrize(
    ("size", "fractions", "lengths"),
    [(10, [0.5, 0.5], [5, 5]), (11, [0.5, 0.5], [6, 5]), (10, [0.33, 0.33, 0.34], [4, 3, 3])],
)
def test_random_split_by_fractions(size, fractions, lengths):
    assert [len(part) for part in random_split(range(size), fractions)] == lengths


def test_random_split_errors():
    with pytest.raises(ValueError, match="does not equal the length of the input dataset"):
        random_split(range(10), [3, 3])
    with pytest.raises(ValueError, match="Fraction at index 1 is not between 0 and 1"):
        random_split(range(10), [0.5, -0.5, 1.0])
    with pytest.raises(ValueError, match="must add up to 1"):
        random_split(range(10), [0.5, 0.2])
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0"):
        random_split(range(1), [0.5, 0.5])


def test_base_classes_ask_for_their_methods():
    with pytest.raises(NotImplementedError, match="__getitem__"):
        Dataset()[0]
    with pytest.raises(NotImplementedError, match="__iter__"):
        iter(IterableDataset())
