"""taeda_tensor.special against SciPy, far out on both sides too."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special

import taeda_autograd
import taeda_tensor as tt
from taeda_tensor import special

X = np.concatenate([-np.logspace(2, -3, 60), [0.0], np.logspace(-3, 1, 40)])


@pytest.mark.parametrize(("dtype", "rtol"), [(tt.float64, 1e-12), (tt.float32, 2e-6)])
def test_log_ndtr(dtype: tt.dtype, rtol: float) -> None:
    # The errors of erfc, a few units in the last place, and of the squares of its arguments.
    x = tt.tensor(X, dtype=dtype)
    expected = scipy.special.log_ndtr(x.double().numpy())
    np.testing.assert_allclose(special.log_ndtr(x).numpy(), expected, rtol=rtol)


def test_derivative_of_log_ndtr() -> None:
    x = tt.tensor([-50.0, -29.0, -3.0, -0.5, 0.7, 4.0], dtype=tt.float64, requires_grad=True)
    assert taeda_autograd.gradcheck(special.log_ndtr, (x,))


@pytest.mark.parametrize("name", ["ndtr", "entr", "ndtri"])
def test_against_scipy(name: str) -> None:
    x = np.linspace(0.01, 0.99, 33) if name == "ndtri" else np.linspace(-4, 6, 41)
    found = getattr(special, name)(tt.from_numpy(x)).numpy()
    np.testing.assert_allclose(found, getattr(scipy.special, name)(x), rtol=1e-12, atol=1e-14)


def test_multigammaln() -> None:
    x = np.array([2.5, 3.0, 7.25])
    expected = scipy.special.multigammaln(x, 3)
    np.testing.assert_allclose(
        special.multigammaln(tt.from_numpy(x), 3).numpy(), expected, rtol=1e-12
    )
    with pytest.raises(RuntimeError, match="p must be at least 1, got 0"):
        special.multigammaln(tt.from_numpy(x), 0)
