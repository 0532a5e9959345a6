"""MultiheadAttention."""

from __future__ import annotations

from typing import Any

import taeda_tensor
from taeda_tensor import Tensor, cat, empty, linear, zeros

from . import functional as F, init
from ._linear import Linear
from ._module import Module
from .parameter import Parameter


def merge_masks(attn_mask: Tensor | None, key_padding_mask: Tensor | None) -> Tensor | None:
    """One mask of (N, heads or 1, L or 1, S): bool (True: may attend), or a float that is added.

    attn_mask (..., L, S) and key_padding_mask (N, 1, 1, S) are PyTorch's: bool says who may not.
    """
    masks = [mask for mask in (attn_mask, key_padding_mask) if mask is not None]
    if not masks:
        return None
    if all(mask.dtype == taeda_tensor.bool for mask in masks):
        merged = ~masks[0]
        for mask in masks[1:]:
            merged = merged & ~mask
        return merged
    dtype = next(mask.dtype for mask in masks if mask.dtype != taeda_tensor.bool)
    floats = [
        zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(mask, float("-inf"))
        if mask.dtype == taeda_tensor.bool
        else mask
        for mask in masks
    ]
    return floats[0] if len(floats) == 1 else floats[0] + floats[1]


class MultiheadAttention(Module):
    """Attention of several heads, each on its own part of the projected query, key and value.

    concat(head_1, ..., head_h) W_o with head_i = softmax(q_i k_i^T / sqrt(E / h)) v_i (Vaswani et
    al., 2017).

    Query (L, N, E), key (S, N, kdim) and value (S, N, vdim), with `batch_first` (N, L, E) and so
    on, or without N. Returns the result like the query, and the weights (N, L, S), the mean of the
    heads, or (N, h, L, S) without `average_attn_weights`; None without `need_weights`, which is
    faster. `key_padding_mask` (N, S) and `attn_mask` (L, S) or (N h, L, S) are bool (True: may not
    attend) or a float that is added. AssertionError and RuntimeError for sizes that do not fit.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import MultiheadAttention
    >>> x = tt.zeros(5, 2, 8)
    >>> result, weights = MultiheadAttention(8, 4)(x, x, x)
    >>> tuple(result.shape), tuple(weights.shape)
    ((5, 2, 8), (2, 5, 5))
    """

    in_proj_weight: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                "embed_dim and num_heads must be greater than 0, "
                f"got embed_dim={embed_dim} and num_heads={num_heads} instead"
            )
        if embed_dim % num_heads != 0:
            raise AssertionError("embed_dim must be divisible by num_heads")
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        self.add_zero_attn = add_zero_attn
        same = self.kdim == embed_dim and self.vdim == embed_dim
        kinds: dict[str, Any] = {"device": device, "dtype": dtype}
        for name, columns, wanted in (
            ("q_proj_weight", embed_dim, not same),
            ("k_proj_weight", self.kdim, not same),
            ("v_proj_weight", self.vdim, not same),
            ("in_proj_weight", embed_dim, same),
        ):
            rows = 3 * embed_dim if name == "in_proj_weight" else embed_dim
            value = Parameter(empty((rows, columns), **kinds)) if wanted else None
            self.register_parameter(name, value)
        value = Parameter(empty(3 * embed_dim, **kinds)) if bias else None
        self.register_parameter("in_proj_bias", value)
        self.out_proj = Linear(embed_dim, embed_dim, bias=bias, **kinds)
        for name in ("bias_k", "bias_v"):
            value = Parameter(empty((1, 1, embed_dim), **kinds)) if add_bias_kv else None
            self.register_parameter(name, value)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        """Draws the weights anew (Glorot and Bengio, 2010) and sets the biases to zero."""
        for weight in (
            self.in_proj_weight,
            self.q_proj_weight,
            self.k_proj_weight,
            self.v_proj_weight,
        ):
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
            assert self.out_proj.bias is not None
            init.zeros_(self.out_proj.bias)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                init.xavier_normal_(bias)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        self._check(query, key, value, key_padding_mask)
        if is_causal and attn_mask is None:
            raise RuntimeError(
                "MultiheadAttention: is_causal=True says what attn_mask is: give the mask too"
            )
        unbatched = query.dim() == 2
        same_query_key, same_key_value = key is query, value is key
        if unbatched:
            query = query.unsqueeze(0)
            key = query if same_query_key else key.unsqueeze(0)
            value = key if same_key_value else value.unsqueeze(0)
            if key_padding_mask is not None:
                key_padding_mask = key_padding_mask.unsqueeze(0)
        elif not self.batch_first:
            query = query.transpose(0, 1)
            key = query if same_query_key else key.transpose(0, 1)
            value = key if same_key_value else value.transpose(0, 1)
        # From here on (N, L, E).
        batch, length = query.shape[0], query.shape[1]
        query, key, value = self._project(query, key, value)
        key, value, padded = self._extend(key, value)
        query, key, value = (
            x.view(x.shape[0], x.shape[1], self.num_heads, self.head_dim).transpose(1, 2)
            for x in (query, key, value)
        )
        mask = self._mask(attn_mask, key_padding_mask, batch, padded)
        dropout = self.dropout if self.training else 0.0
        weights: Tensor | None = None
        if need_weights:
            scores = query * self.head_dim**-0.5 @ key.transpose(-2, -1)
            if mask is not None:
                blocked = mask.dtype == taeda_tensor.bool
                scores = scores.masked_fill(~mask, float("-inf")) if blocked else scores + mask
            weights = scores.softmax(-1)
            result = F.dropout(weights, dropout) @ value
            if average_attn_weights:
                weights = weights.mean(1)
        else:
            # A causal mask alone needs not be read.
            causal = is_causal and key_padding_mask is None and not padded
            result = F.scaled_dot_product_attention(
                query, key, value, None if causal else mask, dropout, causal
            )
        result = result.transpose(1, 2).reshape(batch, length, self.embed_dim)
        result = self.out_proj(result)
        if unbatched:
            return result.squeeze(0), None if weights is None else weights.squeeze(0)
        return result if self.batch_first else result.transpose(0, 1), weights

    def _check(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None
    ) -> None:
        if query.dim() not in (2, 3):
            raise AssertionError(
                f"query should be unbatched 2D or batched 3D tensor but received {query.dim()}-D "
                "query tensor"
            )
        if key.dim() != query.dim() or value.dim() != query.dim():
            raise AssertionError(
                f"For {query.dim()}-D `query`, expected `key` and `value` to be {query.dim()}-D "
                f"but found {key.dim()}-D and {value.dim()}-D tensors respectively"
            )
        if key_padding_mask is not None and key_padding_mask.dim() != query.dim() - 1:
            raise AssertionError(
                f"For {query.dim()}-D `query`, expected `key_padding_mask` to be "
                f"{query.dim() - 1}-D but found {key_padding_mask.dim()}-D tensor instead"
            )
        for name, tensor, width in (
            ("query", query, self.embed_dim),
            ("key", key, self.kdim),
            ("value", value, self.vdim),
        ):
            if tensor.shape[-1] != width:
                raise AssertionError(
                    f"was expecting {name} dimension of {width}, but got {tensor.shape[-1]}"
                )

    def _project(self, query: Tensor, key: Tensor, value: Tensor) -> list[Tensor]:
        width, weight, bias = self.embed_dim, self.in_proj_weight, self.in_proj_bias
        if weight is None:
            biases = (None,) * 3 if bias is None else bias.chunk(3)
            weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
            inputs = (query, key, value)
            return [
                linear(x, w, b)
                for x, w, b in zip(inputs, weights, biases, strict=True)
                if w is not None
            ]
        if query is key and key is value:
            return list(linear(query, weight, bias).split(width, -1))
        if key is value:
            first_bias, rest_bias = (None, None) if bias is None else bias.split([width, 2 * width])
            first, rest = weight.split([width, 2 * width])
            keys_values = linear(key, rest, rest_bias).split(width, -1)
            return [linear(query, first, first_bias), *keys_values]
        biases = (None,) * 3 if bias is None else bias.chunk(3)
        triples = zip((query, key, value), weight.chunk(3), biases, strict=True)
        return [linear(x, w, b) for x, w, b in triples]

    def _extend(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, int]:
        """Keys and values with the learned ones and zeros appended, and how many these are."""
        added = 0
        if self.bias_k is not None and self.bias_v is not None:
            shape = (key.shape[0], 1, self.embed_dim)
            key = cat([key, self.bias_k.expand(shape)], 1)
            value = cat([value, self.bias_v.expand(shape)], 1)
            added += 1
        if self.add_zero_attn:
            nothing = key.new_zeros(key.shape[0], 1, self.embed_dim)
            key, value = cat([key, nothing], 1), cat([value, nothing], 1)
            added += 1
        return key, value, added

    def _mask(
        self,
        attn_mask: Tensor | None,
        key_padding_mask: Tensor | None,
        batch: int,
        padded: int,
    ) -> Tensor | None:
        if attn_mask is not None:
            if attn_mask.dim() == 3:
                attn_mask = attn_mask.view(batch, self.num_heads, *attn_mask.shape[1:])
            elif attn_mask.dim() != 2:
                raise RuntimeError(
                    f"attn_mask's dimension {attn_mask.dim()} is not supported; give 2 or 3"
                )
        if key_padding_mask is not None:
            key_padding_mask = key_padding_mask[:, None, None, :]
        if padded:
            attn_mask = None if attn_mask is None else F.pad(attn_mask, (0, padded))
            if key_padding_mask is not None:
                key_padding_mask = F.pad(key_padding_mask, (0, padded))
        return merge_masks(attn_mask, key_padding_mask)
