"""Conversions between dtypes, against ml_dtypes."""

import ml_dtypes
import numpy as np
import pytest

import taeda_tensor as torch


@pytest.mark.parametrize("start", [0, 5])
def test_float32_to_bfloat16(start: int) -> None:
    """Every sign, exponent and kept mantissa, with what lies below, at and above the middle."""
    upper = np.arange(1 << 16, dtype=np.uint32) << 16
    lower = np.array([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF], np.uint32)
    values = (upper[:, None] | lower).reshape(-1).view(np.float32)[start:]
    got = torch.from_numpy(values).bfloat16().view(torch.int16).numpy().view(np.uint16)
    number = ~np.isnan(values)
    wanted = values[number].astype(ml_dtypes.bfloat16)
    np.testing.assert_array_equal(got[number], wanted.view(np.uint16))
    assert np.isnan(got[~number].view(ml_dtypes.bfloat16).astype(np.float32)).all()
