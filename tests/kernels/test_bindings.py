"""What the functions accept, and how they refuse the rest."""

from __future__ import annotations

import array
import gc
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import taeda_kernels
from taeda_kernels import _kernels


def test_promotion_follows_pytorch() -> None:
    """The lattice in words: floats over integers over bool; unlike signs widen."""
    names = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
    for a in names:
        for b in names:
            x, y = np.ones(2, a), np.ones(2, b)
            if "float" in a and "float" in b:
                wanted = max(a, b, key=lambda name: np.dtype(name).itemsize)
            elif "float" in a or "float" in b:
                wanted = a if "float" in a else b
            else:
                wanted = np.promote_types(a, b).name
            assert taeda_kernels.mul(x, y).dtype == wanted, (a, b)


def test_numbers_are_weak() -> None:
    halves, small = np.ones(2, np.float16), np.ones(2, np.int8)
    assert taeda_kernels.add(halves, 2.5).dtype == np.float16
    assert taeda_kernels.add(small, 100).dtype == np.int8
    assert taeda_kernels.add(small, 0.5).dtype == np.float32
    assert taeda_kernels.add(np.array([True]), 2).dtype == np.int64
    assert taeda_kernels.mul(np.array([True]), True).dtype == np.bool_
    assert taeda_kernels.div(1, 2).dtype == np.float32
    np.testing.assert_array_equal(taeda_kernels.sub(1, small), [0, 0])


def test_integers_give_float32() -> None:
    assert taeda_kernels.exp(np.arange(3)).dtype == np.float32
    assert taeda_kernels.div(np.arange(3), np.arange(1, 4)).dtype == np.float32


def test_out_is_returned_and_converted() -> None:
    x = np.arange(4.0, dtype=np.float32)
    out = np.empty(4, np.float64)
    assert taeda_kernels.sqrt(x, out=out) is out
    np.testing.assert_array_equal(out, np.sqrt(x).astype(np.float64))
    flags = np.empty(4, np.int32)
    taeda_kernels.lt(x, 2, out=flags)
    np.testing.assert_array_equal(flags, [1, 1, 0, 0])
    assert taeda_kernels.sqrt(x, out=None).dtype == np.float32


def test_buffers_and_dlpack_without_numpy_arrays() -> None:
    values = array.array("f", [1.0, 4.0, 9.0])
    out = array.array("f", [0.0, 0.0, 0.0])
    assert taeda_kernels.sqrt(values, out=out) is out
    assert out.tolist() == [1.0, 2.0, 3.0]

    class Producer:
        def __init__(self, source: Any) -> None:
            self.source = source

        def __dlpack__(self, **keywords: Any) -> Any:
            return self.source.__dlpack__(**keywords)

        def __dlpack_device__(self) -> Any:
            return self.source.__dlpack_device__()

    np.testing.assert_array_equal(taeda_kernels.neg(Producer(np.arange(3.0))), [0, -1, -2])


def test_works_where_numpy_is_missing() -> None:
    script = """
import sys
sys.modules["numpy"] = None
import array, taeda_kernels
result = taeda_kernels.add(array.array("d", [1, 2, 3]), 0.5)
assert type(result).__module__ != "numpy"
assert memoryview(result).tolist() == [1.5, 2.5, 3.5], memoryview(result).tolist()
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_read_only_operands_and_outputs() -> None:
    x = np.arange(3.0)
    x.flags.writeable = False
    np.testing.assert_array_equal(taeda_kernels.neg(x), -x)
    with pytest.raises(ValueError, match=r"^neg: out is read-only"):
        taeda_kernels.neg(np.ones(3), out=x)


def test_results_own_their_memory() -> None:
    before = taeda_kernels.memory_stats()["allocated_bytes"]
    result = taeda_kernels.add(np.ones(100_000), 1.0)
    assert taeda_kernels.memory_stats()["allocated_bytes"] >= before + 800_000
    view = result[5:10]
    del result
    gc.collect()
    np.testing.assert_array_equal(view, 2.0)
    del view
    gc.collect()
    assert taeda_kernels.memory_stats()["allocated_bytes"] == before


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda k: k.add(np.ones(3), np.ones(4)), ValueError, r"do not broadcast: \(3,\), \(4,\)"),
        (lambda k: k.add(np.ones(3)), TypeError, "takes 2 positional arguments, got 1"),
        (lambda k: k.neg(), TypeError, "takes 1 positional arguments, got 0"),
        (lambda k: k.add("text", np.ones(3)), TypeError, "x must be an array .* got str"),
        (lambda k: k.add(np.ones(3), [1, 2]), TypeError, "y must be an array .* got list"),
        (lambda k: k.where(None, 1, 2), TypeError, "condition must be an array .* got NoneType"),
        (lambda k: k.neg(np.ones(3, complex)), TypeError, "unsupported dtype.*supported are bool"),
        (lambda k: k.neg(np.ones(3, np.uint32)), TypeError, "unsupported dtype"),
        (lambda k: k.neg(np.ones(3), out=np.ones(4)), ValueError, r"shape \(4,\).*has \(3,\)"),
        (lambda k: k.neg(np.ones(3), out=5), TypeError, "out must be an array .* got int"),
        (
            lambda k: k.exp(np.ones(3), out=np.ones(3, int)),
            TypeError,
            "int64 cannot hold .*float64",
        ),
        (lambda k: k.neg(np.ones(3), bias=1), TypeError, "unexpected keyword argument 'bias'"),
        (lambda k: k.add(np.ones(3), 1, alpha="2"), TypeError, "alpha must be a number"),
        (lambda k: k.add(np.arange(3), 1, alpha=0.5), TypeError, "alpha must be an integer .* 0.5"),
        (lambda k: k.copy(np.ones(2), np.ones(3)), ValueError, "do not broadcast"),
        (lambda k: k.copy(np.ones(1), np.ones(3)), ValueError, "does not broadcast to the shape"),
        (lambda k: k.add(np.ones(3), 1 << 70), ValueError, "y does not fit into int64"),
        (lambda k: k.set_num_threads(0), ValueError, "0"),
    ],
)
def test_errors(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(taeda_kernels)


def test_overlap() -> None:
    x = np.arange(10.0)
    kept = x.copy()
    with pytest.raises(ValueError, match="out overlaps an operand in part"):
        taeda_kernels.neg(x[:-1], out=x[1:])
    with pytest.raises(ValueError, match="out overlaps an operand in part"):
        taeda_kernels.neg(x, out=x[::-1])
    with pytest.raises(ValueError, match="elements of out share memory"):
        taeda_kernels.neg(np.ones((3, 4)), out=np.lib.stride_tricks.as_strided(x, (3, 4), (8, 8)))
    with pytest.raises(ValueError, match="elements of out share memory"):
        taeda_kernels.copy(np.lib.stride_tricks.as_strided(x, (5,), (0,)), 1.0)
    np.testing.assert_array_equal(x, kept)
    # The same place, and places that only interleave, are safe.
    taeda_kernels.neg(x[::2], out=x[1::2])
    np.testing.assert_array_equal(x[1::2], -kept[::2])
    square = np.arange(9.0).reshape(3, 3)
    taeda_kernels.add(square, 1.0, out=square)
    np.testing.assert_array_equal(square, np.arange(9.0).reshape(3, 3) + 1)
    with pytest.raises(ValueError, match="overlaps"):
        taeda_kernels.add(square, square.T, out=square)


def test_unaligned_memory_is_refused() -> None:
    x = np.frombuffer(bytes(33), np.uint8)[1:].view(np.float32)
    with pytest.raises(ValueError, match="not aligned"):
        taeda_kernels.neg(x)


def test_signatures_state_the_parameters() -> None:
    text = taeda_kernels.elu.__doc__
    assert text is not None
    assert text.startswith("def elu(") or "elu(" in text
    assert len(_kernels._operations()) > 120


def test_module_example() -> None:
    import doctest

    failures, attempts = doctest.testmod(taeda_kernels)
    assert attempts >= 4
    assert failures == 0
