"""MNIST is read whole and without loss, and a hostile or damaged file runs nothing."""

from __future__ import annotations

import gzip
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from examples.mnist import data
from examples.mnist.errors import UsageError

# Images of each digit 0..9, as published with MNIST.
TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


class Hostile:
    """Pickled as a call of os.system."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (self.command,)


def write(path: Path, content: object) -> Path:
    path.write_bytes(gzip.compress(pickle.dumps(content)))
    return path


def part(count: int, scale: float = 1 / 256) -> tuple[np.ndarray, np.ndarray]:
    pixels = np.arange(count * 784).reshape(count, 784) % 256
    return (pixels * scale).astype(np.float32), np.arange(count) % 10


def test_all_images_are_there_and_exact() -> None:
    train, test = data.load()
    assert train.images.shape == (60_000, 1, 28, 28)
    assert test.images.shape == (10_000, 1, 28, 28)
    assert train.images.dtype == test.images.dtype == np.uint8
    assert np.bincount(train.labels).tolist() == TRAIN_COUNTS
    assert np.bincount(test.labels).tolist() == TEST_COUNTS
    # The published mean and standard deviation of the training pixels.
    assert train.images.mean() / 255 == pytest.approx(0.1307, abs=1e-4)
    assert train.images.std() / 255 == pytest.approx(0.3081, abs=1e-4)
    # The first training digit is the well-known five; its first inked row is row 5.
    assert train.labels[0] == 5
    rows = train.images[0, 0].any(axis=1)
    assert rows.argmax() == 5
    assert train.images[0, 0, 5, 12:24].tolist()[:4] == [3, 18, 18, 18]


def test_hostile_pickle_runs_nothing(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    path = write(tmp_path / "hostile.gz", Hostile(f"touch {witness}"))
    with pytest.raises(UsageError, match=r"it asks for (posix|nt)\.system"):
        data.load(path)
    assert not witness.exists()


def test_object_array_cannot_smuggle_a_call(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    array = np.array([Hostile(f"touch {witness}")], dtype=object)
    with pytest.raises(UsageError, match="it asks for"):
        data.load(write(tmp_path / "hostile.gz", (array, array, array)))
    assert not witness.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([part(3), part(2)], "does not hold three parts"),
        ([part(3), part(2), part(1)], "5 \\+ 1 images, not 60000 \\+ 10000"),
        ([part(3, 1 / 255), part(2), part(1)], "pixels are not multiples of 1/256"),
        ([(part(3)[0], part(2)[1])] * 3, r"images \(3, 784\), labels \(2,\)"),
        ([(part(3)[0], part(3)[1] + 8)] * 3, "labels 8..10, not 0..9"),
        ([(part(3)[0][:0], part(3)[1][:0])] * 3, r"images \(0, 784\)"),
        ([1, 2, 3], "not MNIST"),
        ({"a": 1}, "does not hold three parts"),
    ],
)
def test_other_contents_are_refused(tmp_path: Path, content: object, message: str) -> None:
    path = write(tmp_path / "other.gz", content)
    with pytest.raises(UsageError, match=message) as caught:
        data.load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    whole = gzip.compress(pickle.dumps([part(40)] * 3))
    path = tmp_path / "damaged.gz"
    for content in (b"", b"not gzip", whole[: len(whole) // 2], whole[:40] + b"\xff" * 40):
        path.write_bytes(content)
        with pytest.raises(UsageError, match="cannot read"):
            data.load(path)
    with pytest.raises(UsageError, match="No such file"):
        data.load(tmp_path / "absent.gz")
