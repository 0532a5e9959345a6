"""Where copies lie in memory: as their originals do, row-major, or with the channels innermost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import taeda_tensor as torch

# Shapes of channels last: N, C and spatial dimensions to strides.
CHANNELS_LAST = [
    ((1, 2, 3, 4), "channels_last", (24, 1, 8, 2)),
    ((5, 3, 1, 2), "channels_last", (6, 1, 6, 3)),
    ((2, 3, 4, 5, 6), "channels_last_3d", (360, 1, 90, 18, 3)),
]

COPIES: list[tuple[str, Callable[[Any], Any]]] = [
    ("clone", lambda x: x.clone()),
    ("float", lambda x: x.float()),
    ("to dtype", lambda x: x.to(torch.float64)),
    ("to copy", lambda x: x.to("cpu", copy=True)),
    ("empty_like", torch.empty_like),
    ("zeros_like", torch.zeros_like),
    ("ones_like", lambda x: torch.ones_like(x, dtype=torch.int64)),
    ("full_like", lambda x: torch.full_like(x, 7)),
    ("rand_like", lambda x: torch.rand_like(x, dtype=torch.float32)),
    ("randn_like", lambda x: torch.randn_like(x, dtype=torch.float32)),
    ("randint_like", lambda x: torch.randint_like(x, 9)),
]


def images() -> Any:
    """Bytes of channels last that are seen as N, C, H, W."""
    return torch.arange(2 * 4 * 5 * 3).to(torch.uint8).reshape(2, 4, 5, 3).permute(0, 3, 1, 2)


@pytest.mark.parametrize(("name", "copy"), COPIES, ids=[name for name, _ in COPIES])
def test_copies_lie_as_their_originals_do(name: str, copy: Callable[[Any], Any]) -> None:
    assert copy(images()).stride() == (60, 1, 15, 3)
    assert copy(images().contiguous()).stride() == (60, 20, 5, 1)
    # Gaps close, the order stays; what is repeated has no place in an order.
    assert copy(images()[:, :, ::2]).stride() == (30, 1, 15, 3)
    assert copy(images()[:, :1].expand(2, 3, 4, 5)).stride() == (60, 20, 5, 1)
    assert copy(images()[:0]).numel() == 0


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float64, torch.bool])
def test_copies_have_the_same_elements(dtype: Any) -> None:
    for x in (images(), images()[:, 1:, ::2], images().transpose(0, 3), images().flip(2)):
        expected = torch.tensor(x.tolist(), dtype=dtype)
        assert torch.equal(x.to(dtype), expected)
        assert torch.equal(x.to(dtype).clone(), expected)
        assert torch.equal(x.to(dtype).contiguous(), expected)


def test_constants_fill_any_layout() -> None:
    assert torch.full_like(images(), 7).tolist() == torch.full((2, 3, 4, 5), 7).tolist()
    assert torch.ones_like(images()[:, :, ::2]).float().sum().item() == 60


def test_random_numbers_do_not_depend_on_the_layout() -> None:
    torch.manual_seed(3)
    rows = torch.rand_like(images().contiguous(), dtype=torch.float32)
    torch.manual_seed(3)
    assert torch.equal(torch.rand_like(images(), dtype=torch.float32), rows)


@pytest.mark.parametrize(("shape", "name", "strides"), CHANNELS_LAST)
def test_channels_last(shape: tuple[int, ...], name: str, strides: tuple[int, ...]) -> None:
    memory_format = getattr(torch, name)
    x = torch.randn(*shape)
    for y in (
        x.contiguous(memory_format=memory_format),
        x.clone(memory_format=memory_format),
        x.to(memory_format=memory_format),
        x.to(torch.float64, memory_format=memory_format),
        x.double(memory_format=memory_format),
    ):
        assert y.stride() == strides
        assert y.is_contiguous(memory_format=memory_format)
        assert torch.equal(y.float(), x)
        assert y.contiguous(memory_format=memory_format) is y
        assert y.to(memory_format=torch.preserve_format) is y
        assert y.contiguous().stride() == x.stride()
        assert y.clone(memory_format=torch.contiguous_format).stride() == x.stride()
    assert torch.zeros_like(x, memory_format=memory_format).stride() == strides
    assert torch.rand_like(x, memory_format=memory_format).stride() == strides


def test_one_channel_lies_in_both_formats() -> None:
    x = torch.ones(2, 1, 4, 4)
    assert x.is_contiguous(memory_format=torch.channels_last)
    assert x.contiguous(memory_format=torch.channels_last) is x
    assert x.clone(memory_format=torch.channels_last).stride() == (16, 1, 4, 1)


def test_row_major_of_channels_last() -> None:
    assert torch.zeros_like(images(), memory_format=torch.contiguous_format).is_contiguous()
    assert images().float(memory_format=torch.contiguous_format).is_contiguous()
    assert not images().is_contiguous()
    assert images().is_contiguous(memory_format=torch.channels_last)
    assert not images().is_contiguous(memory_format=torch.channels_last_3d)
    assert not images()[:, :, ::2].is_contiguous(memory_format=torch.channels_last)


def test_formats_that_do_not_fit() -> None:
    with pytest.raises(RuntimeError, match=r"clone: taeda\.channels_last needs 4 dimensions"):
        torch.ones(2, 3).clone(memory_format=torch.channels_last)
    with pytest.raises(
        RuntimeError, match=r"zeros_like: taeda\.channels_last_3d needs 5 dimensions"
    ):
        torch.zeros_like(images(), memory_format=torch.channels_last_3d)
    with pytest.raises(RuntimeError, match="preserve_format names no layout"):
        images().contiguous(memory_format=torch.preserve_format)
    with pytest.raises(TypeError, match=r"float: memory_format must be .* got 3 \(int\)"):
        images().float(memory_format=3)


def test_repeated_and_reshaped_copies_are_row_major() -> None:
    x = images().float()
    assert torch.equal(x.repeat(1, 1, 1, 1), x)
    assert x.repeat(1, 1, 1, 1).is_contiguous()
    assert torch.equal(x.reshape(6, 20), x.contiguous().reshape(6, 20))
