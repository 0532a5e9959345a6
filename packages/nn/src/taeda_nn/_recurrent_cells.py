"""RNNCell, LSTMCell and GRUCell: one step."""

from __future__ import annotations

import math
from typing import Any

from taeda_tensor import Tensor, empty, zeros

from . import init
from ._module import Module
from ._recurrent_base import GATES, project, run
from .parameter import Parameter


class RNNCellBase(Module):
    """What the cells share: parameters and one step of the layer of the same kind."""

    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        bias: bool,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = GATES[mode] * hidden_size
        self.weight_ih = Parameter(empty((rows, input_size), device=device, dtype=dtype))
        self.weight_hh = Parameter(empty((rows, hidden_size), device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            parameter = Parameter(empty(rows, device=device, dtype=dtype)) if bias else None
            self.register_parameter(name, parameter)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws all parameters uniform in +-1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0.0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        if nonlinearity != "tanh":
            text += f", nonlinearity={nonlinearity}"
        return text

    def _step(self, input: Tensor, states: list[Tensor] | None) -> list[Tensor]:
        name = type(self).__name__
        if input.dim() not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"{name}: the input must have {self.input_size} columns, got {input.shape}"
            )
        rows = input if input.dim() == 2 else input.unsqueeze(0)
        shape = (rows.shape[0], self.hidden_size)
        for state in states or ():
            if state.dim() != input.dim():
                raise ValueError(
                    f"{name}: Expected hx to be {input.dim()}D like the input, got {state.dim()}D"
                    " instead"
                )
            if state.numel() != shape[0] * shape[1]:
                raise RuntimeError(
                    f"{name}: hx must have the shape {shape if input.dim() == 2 else shape[1:]}, "
                    f"got {tuple(state.shape)}"
                )
        if states is None:
            count = 2 if self.mode == "LSTM" else 1
            states = [zeros(shape, dtype=input.dtype, device=input.device)] * count
        mine = [state.reshape(shape) for state in states]
        projected = project(self.mode, rows, self.weight_ih, self.bias_ih, self.bias_hh)
        cell = mine[1] if len(mine) == 2 else None
        _, (hidden, cell) = run(
            self.mode, projected, (mine[0], cell), self.weight_hh, self.bias_hh, [shape[0]]
        )
        after = [hidden] if cell is None else [hidden, cell]
        return after if input.dim() == 2 else [state.squeeze(0) for state in after]


class RNNCell(RNNCellBase):
    """One step of RNN: h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu.

    Input (N, I) or (I), state (N, H) or (H), zero where it is left out; returns the new state.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import RNNCell
    >>> tuple(RNNCell(3, 5)(tt.zeros(4, 3)).shape)
    (4, 5)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {nonlinearity}; choose tanh or relu")
        mode = f"RNN_{nonlinearity.upper()}"
        super().__init__(mode, input_size, hidden_size, bias, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return self._step(input, None if hx is None else [hx])[0]


class LSTMCell(RNNCellBase):
    """One step of LSTM, with its formulas.

    Input (N, I) or (I), state (h, c) of (N, H) or (H) each, zero where it is left out; returns the
    new (h, c).

    >>> import taeda_tensor as tt
    >>> from taeda_nn import LSTMCell
    >>> hidden, cell = LSTMCell(3, 5)(tt.zeros(4, 3))
    >>> tuple(hidden.shape), tuple(cell.shape)
    ((4, 5), (4, 5))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__("LSTM", input_size, hidden_size, bias, device, dtype)

    def forward(
        self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        hidden, cell = self._step(input, None if hx is None else list(hx))
        return hidden, cell


class GRUCell(RNNCellBase):
    """One step of GRU, with its formulas.

    Input (N, I) or (I), state (N, H) or (H), zero where it is left out; returns the new state.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import GRUCell
    >>> tuple(GRUCell(3, 5)(tt.zeros(4, 3)).shape)
    (4, 5)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__("GRU", input_size, hidden_size, bias, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return self._step(input, None if hx is None else [hx])[0]
