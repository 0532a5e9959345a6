"""scaled_dot_product_attention of tensors: broadcasting, groups of heads, dropout, messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import taeda_tensor as tt

attention = tt.scaled_dot_product_attention


def random(*shape: int, seed: int = 0) -> tt.Tensor:
    return tt.tensor(np.random.default_rng(seed).standard_normal(shape))


def composed(query: tt.Tensor, key: tt.Tensor, value: tt.Tensor, mask: Any = 0.0) -> tt.Tensor:
    scores = query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5
    return (scores + mask).softmax(-1) @ value


def assert_close(actual: tt.Tensor, expected: tt.Tensor) -> None:
    np.testing.assert_allclose(actual.numpy(), expected.numpy(), rtol=1e-12, atol=1e-13)


def test_leading_dimensions_broadcast() -> None:
    query, key, value = random(2, 1, 5, 4), random(3, 6, 4, seed=1), random(6, 7, seed=2)
    assert_close(attention(query, key, value), composed(query, key, value))
    mask = random(3, 1, 6, seed=3)
    assert_close(attention(query, key, value, mask), composed(query, key, value, mask))
    assert attention(query[0, 0], key[0], value).shape == (5, 7)
    assert attention(query[:0], key, value).shape == (0, 3, 5, 7)


def test_groups_of_heads() -> None:
    query, key, value = random(2, 6, 5, 4), random(2, 3, 7, 4, seed=1), random(2, 3, 7, 2, seed=2)
    wide = [x.repeat_interleave(2, 1) for x in (key, value)]
    for shape in [(5, 7), (2, 1, 5, 7), (2, 6, 1, 7)]:
        mask = random(*shape, seed=3)
        found = attention(query, key, value, mask, enable_gqa=True)
        assert_close(found, composed(query, *wide, mask))


def test_scale_and_heads_that_lie_apart() -> None:
    rows = random(2, 9, 3, 4, 8)  # batch, position, which, head, width
    query, key, value = rows.permute(2, 0, 3, 1, 4).unbind()
    expected = composed(query * 2, key, value)
    assert_close(attention(query, key, value, scale=2 / 8**0.5), expected)


def test_the_result_lies_in_memory_as_the_query_does() -> None:
    rows = random(2, 9, 3, 4, 8).permute(2, 0, 3, 1, 4)
    query, key, value = rows.unbind()
    result = attention(query, key, value[..., :5])
    assert result.stride() == (9 * 4 * 5, 5, 4 * 5, 1)
    assert attention(query.contiguous(), key, value).is_contiguous()
    # Neither a query that broadcasts nor columns that lie apart are followed.
    assert attention(query[:1, :1], key, value).is_contiguous()
    across = query.transpose(-1, -2).contiguous().transpose(-1, -2)
    assert_close(attention(across, key, value), attention(query, key, value))
    assert attention(across, key, value).is_contiguous()


@pytest.mark.parametrize("dtype", [tt.float16, tt.bfloat16])
def test_half_precision(dtype: tt.dtype) -> None:
    operands = [random(2, 40, 16, seed=i).to(dtype) for i in range(3)]
    result = attention(*operands, is_causal=True)
    assert result.dtype is dtype
    wide = attention(*(x.double() for x in operands), is_causal=True)
    # Rounded once; float16 has no normal numbers below 2^-14.
    tolerance = 2**-7 if dtype is tt.bfloat16 else 2**-10
    np.testing.assert_allclose(
        result.double().numpy(), wide.numpy(), rtol=tolerance, atol=2**-14 * tolerance
    )


def test_dropout_of_the_weights() -> None:
    query, key = random(4, 30, 8), random(4, 50, 8, seed=1)
    value = tt.eye(50, dtype=tt.float64).expand(4, 50, 50)  # the result is the weights
    weights = attention(query, key, value)
    tt.manual_seed(3)
    dropped = attention(query, key, value, dropout_p=0.25)
    kept = dropped != 0
    assert 0.7 < kept.double().mean().item() < 0.8
    assert_close(dropped[kept], (weights / 0.75)[kept])
    assert attention(query, key, value, dropout_p=1.0).abs().max().item() == 0
    with pytest.raises(ValueError, match=r"dropout_p must lie between 0 and 1, got 1\.5"):
        attention(query, key, value, dropout_p=1.5)


X = tt.ones(2, 3, 4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: attention(X, X.double(), X), "same dtype, but got float32, float64 and float32"),
        (lambda: attention(X.int(), X.int(), X.int()), "takes floating-point tensors, got int32"),
        (lambda: attention(X[0, 0], X, X), "need at least 2 dimensions"),
        (lambda: attention(X, X[..., :3], X), r"last dimensions of query and key must be equal"),
        (lambda: attention(X, X, X[:, :2]), "key and value must have as many rows"),
        (lambda: attention(X, tt.ones(3, 3, 4), X), "do not broadcast"),
        (lambda: attention(X, X, X, tt.ones(3, 3), is_causal=True), "not both"),
        (lambda: attention(X, X, X, tt.ones(3, 3).int()), "mask must be of dtype bool or that"),
        (lambda: attention(X, X, X, tt.ones(3, 2)), r"mask must broadcast to \(\.\.\., 3, 3\)"),
        (lambda: attention(X, tt.ones(4, 3, 4), X, enable_gqa=True), "enable_gqa needs as many"),
        (lambda: attention(X[0], X[0], X[0], enable_gqa=True), "needs heads in dimension -3"),
    ],
)
def test_errors(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(RuntimeError, match=f"scaled_dot_product_attention: .*{message}"):
        call()
