"""What RNN, LSTM and GRU share: parameters, and the way of sequences through the layers."""

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any

import taeda_tensor
from taeda_tensor import Tensor, cat, empty, linear, recurrence, stack, zeros

from . import functional as F, init
from ._module import Module
from .parameter import Parameter
from .utils.rnn import PackedSequence

GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}

State = tuple[Tensor, Tensor | None]


def project(mode: str, rows: Tensor, weight: Tensor, *biases: Tensor | None) -> Tensor:
    """What the input adds to each step. A GRU's reset gate scales its second bias: it stays out."""
    first, second = biases
    if first is not None and second is not None and mode != "GRU":
        first = first + second
    return linear(rows, weight, first)


def run(
    mode: str,
    projected: Tensor,
    state: State,
    weight: Tensor,
    bias: Tensor | None,
    sizes: list[int],
    by_sequence: bool = False,
    reverse: bool = False,
) -> tuple[Tensor, State]:
    """One layer in one direction; half precision computes in float32."""
    hidden, cell = state
    own_bias = bias if mode == "GRU" else None
    dtype = projected.dtype
    if dtype in (taeda_tensor.float16, taeda_tensor.bfloat16):
        projected, hidden, weight = projected.float(), hidden.float(), weight.float()
        cell = None if cell is None else cell.float()
        own_bias = None if own_bias is None else own_bias.float()
    rows, hidden, cell = recurrence(
        mode, projected, hidden, cell, weight, own_bias, sizes, by_sequence, reverse
    )
    return rows.to(dtype), (hidden.to(dtype), None if cell is None else cell.to(dtype))


class RNNBase(Module):
    """What RNN, LSTM and GRU share: layers, directions, parameters and the way through them."""

    def __init__(
        self,
        mode: str,
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
        super().__init__()
        if mode not in GATES:
            raise ValueError(f"Unrecognized RNN mode: {mode}; choose one of {', '.join(GATES)}")
        if not isinstance(dropout, numbers.Number) or isinstance(dropout, bool):
            raise ValueError(f"dropout should be a number in range [0, 1], got {dropout!r}")
        if not 0 <= dropout <= 1:
            raise ValueError(f"dropout should be a number in range [0, 1], got {dropout}")
        if not isinstance(hidden_size, int):
            raise TypeError(f"hidden_size should be of type int, got: {type(hidden_size).__name__}")
        if hidden_size <= 0:
            raise ValueError(f"hidden_size must be greater than zero, got {hidden_size}")
        if num_layers <= 0:
            raise ValueError(f"num_layers must be greater than zero, got {num_layers}")
        if proj_size:
            raise NotImplementedError(
                f"{type(self).__name__}: {proj_size=} is not supported; leave it at 0 and apply a "
                "Linear to the output"
            )
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero "
                f"dropout expects num_layers greater than 1, but got dropout={dropout} and "
                f"num_layers={num_layers}",
                stacklevel=3,
            )
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        directions = 2 if bidirectional else 1
        rows = GATES[mode] * hidden_size
        for layer in range(num_layers):
            columns = input_size if layer == 0 else hidden_size * directions
            for suffix in self._suffixes(layer):
                shapes: dict[str, tuple[int, ...]] = {
                    "weight_ih": (rows, columns),
                    "weight_hh": (rows, hidden_size),
                }
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                for name, shape in shapes.items():
                    parameter = Parameter(empty(shape, device=device, dtype=dtype))
                    self.register_parameter(name + suffix, parameter)
        self.reset_parameters()

    def _suffixes(self, layer: int) -> list[str]:
        return [f"_l{layer}", f"_l{layer}_reverse"] if self.bidirectional else [f"_l{layer}"]

    def _weights(self, suffix: str) -> list[Parameter]:
        names = ["weight_ih", "weight_hh"] + ["bias_ih", "bias_hh"] * self.bias
        return [getattr(self, name + suffix) for name in names]

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        layers = range(self.num_layers)
        return [self._weights(suffix) for layer in layers for suffix in self._suffixes(layer)]

    def flatten_parameters(self) -> None:
        """Does nothing: parameters need not lie side by side."""

    def reset_parameters(self) -> None:
        """Draws all parameters uniform in +-1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        defaults = {
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0,
            "bidirectional": False,
        }
        for name, default in defaults.items():
            value = getattr(self, name)
            if value != default:
                text += f", {name}={value}"
        return text

    def _run(self, input: Any, states: list[Tensor] | None) -> tuple[Any, list[Tensor]]:
        """The output and the last states, from the initial ones: zeros where they are None."""
        if isinstance(input, PackedSequence):
            data, batch_sizes, sorted_indices, unsorted_indices = input
            self._check_width(data)
            sizes = [int(size) for size in batch_sizes.tolist()]
            states = self._initial(states, sizes[0], data)
            if sorted_indices is not None:
                states = [state.index_select(1, sorted_indices) for state in states]
            rows, states = self._run_layers(data, states, sizes)
            if unsorted_indices is not None:
                states = [state.index_select(1, unsorted_indices) for state in states]
            return PackedSequence(rows, batch_sizes, sorted_indices, unsorted_indices), states
        name = type(self).__name__
        if input.dim() not in (2, 3):
            raise ValueError(f"{name}: Expected input to be 2D or 3D, got {input.dim()}D instead")
        self._check_width(input)
        if input.dim() == 2:
            for state in states or ():
                if state.dim() != 2:
                    raise RuntimeError(
                        f"For unbatched 2-D input, hx should also be 2-D but got {state.dim()}-D"
                        " tensor"
                    )
            wide = [state.unsqueeze(1) for state in states] if states else None
            rows, last = self._run_layers(
                input, self._initial(wide, 1, input), [1] * input.shape[0]
            )
            return rows, [state.squeeze(1) for state in last]
        for state in states or ():
            if state.dim() != 3:
                raise RuntimeError(
                    f"For batched 3-D input, hx should also be 3-D but got {state.dim()}-D tensor"
                )
        outer = (input.shape[0], input.shape[1])
        batch, length = outer if self.batch_first else outer[::-1]
        rows = input.reshape(outer[0] * outer[1], input.shape[2])
        initial = self._initial(states, batch, input)
        rows, last = self._run_layers(rows, initial, [batch] * length, self.batch_first)
        return rows.reshape(*outer, rows.shape[1]), last

    def _check_width(self, input: Tensor) -> None:
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, "
                f"got {input.shape[-1]}"
            )

    def _initial(self, states: list[Tensor] | None, batch: int, input: Tensor) -> list[Tensor]:
        directions = 2 if self.bidirectional else 1
        shape = (self.num_layers * directions, batch, self.hidden_size)
        count = 2 if self.mode == "LSTM" else 1
        if states is None:
            return [zeros(shape, dtype=input.dtype, device=input.device)] * count
        for i, state in enumerate(states):
            if tuple(state.shape) != shape:
                place = f"hidden[{i}]" if count == 2 else "hidden"
                raise RuntimeError(f"Expected {place} size {shape}, got {list(state.shape)}")
        return states

    def _run_layers(
        self, rows: Tensor, states: list[Tensor], sizes: list[int], by_sequence: bool = False
    ) -> tuple[Tensor, list[Tensor]]:
        last: list[list[Tensor]] = [[] for _ in states]
        for layer in range(self.num_layers):
            outputs = []
            for direction, suffix in enumerate(self._suffixes(layer)):
                weight_ih, weight_hh, *biases = self._weights(suffix)
                bias_ih, bias_hh = biases or (None, None)
                projected = project(self.mode, rows, weight_ih, bias_ih, bias_hh)
                mine = [state[len(last[0])] for state in states]
                state: State = (mine[0], mine[1] if len(mine) == 2 else None)
                output, (hidden, cell) = run(
                    self.mode,
                    projected,
                    state,
                    weight_hh,
                    bias_hh,
                    sizes,
                    by_sequence,
                    reverse=direction == 1,
                )
                outputs.append(output)
                for kept, value in zip(last, (hidden, cell), strict=False):
                    assert value is not None
                    kept.append(value)
            rows = outputs[0] if len(outputs) == 1 else cat(outputs, 1)
            if self.dropout > 0 and layer + 1 < self.num_layers:
                rows = F.dropout(rows, self.dropout, self.training)
        return rows, [stack(values) for values in last]
