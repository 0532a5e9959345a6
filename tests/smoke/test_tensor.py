"""The smallest use of tensors: what everything else stands on."""

import numpy as np

import taeda_tensor as torch


def test_a_tensor_computes_and_prints() -> None:
    t = torch.tensor([1.0, 2.0, 3.0]) * 2
    assert str(t) == "tensor([2., 4., 6.])"
    assert t.sum().item() == 12.0


def test_arrays_come_and_go() -> None:
    array = np.arange(6.0).reshape(2, 3)
    t = torch.from_numpy(array)
    np.testing.assert_array_equal((t @ t.t()).numpy(), array @ array.T)
