"""Memory shared with NumPy, DLPack and the buffer protocol."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import taeda_tensor as torch

NUMPY_DTYPES = [
    np.bool_,
    np.uint8,
    np.int8,
    np.int16,
    np.int32,
    np.int64,
    np.float16,
    np.float32,
    np.float64,
]


@pytest.mark.parametrize(
    "dtype", [*NUMPY_DTYPES, ml_dtypes.bfloat16], ids=lambda d: np.dtype(d).name
)
def test_numpy_round_trip_shares_memory(dtype: Any) -> None:
    array = np.ones((2, 3), dtype)
    t = torch.from_numpy(array)
    assert str(t.dtype) == f"taeda.{np.dtype(dtype).name}"
    array[0, 1] = 0
    assert t[0, 1].item() == 0
    t[1, 2] = 0
    assert array[1, 2] == 0
    back = t.numpy()
    assert back.dtype == array.dtype
    assert np.shares_memory(back, array)


@pytest.mark.parametrize(
    "make",
    [
        lambda a: a,
        lambda a: a.T,
        lambda a: a[::2, 1:],
        lambda a: a[::-1, ::-2],
        lambda a: a[:, :0],
        lambda a: a[1, 2],
        lambda a: np.broadcast_to(a[:1], (5, 4)),
        lambda a: np.array(3.5),
    ],
)
def test_views_of_arrays(make: Any) -> None:
    array = np.asarray(make(np.arange(12.0).reshape(3, 4)))
    t = torch.from_numpy(array)
    assert tuple(t.shape) == array.shape
    np.testing.assert_array_equal(t.numpy(), array)
    np.testing.assert_array_equal((t + 1).numpy(), array + 1)
    np.testing.assert_array_equal(np.from_dlpack(t.clone()), array)


def test_memory_outlives_its_owner() -> None:
    array = np.arange(1000.0)
    owner = weakref.ref(array)
    view = torch.from_numpy(array)[10:20]
    del array
    gc.collect()
    assert owner() is not None
    assert view.sum().item() == sum(range(10, 20))
    del view
    gc.collect()
    assert owner() is None
    t = torch.arange(5)
    exported = t.numpy()
    t.data = torch.zeros(5, dtype=torch.int64)
    del t
    gc.collect()
    assert exported.tolist() == [0, 1, 2, 3, 4]


def test_read_only_arrays_cannot_be_written() -> None:
    array = np.arange(3.0)
    array.flags.writeable = False
    t = torch.from_numpy(array)
    for write in (lambda: t.add_(1), lambda: t.zero_(), lambda: t.__setitem__(0, 1.0)):
        with pytest.raises(RuntimeError, match="read-only; clone"):
            write()
    assert (t + 1).tolist() == [1.0, 2.0, 3.0]
    assert not t.numpy().flags.writeable
    with pytest.raises(BufferError, match="read-only"):
        t.__dlpack__()
    assert torch.from_dlpack(t).tolist() == [0.0, 1.0, 2.0]


def test_array_protocol() -> None:
    t = torch.tensor([[1.0, 2.0]])
    assert np.shares_memory(np.asarray(t), t.numpy())
    assert np.asarray(t, dtype=np.int32).dtype == np.int32
    assert not np.shares_memory(np.array(t), t.numpy())
    with pytest.raises(ValueError, match="copy"):
        t.__array__(dtype=np.float64, copy=False)
    assert np.asarray(torch.ones(2, dtype=torch.bfloat16)).dtype == ml_dtypes.bfloat16
    grad = torch.ones(2, requires_grad=True)
    for take in (grad.numpy, lambda: np.asarray(grad)):
        with pytest.raises(RuntimeError, match=r"Use tensor.detach\(\).numpy\(\) instead"):
            take()
    assert grad.numpy(force=True).tolist() == [1.0, 1.0]


def test_buffer_protocol() -> None:
    t = torch.arange(6, dtype=torch.int16).reshape(2, 3)
    view = memoryview(t)
    assert (view.format, view.shape, view.strides) == ("h", (2, 3), (6, 2))
    assert np.frombuffer(t, np.int16).tolist() == [0, 1, 2, 3, 4, 5]
    assert bytes(torch.tensor([1, 2], dtype=torch.uint8)) == b"\x01\x02"
    with pytest.raises(BufferError, match="contiguous"):
        np.frombuffer(t.t(), np.int16)
    with pytest.raises(BufferError, match="no bfloat16"):
        memoryview(torch.ones(1, dtype=torch.bfloat16))
    assert torch.frombuffer(b"\x01\x00\x02\x00", dtype=torch.int16).tolist() == [1, 2]


@pytest.mark.parametrize("version", [None, (0, 8), (1, 0), (2, 3)])
def test_dlpack_round_trip(version: tuple[int, int] | None) -> None:
    t = torch.arange(6, dtype=torch.float32).reshape(2, 3).t()
    capsule = t.__dlpack__(max_version=version)
    back = torch.from_dlpack(capsule)
    assert torch.equal(back, t)
    assert back.stride() == t.stride()
    t[0, 0] = 9
    assert back[0, 0].item() == 9
    with pytest.raises(RuntimeError, match="used before"):
        torch.from_dlpack(capsule)
    assert t.__dlpack_device__() == (1, 0)
    unused = t.__dlpack__(max_version=version)
    del unused
    copied = torch.from_dlpack(t.__dlpack__(max_version=version, copy=True))
    t[0, 0] = 1
    assert copied[0, 0].item() == 9


def test_dlpack_with_numpy_and_bfloat16() -> None:
    array = np.arange(4.0)
    t = torch.from_dlpack(array)
    assert np.shares_memory(t.numpy(), array)
    half = torch.tensor([1.5, 2.5], dtype=torch.bfloat16)
    assert torch.from_dlpack(half).dtype is torch.bfloat16
    assert torch.from_dlpack(torch.tensor([True, False])).tolist() == [True, False]


def test_arithmetic_with_arrays_gives_tensors() -> None:
    t, array = torch.ones(2), np.full(2, 2.0)
    for result, value in ((t + array, 3.0), (array + t, 3.0), (array * t, 2.0), (array - t, 1.0)):
        assert isinstance(result, torch.Tensor)
        assert result.dtype is torch.float64
        assert result.tolist() == [value, value]
    t += array.astype(np.float32)
    assert t.tolist() == [3.0, 3.0]
    assert (t > np.float32(2)).all().item()
    assert isinstance(np.float64(2) * t, torch.Tensor)
    assert np.add(t, 1).tolist() == [4.0, 4.0]


def test_freed_capsules_and_arrays_leave_nothing() -> None:
    before = torch._tensor._memory_stats()["allocated_bytes"]
    for _ in range(100):
        t = torch.ones(4096)
        t.numpy(), t.__dlpack__(), torch.from_dlpack(t), memoryview(t)
    del t
    gc.collect()
    assert torch._tensor._memory_stats()["allocated_bytes"] <= before
