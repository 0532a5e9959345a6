"""Scaled dot-product attention."""

from __future__ import annotations

import taeda_tensor
from taeda_tensor import Tensor


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(scale * query @ key.mT + attn_mask) @ value (Vaswani et al., 2017).

    query (..., L, E), key (..., S, E) and value (..., S, V) give (..., L, V); leading dimensions
    broadcast, and `scale` is 1 / sqrt(E) where it is None. `attn_mask`, broadcast to (..., L, S),
    is bool (True: may attend) or a float that is added. `is_causal` lets query i see the keys up
    to i. `enable_gqa` lets groups of query heads share the heads (dimension -3) of key and value.
    Memory is linear in L and S, but with dropout of the weights, and where the gradient of a mask
    is wanted. RuntimeError for shapes and dtypes.

    >>> import taeda_tensor as tt
    >>> x = tt.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> scaled_dot_product_attention(x, x, x, is_causal=True)[0].tolist()
    [1.0, 0.0]
    """
    return taeda_tensor.scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask,
        dropout_p,
        is_causal,
        scale=scale,
        enable_gqa=enable_gqa,
    )
