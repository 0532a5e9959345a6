"""Checkpoints come back as they went in, or say what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import taeda as torch
from examples.mnist.checkpoint import CheckpointStore
from examples.mnist.encoding import decode, encode
from examples.mnist.errors import UsageError
from examples.mnist.files import replace_file
from examples.mnist.metrics import MetricsLog


def sample(value: float = 0.1) -> dict[str, Any]:
    return {
        "model": {"weight": torch.full((2, 3), value), "count": torch.tensor(7)},
        "optimizer": {"state": {0: {"step": 3}, 1: {}}, "betas": (0.9, 0.999), "none": None},
        "random": torch.tensor([0, 255], dtype=torch.uint8),
        "key": b"\x00\xff",
        "floats": [0.1, 1e-300, float("inf")],
        "$odd": True,
    }


def assert_same(left: Any, right: Any) -> None:
    assert type(left) is type(right)
    if isinstance(left, torch.Tensor):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left.numpy(), right.numpy())
    elif isinstance(left, dict):
        assert list(left) == list(right)
        for key in left:
            assert_same(left[key], right[key])
    elif isinstance(left, (list, tuple)):
        assert len(left) == len(right)
        for one, other in zip(left, right, strict=True):
            assert_same(one, other)
    else:
        assert left == right


def test_state_comes_back_exactly(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path / "checkpoints")
    store.save(12, sample())
    assert_same(store.load(12), sample())


def test_loaded_tensors_can_be_written(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    store.save(1, sample())
    store.load(1)["model"]["weight"].zero_()
    assert_same(store.load(1), sample())


def test_encode_copies_and_refuses_what_it_cannot_restore() -> None:
    arrays: dict[str, Any] = {}
    tensor = torch.ones(2)
    document = encode({"a": tensor}, arrays, "state")
    tensor.zero_()
    np.testing.assert_array_equal(decode(document, arrays)["a"].numpy(), [1, 1])
    with pytest.raises(TypeError, match=r"cannot store state\.b, a set"):
        encode({"b": {1}}, {}, "state")


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    for step in (5, 10, 15, 100):
        store.save(step, sample(step))
    assert store.steps() == [15, 100]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000015", "step-00000100"]
    store.clear()
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_a_kill_are_no_checkpoints(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    store.save(5, sample())
    for name in (".tmp-step-00000010", ".old-step-00000001"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tensors.safetensors").write_bytes(b"half")
    assert store.steps() == [5]
    store.save(10, sample())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000005", "step-00000010"]


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("name", "damage", "message"),
    [
        ("tensors.safetensors", truncate, r"tensors\.safetensors has \d+ bytes of \d+"),
        ("tensors.safetensors", flip, "does not have the checksum"),
        ("tensors.safetensors", Path.unlink, "No such file or directory: tensors.safetensors"),
        ("state.json", truncate, "delimiter|Expecting|Unterminated"),
        ("state.json", lambda path: path.write_text("{}"), "lacks an entry: 'format'"),
        ("state.json", lambda path: path.write_text("[1]"), "lacks an entry"),
        ("state.json", Path.unlink, "No such file or directory: state.json"),
        (
            "state.json",
            lambda path: path.write_text(path.read_text().replace("0.999", "0.998")),
            "does not have the checksum",
        ),
    ],
)
def test_torn_checkpoint_says_what_is_wrong(
    tmp_path: Path, name: str, damage: Any, message: str
) -> None:
    store = CheckpointStore(tmp_path)
    store.save(5, sample())
    store.save(10, sample())
    damage(store.path(10) / name)
    with pytest.raises(UsageError, match=message) as caught:
        store.load(10)
    assert str(caught.value).startswith(f"torn checkpoint {store.path(10)}: ")
    assert str(caught.value).endswith("delete that folder to resume at step 5")
    assert "\n" not in str(caught.value)
    assert_same(store.load(5), sample())


def test_metrics_are_rewound(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    assert log.read() == []
    for step in (1, 2, 3):
        log.append({"step": step, "loss": 0.1 * step})
    with open(log.path, "a") as file:
        file.write('{"step": 4, "lo')
    assert [record["step"] for record in log.read()] == [1, 2, 3]
    log.rewind(2)
    assert log.path.read_text().count("\n") == 2
    assert [record["step"] for record in log.read()] == [1, 2]


def test_metrics_end_at_the_first_line_that_is_no_record(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    for rest in (b"[1]\n", b"{}\n", b"\xff\xfe\n", b"{"):
        log.path.write_bytes(b'{"step": 1}\n' + rest + b'{"step": 2}\n')
        assert log.read() == [{"step": 1}]


def test_what_cannot_be_written_or_read_is_said(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    # Removing the half-written file fails as well here, as it does on a read-only disk.
    with pytest.raises(UsageError, match=r"cannot write .*: Not a directory"):
        replace_file(in_the_way / "model", b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match=r"cannot read .*: Is a directory"):
        MetricsLog(tmp_path / "folder").read()
