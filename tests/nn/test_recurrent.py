"""What recurrent layers and packed sequences refuse, and what no other library checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import taeda_nn as nn
import taeda_tensor as tt
from taeda_nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_a_layer_is_its_cell_step_by_step(kind: Any) -> None:
    layer = kind(3, 6)
    cell = getattr(nn, f"{kind.__name__}Cell")(3, 6)
    cell.load_state_dict({k.removesuffix("_l0"): v for k, v in layer.state_dict().items()})
    x = tt.randn(5, 4, 3)
    state = None
    for i in range(5):
        state = cell(x[i], state)
    last = layer(x)[1]
    for a, b in zip(state, last, strict=True) if kind is nn.LSTM else [(state, last)]:
        np.testing.assert_array_equal(a.detach().numpy(), b[0].detach().numpy())


@pytest.mark.parametrize("dtype", [tt.float16, tt.bfloat16])
def test_half_precision(dtype: tt.dtype) -> None:
    layer = nn.LSTM(3, 6).to(dtype)
    output, (hidden, cell) = layer(tt.randn(5, 4, 3).to(dtype))
    assert {output.dtype, hidden.dtype, cell.dtype} == {dtype}


def test_packed_sequences_convert() -> None:
    packed = pack_padded_sequence(tt.ones(3, 2), [3, 1])
    assert isinstance(packed, PackedSequence)
    assert packed.to(tt.float64).data.dtype is tt.float64
    assert not packed.is_cuda
    assert pad_packed_sequence(packed)[0].tolist() == [[1, 1], [1, 0], [1, 0]]


def test_unbatched_input() -> None:
    layer = nn.GRU(3, 6, num_layers=2)
    x = tt.randn(5, 3)
    output, last = layer(x)
    wide, wide_last = layer(x.unsqueeze(1))
    np.testing.assert_array_equal(output.detach().numpy(), wide[:, 0].detach().numpy())
    np.testing.assert_array_equal(last.detach().numpy(), wide_last[:, 0].detach().numpy())


def test_dropout_without_a_next_layer_warns() -> None:
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last"):
        nn.GRU(3, 4, dropout=0.5)


LSTM = nn.LSTM(3, 4)
X = tt.ones(5, 2, 3)
H = tt.ones(1, 2, 4)


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: nn.LSTM(3, 0), "hidden_size must be greater than zero"),
        (TypeError, lambda: nn.LSTM(3, 1.5), "hidden_size should be of type int"),
        (ValueError, lambda: nn.LSTM(3, 4, 0), "num_layers must be greater than zero"),
        (ValueError, lambda: nn.LSTM(3, 4, dropout=2), r"dropout should be a number in range"),
        (ValueError, lambda: nn.RNN(3, 4, nonlinearity="sin"), "Unknown nonlinearity 'sin'"),
        (ValueError, lambda: nn.RNNBase("SRU", 3, 4), "Unrecognized RNN mode: SRU"),
        (NotImplementedError, lambda: nn.LSTM(3, 4, proj_size=2), "apply a Linear to the output"),
        (ValueError, lambda: LSTM(X[0, 0]), "Expected input to be 2D or 3D, got 1D"),
        (RuntimeError, lambda: LSTM(X[..., :2]), "Expected 3, got 2"),
        (RuntimeError, lambda: LSTM(X, (H[0], H[0])), "hx should also be 3-D but got 2-D"),
        (RuntimeError, lambda: LSTM(X[0], (H, H)), "hx should also be 2-D but got 3-D"),
        (RuntimeError, lambda: LSTM(X, (H, H[:, :1])), r"Expected hidden\[1\] size \(1, 2, 4\)"),
        (RuntimeError, lambda: nn.RNNCell(3, 4, nonlinearity="sin"), "Unknown nonlinearity"),
        (ValueError, lambda: nn.LSTMCell(3, 4)(X), "Expected input to be 1D or 2D, got 3D"),
        (RuntimeError, lambda: nn.GRUCell(2, 4)(X[0]), "must have 2 columns"),
        (ValueError, lambda: nn.GRUCell(3, 4)(X[0], H), "Expected hx to be 2D"),
        (RuntimeError, lambda: nn.GRUCell(3, 4)(X[0], H[0, :1]), "hx must have the shape"),
        (RuntimeError, lambda: pack_padded_sequence(X, [5]), "len"),
        (RuntimeError, lambda: pack_padded_sequence(X, [6, 1]), "between 1 and 5, got"),
        (RuntimeError, lambda: pack_padded_sequence(X, [1, 5]), "sorted in decreasing order"),
        (ValueError, lambda: PackedSequence(X), "batch_sizes is needed"),
    ],
)
def test_errors(error: type[Exception], call: Callable[[], Any], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
