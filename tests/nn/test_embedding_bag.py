"""Sums, means and maxima of embedded rows against NumPy, bag by bag."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import taeda_autograd
import taeda_nn as nn
import taeda_nn.functional as F
import taeda_tensor as tt

RANDOM = np.random.default_rng(0)
TABLE = RANDOM.standard_normal((7, 3))
INDICES = RANDOM.integers(0, 7, 12)
OFFSETS = np.array([0, 4, 4, 9])


def expected(mode: str, padding: int | None = None) -> np.ndarray:
    bags = []
    for start, end in zip(OFFSETS, [*OFFSETS[1:], len(INDICES)], strict=True):
        rows = TABLE[[i for i in INDICES[start:end] if i != padding]]
        bags.append(getattr(rows, mode)(0) if len(rows) else np.zeros(3))
    return np.stack(bags)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("padding", [None, int(INDICES[0])])
def test_bags_of_a_vector(mode: str, padding: int | None) -> None:
    table, indices = tt.from_numpy(TABLE), tt.from_numpy(INDICES)
    found = F.embedding_bag(indices, table, tt.from_numpy(OFFSETS), mode=mode, padding_idx=padding)
    np.testing.assert_allclose(found.numpy(), expected(mode, padding), rtol=1e-12)
    ends = tt.tensor([*OFFSETS.tolist(), len(INDICES)])
    again = F.embedding_bag(
        indices, table, ends, mode=mode, padding_idx=padding, include_last_offset=True
    )
    assert tt.equal(again, found)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_rows_are_bags(mode: str) -> None:
    rows = INDICES.reshape(4, 3)
    layer = nn.EmbeddingBag(7, 3, mode=mode, _weight=tt.from_numpy(TABLE.copy()))
    found = layer(tt.from_numpy(rows)).detach().numpy()
    np.testing.assert_allclose(found, getattr(TABLE[rows], mode)(1), rtol=1e-12)


def test_weights_of_samples_and_derivatives() -> None:
    table = tt.from_numpy(TABLE.copy()).requires_grad_()
    weights = tt.from_numpy(RANDOM.standard_normal(12)).requires_grad_()
    indices, offsets = tt.from_numpy(INDICES), tt.from_numpy(OFFSETS)

    def run(table: tt.Tensor, weights: tt.Tensor) -> tt.Tensor:
        return F.embedding_bag(indices, table, offsets, mode="sum", per_sample_weights=weights)

    scaled = TABLE[INDICES] * weights.detach().numpy()[:, None]
    np.testing.assert_allclose(run(table, weights)[3].detach().numpy(), scaled[9:].sum(0))
    assert taeda_autograd.gradcheck(run, (table, weights))
    for mode in ("mean", "max"):
        assert taeda_autograd.gradcheck(
            lambda t, mode=mode: F.embedding_bag(indices, t, offsets, mode=mode), (table,)
        )


def test_a_frozen_table() -> None:
    layer = nn.EmbeddingBag.from_pretrained(tt.from_numpy(TABLE), mode="sum")
    assert not layer.weight.requires_grad
    assert repr(layer) == "EmbeddingBag(7, 3, mode='sum')"


ERRORS: list[tuple[str, dict[str, Any]]] = [
    ("takes no offsets", {"input": tt.zeros(2, 2).long(), "offsets": tt.tensor([0])}),
    ("vector of offsets, is needed", {"input": tt.zeros(2).long()}),
    (r"offsets\[0\] has to be 0, got 1", {"input": tt.zeros(2).long(), "offsets": tt.tensor([1])}),
    ("mode has to be one of", {"input": tt.zeros(2, 2).long(), "mode": "min"}),
    (
        "per_sample_weights need mode='sum'",
        {"input": tt.zeros(2, 2).long(), "per_sample_weights": tt.ones(2, 2)},
    ),
]


@pytest.mark.parametrize(("text", "options"), ERRORS)
def test_what_does_not_fit(text: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=text):
        F.embedding_bag(weight=tt.zeros(3, 2), **options)
