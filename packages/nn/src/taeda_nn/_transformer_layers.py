"""The layers of transformers: attention and linear layers, each added to its input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from taeda_tensor import Tensor

from . import functional as F
from ._attention import MultiheadAttention
from ._linear import Linear
from ._module import Module
from ._normalization import LayerNorm
from ._shape import Dropout

Activation = Callable[[Tensor], Tensor]


def _activation(name: str | Activation) -> Activation:
    if not isinstance(name, str):
        return name
    known: dict[str, Activation] = {"relu": F.relu, "gelu": F.gelu}
    if name not in known:
        raise RuntimeError(f"activation should be relu/gelu, not {name}")
    return known[name]


class TransformerEncoderLayer(Module):
    """Self-attention and two linear layers, each added to its input and normalised.

    x = norm1(x + attention(x)); x = norm2(x + linear2(activation(linear1(x)))), or with
    `norm_first` the norms are of the inputs of the two parts (Vaswani et al., 2017). Source
    (S, N, E), (N, S, E) with `batch_first`, or (S, E).

    >>> import taeda_tensor as tt
    >>> from taeda_nn import TransformerEncoderLayer
    >>> tuple(TransformerEncoderLayer(8, 2)(tt.zeros(5, 3, 8)).shape)
    (5, 3, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        kinds: dict[str, Any] = {"device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, **kinds
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias, **kinds)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, **kinds)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **kinds)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **kinds)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = _activation(activation)

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        x = src
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x), src_mask, src_key_padding_mask, is_causal)
            return x + self._ff_block(self.norm2(x))
        x = self.norm1(x + self._sa_block(x, src_mask, src_key_padding_mask, is_causal))
        result: Tensor = self.norm2(x + self._ff_block(x))
        return result

    def _sa_block(
        self,
        x: Tensor,
        attn_mask: Tensor | None,
        key_padding_mask: Tensor | None,
        is_causal: bool,
    ) -> Tensor:
        attended, _ = self.self_attn(
            x, x, x, key_padding_mask, False, attn_mask, is_causal=is_causal
        )
        result: Tensor = self.dropout1(attended)
        return result

    def _ff_block(self, x: Tensor) -> Tensor:
        hidden = self.dropout(self.activation(self.linear1(x)))
        result: Tensor = self.dropout2(self.linear2(hidden))
        return result


class TransformerDecoderLayer(Module):
    """Self-attention, attention to a memory and two linear layers, each added and normalised.

    Target (T, N, E) and memory (S, N, E), (N, T, E) and (N, S, E) with `batch_first`, or without N
    (Vaswani et al., 2017).

    >>> import taeda_tensor as tt
    >>> from taeda_nn import TransformerDecoderLayer
    >>> tuple(TransformerDecoderLayer(8, 2)(tt.zeros(5, 3, 8), tt.zeros(7, 3, 8)).shape)
    (5, 3, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        kinds: dict[str, Any] = {"device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, **kinds
        )
        self.multihead_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, **kinds
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias, **kinds)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, **kinds)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **kinds)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **kinds)
        self.norm3 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **kinds)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = _activation(activation)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        def attend(x: Tensor) -> Tensor:
            attended, _ = self.self_attn(
                x, x, x, tgt_key_padding_mask, False, tgt_mask, is_causal=tgt_is_causal
            )
            result: Tensor = self.dropout1(attended)
            return result

        def look(x: Tensor) -> Tensor:
            attended, _ = self.multihead_attn(
                x,
                memory,
                memory,
                memory_key_padding_mask,
                False,
                memory_mask,
                is_causal=memory_is_causal,
            )
            result: Tensor = self.dropout2(attended)
            return result

        x = tgt
        if self.norm_first:
            x = x + attend(self.norm1(x))
            x = x + look(self.norm2(x))
            return x + self._ff_block(self.norm3(x))
        x = self.norm1(x + attend(x))
        x = self.norm2(x + look(x))
        result: Tensor = self.norm3(x + self._ff_block(x))
        return result

    def _ff_block(self, x: Tensor) -> Tensor:
        hidden = self.dropout(self.activation(self.linear1(x)))
        result: Tensor = self.dropout3(self.linear2(hidden))
        return result
