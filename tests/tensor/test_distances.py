"""Distances between rows, against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist as reference

import taeda_tensor as tt

RANDOM = np.random.default_rng(0)
METRICS = {
    0.0: "hamming",
    1.0: "cityblock",
    2.0: "euclidean",
    3.0: "minkowski",
    np.inf: "chebyshev",
}


def expected(a: np.ndarray, b: np.ndarray, p: float) -> np.ndarray:
    if p == 0.0:
        return reference(a, b, "hamming") * a.shape[-1]
    return reference(a, b, METRICS[p], **({"p": p} if p == 3.0 else {}))


@pytest.mark.parametrize("p", METRICS)
@pytest.mark.parametrize(
    ("rows", "others", "length"),
    [(3, 4, 5), (40, 7, 5), (7, 40, 130), (600, 50, 64), (1, 1, 1), (0, 3, 4), (30, 0, 4)],
)
def test_distances_of_all_rows(p: float, rows: int, others: int, length: int) -> None:
    a, b = RANDOM.normal(size=(rows, length)), RANDOM.normal(size=(others, length))
    result = tt.cdist(tt.tensor(a), tt.tensor(b), p)
    assert result.shape == (rows, others)
    np.testing.assert_allclose(result.numpy(), expected(a, b, p), rtol=1e-9)


def test_rows_without_elements_and_batches() -> None:
    assert (tt.cdist(tt.ones(30, 0), tt.ones(2, 0)) == tt.zeros(30, 2)).all()
    a, b = RANDOM.normal(size=(3, 1, 30, 6)), RANDOM.normal(size=(2, 9, 6))
    for p in (1.0, 2.0):
        result = tt.cdist(tt.tensor(a), tt.tensor(b), p)
        assert result.shape == (3, 2, 30, 9)
        for i in range(3):
            for j in range(2):
                np.testing.assert_allclose(result[i, j].numpy(), expected(a[i, 0], b[j], p))


def test_modes() -> None:
    """A product loses what two rows have in common: some eps |a|^2 of the square, hence 1e-3."""
    a = tt.tensor(RANDOM.normal(size=(30, 8)) + 100, dtype=tt.float32)
    exact = expected(a.numpy().astype(np.float64), a.numpy().astype(np.float64), 2.0)
    plain = tt.cdist(a, a, compute_mode="donot_use_mm_for_euclid_dist")
    np.testing.assert_allclose(plain.numpy(), exact, rtol=1e-6)
    few = tt.cdist(a[:5], a[:5])
    assert few.tolist() == plain[:5, :5].tolist()
    product = tt.cdist(a[:5], a[:5], compute_mode="use_mm_for_euclid_dist").numpy()
    assert (
        np.abs(product**2 - exact[:5, :5] ** 2).max() < 16 * np.finfo(np.float32).eps * 8 * 100**2
    )


def test_values_that_are_not_finite() -> None:
    a = tt.ones(30, 3)
    a[0, 0], a[1, 1] = float("nan"), float("inf")
    for mode in ("use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist"):
        result = tt.cdist(a, tt.zeros(2, 3), compute_mode=mode)
        assert result[0].isnan().all()
        assert not result[1].isfinite().any()  # a product with zero makes infinity a NaN
        assert (result[2:] == 3**0.5).all()


def test_bad_requests() -> None:
    with pytest.raises(RuntimeError, match=r"rows of one length are needed, got shapes \(2, 3\)"):
        tt.cdist(tt.ones(2, 3), tt.ones(2, 4))
    with pytest.raises(RuntimeError, match=r"p must not be negative, got -1"):
        tt.cdist(tt.ones(2, 3), tt.ones(2, 3), -1)
    with pytest.raises(ValueError, match="fast is not a valid value for compute_mode"):
        tt.cdist(tt.ones(2, 3), tt.ones(2, 3), compute_mode="fast")
