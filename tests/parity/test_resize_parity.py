"""Interpolation with all its options beside PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import taeda

torch = pytest.importorskip("torch")

X = np.random.default_rng(0).standard_normal((2, 3, 11, 13))
TARGETS: list[dict[str, Any]] = [
    {"size": (7, 20)},
    {"size": (22, 5)},
    {"size": (1, 1)},
    {"scale_factor": 2.0},
    {"scale_factor": (0.7, 1.3)},
    {"scale_factor": (0.7, 1.3), "recompute_scale_factor": True},
]
MODES: list[dict[str, Any]] = [
    {"mode": "nearest"},
    {"mode": "nearest-exact"},
    {"mode": "area"},
    *(
        {"mode": mode, "align_corners": corners, "antialias": antialias}
        for mode in ("bilinear", "bicubic")
        for corners in (False, True)
        for antialias in (False, True)
    ),
]


@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("mode", MODES, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_interpolate(target: dict[str, Any], mode: dict[str, Any], dtype: str) -> None:
    def run(library: Any) -> np.ndarray:
        x = library.tensor(X.astype(dtype))
        result: np.ndarray = library.nn.functional.interpolate(x, **target, **mode).numpy()
        return result

    # PyTorch computes weights and sums in another order; positions in float32 know 1e-6 of a pixel.
    tolerance = 2e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(run(taeda), run(torch), rtol=tolerance, atol=tolerance)
