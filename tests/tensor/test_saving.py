"""Pickles, copies, save and load."""

from __future__ import annotations

import copy
import io
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest

import taeda_tensor as torch
from taeda_tensor import Tensor


class Tagged(Tensor):
    """A subclass with an attribute."""


def tagged() -> Tagged:
    made: Tagged = Tensor._make_subclass(Tagged, torch.tensor([1.0, 2.0]), True)
    made.tag = "kept"
    return made


@pytest.mark.parametrize("protocol", range(2, 6))
def test_pickle(protocol: int) -> None:
    for t in (
        torch.arange(6).reshape(2, 3).t(),
        torch.tensor(1.5, dtype=torch.bfloat16),
        torch.empty(0, 3),
        torch.tensor([True, False]),
        torch.ones(2, requires_grad=True),
    ):
        back = pickle.loads(pickle.dumps(t, protocol))
        assert torch.equal(back, t)
        assert (back.dtype, back.requires_grad) == (t.dtype, t.requires_grad)
        with torch.no_grad():
            back.zero_()
    back = pickle.loads(pickle.dumps(tagged(), protocol))
    assert type(back) is Tagged
    assert back.tag == "kept"
    assert back.requires_grad
    kept = pickle.loads(
        pickle.dumps((torch.float32, torch.Size((2,)), torch.device("cpu")), protocol)
    )
    assert kept == (torch.float32, torch.Size((2,)), torch.device("cpu"))


def test_pickle_out_of_band_shares_memory() -> None:
    t = torch.arange(4.0)
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(t, 5, buffer_callback=buffers.append)
    assert torch.equal(pickle.loads(data, buffers=buffers), t)


def test_deepcopy_keeps_identity_and_sharing() -> None:
    base = torch.zeros(4)
    one, two, view = copy.deepcopy([base, base, base[1:3]])
    assert one is two
    assert one is not base
    one[1] = 5
    assert view.tolist() == [5.0, 0.0]
    assert base.tolist() == [0.0, 0.0, 0.0, 0.0]
    t = tagged()
    t.grad = Tensor._make_subclass(Tensor, torch.ones(2))
    copied = copy.deepcopy(t)
    assert type(copied) is Tagged
    assert (copied.tag, copied.requires_grad) == ("kept", True)
    assert torch.equal(copied.grad, t.grad)
    assert copied.grad is not t.grad
    shallow = copy.copy(base)
    shallow[0] = 3
    assert base[0].item() == 3


def test_save_and_load(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    base = torch.arange(6.0).reshape(2, 3)
    state = OrderedDict(
        weight=base, row=base[1], steps=3, names=["a", ("b", None)], half=torch.ones(2).half()
    )
    torch.save(state, path)
    back = torch.load(path)
    assert isinstance(back, OrderedDict)
    assert back["names"] == ["a", ("b", None)]
    assert torch.equal(back["weight"], base)
    assert back["half"].dtype is torch.float16
    back["weight"][1, 0] = -1
    assert back["row"].tolist() == [-1.0, 4.0, 5.0]
    assert [file.name for file in tmp_path.iterdir()] == ["model.pt"]


def test_a_file_runs_no_code() -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return print, ("run",)

    file = io.BytesIO()
    torch.save({"x": Evil()}, file)
    with pytest.raises(pickle.UnpicklingError, match=r"load: the file names builtins\.print"):
        torch.load(file)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "torn.pt"
    torch.save(torch.ones(1000), path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(RuntimeError, match="not a file of save"):
        torch.load(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other", b"")
    with pytest.raises(RuntimeError, match="not a file of save"):
        torch.load(path)


def test_a_failed_save_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save(torch.ones(2), path)
    with pytest.raises((AttributeError, pickle.PicklingError, TypeError)):
        torch.save(lambda: None, path)
    assert torch.load(path).tolist() == [1.0, 1.0]
    assert len(list(tmp_path.iterdir())) == 1


def test_shared_memory_and_storage() -> None:
    t = torch.ones(3)
    assert not t.is_shared()
    assert t.share_memory_() is t
    assert t.is_shared()
    assert t.tolist() == [1.0, 1.0, 1.0]
    base = torch.zeros(4)
    assert base.untyped_storage() == base[2:].untyped_storage()
    assert base.untyped_storage().nbytes() == 16


@pytest.mark.parametrize(
    "place", [None, "cpu", torch.device("cpu"), {"cuda:0": "cpu"}, lambda memory, where: memory]
)
def test_where_to_load(place: object, tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    torch.save(torch.arange(3), path)
    assert torch.load(path, map_location=place).tolist() == [0, 1, 2]


@pytest.mark.parametrize("place", [3, lambda memory, where: "cpu"])
def test_where_not_to_load(place: object, tmp_path: Path) -> None:
    torch.save(torch.arange(3), tmp_path / "x.pt")
    with pytest.raises(TypeError, match=r"load: .*map_location"):
        torch.load(tmp_path / "x.pt", map_location=place)
