"""Collating samples and converting single ones."""

from __future__ import annotations

from collections import OrderedDict, namedtuple

import numpy as np
import pytest

import taeda_tensor as tt
from taeda_data import collate, default_collate, default_collate_fn_map, default_convert

Pair = namedtuple("Pair", "x y")


@pytest.mark.parametrize(
    ("batch", "dtype"),
    [
        ([1, 2], tt.int64),
        ([1.5, 2.5], tt.float64),
        ([True, False], tt.bool),
        ([np.float32(1), np.float32(2)], tt.float32),
        ([np.int16(1), np.int16(2)], tt.int16),
        ([np.bool_(True), np.bool_(False)], tt.bool),
        ([np.ones(2, np.float32), np.zeros(2, np.float32)], tt.float32),
        ([np.array(1.0), np.array(2.0)], tt.float64),
        ([tt.ones(2, dtype=tt.int32), tt.zeros(2, dtype=tt.int32)], tt.int32),
    ],
)
def test_leaves_become_one_tensor(batch, dtype):
    result = default_collate(batch)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result.numpy(), np.stack([np.asarray(item) for item in batch]))


def test_text_stays_a_list():
    assert default_collate(["a", "b"]) == ["a", "b"]
    assert default_collate([b"a"]) == [b"a"]


def test_containers_are_walked():
    samples = [(Pair(i, [i, str(i)]), OrderedDict(k=float(i))) for i in range(2)]
    pairs, mapping = default_collate(samples)
    assert type(pairs) is Pair
    assert pairs.x.tolist() == [0, 1]
    assert type(pairs.y) is list
    assert pairs.y[0].tolist() == [0, 1]
    assert list(pairs.y[1]) == ["0", "1"]
    assert type(mapping) is OrderedDict
    assert mapping["k"].tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        ([None], TypeError, "batch must contain tensors, numpy arrays.*found <class 'NoneType'>"),
        ([{1}], TypeError, "found <class 'set'>"),
        ([np.array(["a"])], TypeError, "found <U1"),
        ([[1], [1, 2]], RuntimeError, r"should be of equal size, but the sizes are \[1, 2\]"),
    ],
)
def test_errors(batch, error, message):
    with pytest.raises(error, match=message):
        default_collate(batch)


def test_a_table_of_ones_own():
    table = {complex: lambda batch, *, collate_fn_map: sum(batch), **default_collate_fn_map}
    result = collate([(1j, 1), (2j, 2)], collate_fn_map=table)
    assert result[0] == 3j
    assert result[1].tolist() == [1, 2]


def test_convert():
    result = default_convert((np.arange(2), {"a": np.float32(3)}, "text", Pair(np.ones(1), None)))
    assert type(result) is list
    assert result[0].tolist() == [0, 1]
    assert (result[1]["a"].dtype, result[1]["a"].item()) == (tt.float32, 3.0)
    assert result[2] == "text"
    assert result[3].y is None
    assert default_convert(np.array(["a"])).dtype.kind == "U"
