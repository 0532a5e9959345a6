"""Quantiles against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import taeda_tensor as torch

RANDOM = np.random.default_rng(0)
VALUES = RANDOM.standard_normal((3, 5, 4))
HOLES = np.where(RANDOM.random(VALUES.shape) < 0.3, np.nan, VALUES)


@pytest.mark.parametrize("interpolation", ["linear", "lower", "higher", "midpoint", "nearest"])
@pytest.mark.parametrize("q", [0.0, 0.3, 1.0, [0.25, 0.5, 0.75]])
@pytest.mark.parametrize("dim", [None, 0, 1, -1])
@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("name", ["quantile", "nanquantile"])
def test_against_numpy(
    name: str, keepdim: bool, dim: int | None, q: Any, interpolation: str
) -> None:
    values = HOLES if name == "nanquantile" else VALUES
    fractions = torch.tensor(q, dtype=torch.float64) if isinstance(q, list) else q
    result = getattr(torch, name)(
        torch.from_numpy(values), fractions, dim, keepdim, interpolation=interpolation
    )
    expected = getattr(np, name)(values, q, axis=dim, keepdims=keepdim, method=interpolation)
    assert tuple(result.shape) == expected.shape
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-12)


def test_nan_and_infinity() -> None:
    rows = torch.tensor([[1.0, float("nan")], [1.0, 2.0]])
    assert str(rows.quantile(0.5, dim=1).tolist()) == "[nan, 1.5]"
    assert torch.full((3,), float("inf")).quantile(0.5).item() == float("inf")
    assert torch.full((2,), float("nan")).nanquantile(0.5).isnan().item()


def test_of_one_number() -> None:
    assert torch.tensor(3.0).quantile(0.5, dim=0, keepdim=True).shape == ()
    assert torch.tensor(3.0).quantile(torch.tensor([0.0, 1.0])).tolist() == [3.0, 3.0]


@pytest.mark.parametrize(
    ("q", "make", "message"),
    [
        (0.5, lambda: torch.arange(3), "input must be float32 or float64, got taeda.int64"),
        (1.5, lambda: torch.ones(3), r"q must lie in \[0, 1\], got 1.5"),
        (
            torch.ones(1, 1),
            lambda: torch.ones(3),
            r"q must be a number or a vector, got shape \(1, 1\)",
        ),
        (
            torch.ones(1, dtype=torch.float64),
            lambda: torch.ones(3),
            "q must have the dtype of the input",
        ),
        (0.5, lambda: torch.ones(0), "no elements along the dimension"),
    ],
)
def test_errors(q: Any, make: Any, message: str) -> None:
    with pytest.raises(RuntimeError, match=f"quantile: .*{message}"):
        torch.quantile(make(), q)


def test_unknown_interpolation() -> None:
    with pytest.raises(RuntimeError, match=r"interpolation must be one of .*, got 'cubic'"):
        torch.ones(3).quantile(0.5, interpolation="cubic")
