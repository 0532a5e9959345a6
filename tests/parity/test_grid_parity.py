"""Sampling at the places of a grid, and its gradients, beside PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import taeda

torch = pytest.importorskip("torch")

RANDOM = np.random.default_rng(0)
SIZES = [
    ((2, 3, 7, 9), (13, 11)),
    ((2, 33, 16, 16), (8, 8)),
    ((1, 5, 1, 4), (6, 3)),
    ((3, 1, 5, 1), (1, 1)),
    ((2, 3, 3, 4, 5), (4, 3, 6)),
    ((1, 2, 1, 3, 2), (5, 5, 5)),
]


@pytest.mark.parametrize(("shape", "places"), SIZES, ids=str)
@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("corners", [False, True])
def test_grid_sample(
    shape: tuple[int, ...], places: tuple[int, ...], mode: str, padding: str, corners: bool
) -> None:
    if mode == "bicubic" and len(shape) == 5:
        pytest.skip("bicubic is of images only")
    images = RANDOM.standard_normal(shape)
    grid = RANDOM.uniform(-2.6, 2.6, (shape[0], *places, len(places)))
    seed = RANDOM.standard_normal((*shape[:2], *places))

    def run(library: Any) -> list[np.ndarray]:
        x, g = (library.tensor(a, requires_grad=True) for a in (images, grid))
        result = library.nn.functional.grid_sample(x, g, mode, padding, corners)
        result.backward(library.tensor(seed))
        return [t.detach().numpy() for t in (result, x.grad, g.grad)]

    for ours, theirs in zip(run(taeda), run(torch), strict=True):
        # Sums of up to 858 terms in another order; places are rounded alike.
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10)
