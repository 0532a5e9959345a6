"""Arrays for the tests of structured operations: dtypes and layouts."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

FLOATS = ["float16", "float32", "float64"]
INTEGERS = ["uint8", "int8", "int16", "int32", "int64"]
DTYPES = ["bool", *INTEGERS, *FLOATS]

# Relative to the largest result: half types compute in float32 and round once.
TOLERANCE = {"float16": 1e-3, "float32": 1e-6, "float64": 1e-14}


def fresh(shape: tuple[int, ...], dtype: str, seed: int = 0) -> Array:
    """Values of both signs where the dtype has them, integers small enough to multiply."""
    random = np.random.default_rng(seed)
    if dtype == "bool":
        return random.integers(0, 2, shape).astype(bool)
    if dtype.startswith("float"):
        return np.asarray(random.normal(size=shape)).astype(dtype)
    return np.asarray(random.integers(0 if dtype == "uint8" else -5, 6, shape)).astype(dtype)


def layouts(shape: tuple[int, ...], dtype: str, seed: int = 0) -> dict[str, Array]:
    """The same values of one shape in memory of different strides."""
    values = fresh(shape, dtype, seed)
    result = {"contiguous": values}
    if not shape:
        return result
    result["transposed"] = np.asfortranarray(values)
    padded = np.zeros(tuple(2 * size + 1 for size in shape), dtype)
    strided = padded[tuple(slice(1, None, 2) for _ in shape)]
    strided[...] = values
    result["strided"] = strided
    everywhere = tuple(slice(None, None, -1) for _ in shape)
    result["reversed"] = np.ascontiguousarray(values[everywhere])[everywhere]
    return result


def strided_like(shape: tuple[int, ...], dtype: str) -> Array:
    """Memory to write to that is not row-major, filled with what no result is."""
    if not shape:
        return np.full((), 99, dtype)
    padded = np.full(tuple(2 * size for size in shape), 99).astype(dtype)
    return padded[tuple(slice(None, None, -2) for _ in shape)]


def close(actual: Array, expected: Array, dtype: str, scale: float = 1.0) -> None:
    """Equal up to rounding in the dtype, relative to the largest of the results."""
    assert actual.shape == np.shape(expected)
    finite = np.abs(np.asarray(expected, "float64"))
    largest = np.max(finite, initial=1.0, where=np.isfinite(finite))
    tolerance = TOLERANCE[dtype] * scale * largest
    np.testing.assert_allclose(
        np.asarray(actual, "float64"), np.asarray(expected, "float64"), rtol=0, atol=tolerance
    )


def same_bits(actual: Array, expected: Array) -> None:
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    assert actual.tobytes() == expected.tobytes()
