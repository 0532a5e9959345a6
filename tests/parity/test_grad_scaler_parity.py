"""GradScaler beside PyTorch's: the scales and parameters of a run with overflows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import taeda

torch = pytest.importorskip("torch")


def run(library: Any) -> tuple[list[float], list[float], dict[str, float]]:
    rng = np.random.default_rng(0)
    p = library.tensor(rng.standard_normal(5).astype(np.float32), requires_grad=True)
    x = library.tensor(rng.standard_normal(5).astype(np.float32))
    optimizer = library.optim.Adam([p], lr=0.1)
    scaler = library.amp.GradScaler("cpu", init_scale=2.0**100, growth_interval=3)
    scales = []
    for i in range(30):
        optimizer.zero_grad()
        # 2^40 times the loss overflows float32 until the scale has fallen.
        loss = ((p * x).sum() - 1) ** 2 * (2.0**40 if i % 7 == 0 else 1.0)
        scaler.scale(loss).backward()
        if i % 2:
            scaler.unscale_(optimizer)
            library.nn.utils.clip_grad_norm_([p], 1.0)
        scaler.step(optimizer)
        scaler.update()
        scales.append(scaler.get_scale())
    return scales, p.tolist(), scaler.state_dict()


def test_same_scales_and_steps() -> None:
    scales, values, state = run(taeda)
    expected_scales, expected_values, expected_state = run(torch)
    assert scales == expected_scales
    assert state == expected_state
    # Both round each of thirty steps of 0.1 to float32, in other orders.
    np.testing.assert_allclose(values, expected_values, rtol=1e-5)
