"""Derivatives of what is composed in Python, against finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import taeda_autograd
import taeda_tensor as torch
from taeda_tensor import Tensor

RANDOM = torch.Generator().manual_seed(0)


def matrix(*shape: int) -> Tensor:
    x = torch.randn(*shape, generator=RANDOM, dtype=torch.float64)
    return x.requires_grad_()


CASES: dict[str, tuple[Callable[..., Any], tuple[Tensor, ...]]] = {
    "aminmax": (lambda x: tuple(torch.aminmax(x, dim=1)), (matrix(3, 4),)),
    "cov": (torch.cov, (matrix(3, 5),)),
    "corrcoef": (torch.corrcoef, (matrix(3, 5),)),
    "cosine_similarity": (torch.cosine_similarity, (matrix(3, 4), matrix(3, 4))),
    "pairwise_distance": (torch.pairwise_distance, (matrix(3, 4), matrix(3, 4))),
    "trapezoid": (torch.trapezoid, (matrix(3, 4), matrix(4))),
    "slice_scatter": (
        lambda x, y: torch.slice_scatter(x, y, 1, 0, 4, 2),
        (matrix(2, 4), matrix(2, 2)),
    ),
    "select_scatter": (lambda x, y: torch.select_scatter(x, y, 0, 1), (matrix(2, 4), matrix(4))),
    "diagonal_scatter": (torch.diagonal_scatter, (matrix(3, 3), matrix(3))),
    "addmv": (
        lambda x, a, y: torch.addmv(x, a, y, beta=0.5, alpha=2),
        (matrix(2), matrix(2, 3), matrix(3)),
    ),
    "solve_triangular": (
        lambda a, b: torch.linalg.solve_triangular(a + 3 * torch.eye(3).double(), b, upper=True),
        (matrix(2, 3, 3), matrix(2, 3, 2)),
    ),
    "solve_triangular from the right": (
        lambda a, b: torch.linalg.solve_triangular(
            a + 3 * torch.eye(3).double(), b, upper=False, left=False
        ),
        (matrix(3, 3), matrix(2, 3)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_derivative(name: str) -> None:
    function, inputs = CASES[name]
    assert taeda_autograd.gradcheck(function, inputs)
