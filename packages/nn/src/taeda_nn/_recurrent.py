"""RNN, LSTM and GRU over whole sequences."""

from __future__ import annotations

from typing import Any

from taeda_tensor import Tensor

from ._recurrent_base import RNNBase


class RNN(RNNBase):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu with nonlinearity="relu", step by step.

    Input (L, N, I), (N, L, I) with `batch_first`, (L, I) or a PackedSequence; an initial state
    (layers * directions, N, H), zero where it is left out. Returns the states of the last layer
    (L, N, directions * H) and the last state of each layer. Parameters start uniform in
    +-1 / sqrt(H). ValueError and RuntimeError for sizes that do not fit.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import RNN
    >>> output, last = RNN(3, 5, num_layers=2)(tt.zeros(7, 4, 3))
    >>> tuple(output.shape), tuple(last.shape)
    ((7, 4, 5), (2, 4, 5))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(
                f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'."
            )
        super().__init__(
            f"RNN_{nonlinearity.upper()}",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device=device,
            dtype=dtype,
        )
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        output, last = self._run(input, None if hx is None else [hx])
        return output, last[0]


class LSTM(RNNBase):
    """i, f, g, o = W_ih x + b_ih + W_hh h + b_hh;  c' = s(f) c + s(i) tanh(g);  h' = s(o) tanh(c').

    Input (L, N, I), (N, L, I) with `batch_first`, (L, I) or a PackedSequence; an initial (h, c) of
    (layers * directions, N, H) each, zero where it is left out. Returns the states h of the last
    layer (L, N, directions * H) and the last (h, c) of each layer (Hochreiter and Schmidhuber,
    1997). ValueError and RuntimeError for sizes that do not fit.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import LSTM
    >>> output, (hidden, cell) = LSTM(3, 5, bidirectional=True)(tt.zeros(7, 4, 3))
    >>> tuple(output.shape), tuple(cell.shape)
    ((7, 4, 10), (2, 4, 5))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            "LSTM",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size,
            device,
            dtype,
        )

    def forward(
        self, input: Any, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Any, tuple[Tensor, Tensor]]:
        output, last = self._run(input, None if hx is None else list(hx))
        return output, (last[0], last[1])


class GRU(RNNBase):
    """A recurrent layer with a reset and an update gate (Cho et al., 2014).

    r, z = s(W x + b + U h + d);  n = tanh(W_n x + b_n + r (U_n h + d_n));  h' = (1 - z) n + z h

    Input (L, N, I), (N, L, I) with `batch_first`, (L, I) or a PackedSequence; an initial state
    (layers * directions, N, H), zero where it is left out. Returns the states of the last layer
    (L, N, directions * H) and the last state of each layer. ValueError and RuntimeError for sizes
    that do not fit.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import GRU
    >>> output, last = GRU(3, 5, batch_first=True)(tt.zeros(4, 7, 3))
    >>> tuple(output.shape), tuple(last.shape)
    ((4, 7, 5), (1, 4, 5))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            "GRU",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device=device,
            dtype=dtype,
        )

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        output, last = self._run(input, None if hx is None else [hx])
        return output, last[0]
