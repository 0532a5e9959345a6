"""What attention and transformer modules refuse, and that masks say the same in each form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import taeda_nn as nn
import taeda_tensor as tt

X = tt.ones(5, 2, 8)
LAYER = nn.MultiheadAttention(8, 2)


def test_a_causal_mask_is_found_or_said() -> None:
    model = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, 0.0), 2, nn.LayerNorm(8))
    x = tt.randn(5, 2, 8)
    mask = nn.Transformer.generate_square_subsequent_mask(5)
    expected = model(x, mask, is_causal=False).detach().numpy()
    for found in (model(x, mask), model(x, mask, is_causal=True), model(x, mask == -tt.inf)):
        # Masked scores vanish exactly; only the order of the sums differs.
        np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-4, atol=1e-5)
    changed = x.clone()
    changed[4] = 0
    np.testing.assert_array_equal(
        model(x, mask)[:4].detach().numpy(), model(changed, mask)[:4].detach().numpy()
    )


def test_dropout_in_training_only() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.5)
    x = tt.randn(5, 2, 8)
    assert not np.array_equal(layer(x).detach().numpy(), layer(x).detach().numpy())
    layer.eval()
    np.testing.assert_array_equal(layer(x).detach().numpy(), layer(x).detach().numpy())


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: nn.MultiheadAttention(0, 2), "must be greater than 0"),
        (AssertionError, lambda: nn.MultiheadAttention(8, 3), "divisible by num_heads"),
        (AssertionError, lambda: LAYER(X[0, 0], X, X), "received 1-D query"),
        (AssertionError, lambda: LAYER(X, X[0], X), "found 2-D and 3-D tensors"),
        (AssertionError, lambda: LAYER(X, X, X, tt.ones(5)), "key_padding_mask"),
        (AssertionError, lambda: LAYER(X[..., :4], X, X), "query dimension of 8, but got 4"),
        (RuntimeError, lambda: LAYER(X, X, X, is_causal=True), "give the mask too"),
        (RuntimeError, lambda: LAYER(X, X, X, attn_mask=tt.ones(5)), "dimension 1 is not"),
        (RuntimeError, lambda: nn.TransformerEncoderLayer(8, 2, activation="sin"), "not sin"),
        (RuntimeError, lambda: nn.Transformer(8, 2, 1, 1)(X, X[:, :1]), "batch number"),
        (RuntimeError, lambda: nn.Transformer(4, 2, 1, 1)(X, X), "feature number"),
    ],
)
def test_errors(error: type[Exception], call: Callable[[], Any], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
