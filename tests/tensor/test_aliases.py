"""Operations and types under their other names."""

from __future__ import annotations

import pytest

import taeda_tensor as torch

NAMES = {
    "absolute": "abs",
    "arccos": "acos",
    "arctan2": "atan2",
    "divide": "div",
    "fix": "trunc",
    "greater": "gt",
    "less_equal": "le",
    "multiply": "mul",
    "negative": "neg",
    "not_equal": "ne",
    "subtract": "sub",
    "true_divide": "div",
}


@pytest.mark.parametrize(("name", "original"), NAMES.items())
def test_is_the_same_operation(name: str, original: str) -> None:
    for suffix in ("", "_"):
        attribute = getattr(torch.Tensor, name + suffix)
        assert attribute is getattr(torch.Tensor, original + suffix)
    assert getattr(torch, name) is getattr(torch, original)


def test_division_in_place_by_every_rounding() -> None:
    for mode, expected in (("trunc", [-3.0, 3.0]), ("floor", [-4.0, 3.0]), (None, [-3.5, 3.5])):
        x = torch.tensor([-7.0, 7.0])
        assert x.div_(2, rounding_mode=mode) is x
        assert x.tolist() == expected


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("Float", torch.float32),
        ("Double", torch.float64),
        ("Half", torch.float16),
        ("BFloat16", torch.bfloat16),
        ("Byte", torch.uint8),
        ("Char", torch.int8),
        ("Short", torch.int16),
        ("Int", torch.int32),
        ("Long", torch.int64),
        ("Bool", torch.bool),
    ],
)
def test_old_types(name: str, dtype: torch.dtype) -> None:
    kind = getattr(torch, f"{name}Tensor")
    made = kind([1, 0])
    assert made.dtype is dtype
    assert isinstance(made, kind)
    assert not isinstance(torch.empty(0, dtype=torch.int64 if name != "Long" else torch.bool), kind)
    assert made.type() == f"taeda.{name}Tensor"
    assert kind(2, 3).shape == (2, 3)
    assert torch.ones(1).type(kind).dtype is torch.ones(1).type(made.type()).dtype is dtype


def test_triangles_in_place() -> None:
    x = torch.arange(1, 10).reshape(3, 3)
    assert x.triu_(-1) is x
    assert x.tolist() == [[1, 2, 3], [4, 5, 6], [0, 8, 9]]
    assert x.tril_().tolist() == [[1, 0, 0], [4, 5, 0], [0, 8, 9]]


def test_real() -> None:
    x = torch.ones(2)
    assert torch.real(x) is x.real is x


def test_settings() -> None:
    torch.use_deterministic_algorithms(True, warn_only=True)
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(False)
    assert not torch.are_deterministic_algorithms_enabled()
    assert not torch.is_deterministic_algorithms_warn_only_enabled()
    torch.set_float32_matmul_precision("medium")
    assert torch.get_float32_matmul_precision() == "medium"
    torch.set_float32_matmul_precision("highest")
    with pytest.raises(ValueError, match="highest, high, medium, got 'low'"):
        torch.set_float32_matmul_precision("low")


def test_fork_rng() -> None:
    torch.manual_seed(3)
    expected = torch.rand(4).tolist()
    torch.manual_seed(3)

    def fail() -> None:
        with torch.fork_rng():
            torch.rand(7)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert torch.rand(4).tolist() == expected
    torch.manual_seed(3)
    with torch.fork_rng(enabled=False):
        torch.rand(4)
    assert torch.rand(4).tolist() != expected
