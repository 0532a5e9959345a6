"""RNN, LSTM and GRU beside PyTorch's: printing, state, outputs and gradients."""

import itertools

import numpy as np
import pytest

import taeda_autograd  # noqa: F401  (gradients)
import taeda_nn as nn
import taeda_tensor as tt

torch = pytest.importorskip("torch")

KINDS = [("LSTM", {}), ("GRU", {}), ("RNN", {}), ("RNN", {"nonlinearity": "relu"})]
LENGTHS = [1, 4, 3, 6, 2, 5, 5]


def close(ours, theirs):
    np.testing.assert_allclose(
        ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-9, atol=1e-11
    )


def same_state(ours, theirs):
    state = {name: value.numpy() for name, value in theirs.state_dict().items()}
    assert list(ours.state_dict()) == list(state)
    ours.load_state_dict({name: tt.tensor(value) for name, value in state.items()})


@pytest.mark.parametrize(("kind", "more"), KINDS)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("given", [False, True])
def test_layers(kind, more, packed, given):
    random = np.random.default_rng(0)
    for layers, both_ways, batch_first, bias in itertools.product((1, 2), *[(False, True)] * 3):
        options = {
            "num_layers": layers,
            "bidirectional": both_ways,
            "batch_first": batch_first,
            "bias": bias,
            **more,
        }
        ours = getattr(nn, kind)(5, 9, **options).double()
        theirs = getattr(torch.nn, kind)(5, 9, **options).double()
        assert repr(ours) == repr(theirs)
        same_state(ours, theirs)
        batch = 7 if batch_first else 6
        states = [random.standard_normal(((2 if both_ways else 1) * layers, batch, 9))] * 2
        input_array = random.standard_normal((7, 6, 5))
        results = []
        for library, rnn_utils, model in (
            (tt, nn.utils.rnn, ours),
            (torch, torch.nn.utils.rnn, theirs),
        ):
            x = library.tensor(input_array).requires_grad_()
            initial = [library.tensor(state).requires_grad_() for state in states]
            state = tuple(initial) if kind == "LSTM" else initial[0]
            sequences = x
            if packed:
                sequences = rnn_utils.pack_padded_sequence(
                    x, LENGTHS[:batch], batch_first=batch_first, enforce_sorted=False
                )
            output, last = model(sequences, state) if given else model(sequences)
            if packed:
                output, _ = rnn_utils.pad_packed_sequence(output, batch_first=batch_first)
            lasts = list(last) if kind == "LSTM" else [last]
            (output.square().sum() + sum((y**3).sum() for y in lasts)).backward()
            grads = [x.grad, *(p.grad for p in model.parameters())]
            if given:
                grads += [y.grad for y in initial[: len(lasts)]]
            results.append([output, *lasts, *grads])
        for a, b in zip(*results, strict=True):
            close(a, b)


@pytest.mark.parametrize(("kind", "more"), KINDS)
def test_cells(kind, more):
    random = np.random.default_rng(1)
    for bias in (True, False):
        ours = getattr(nn, f"{kind}Cell")(5, 9, bias=bias, **more).double()
        theirs = getattr(torch.nn, f"{kind}Cell")(5, 9, bias=bias, **more).double()
        assert repr(ours) == repr(theirs)
        same_state(ours, theirs)
        for shape in [(3, 5), (5,)]:
            x, h, c = (random.standard_normal((*shape[:-1], n)) for n in (5, 9, 9))
            for states in (None, (h, c)):
                results = []
                for library, model in ((tt, ours), (torch, theirs)):
                    state = states and [library.tensor(s) for s in states]
                    if state and kind != "LSTM":
                        state = state[0]
                    result = model(library.tensor(x), state)
                    results.append(result if kind == "LSTM" else [result])
                for a, b in zip(*results, strict=True):
                    close(a, b)


def test_dropout_between_layers_only():
    model = nn.LSTM(3, 4, num_layers=2, dropout=1.0)
    output, (hidden, _) = model(tt.randn(5, 2, 3))
    model.eval()
    assert not np.array_equal(output.detach().numpy(), model(tt.randn(5, 2, 3))[0].detach().numpy())
    assert hidden.shape == (2, 2, 4)


@pytest.mark.parametrize("batch_first", [False, True])
def test_sequences(batch_first):
    arrays = [np.arange(n * 2.0).reshape(n, 2) + n for n in (3, 1, 4)]
    results = []
    for library, rnn in ((tt, nn.utils.rnn), (torch, torch.nn.utils.rnn)):
        sequences = [library.tensor(array) for array in arrays]
        padded = rnn.pad_sequence(sequences, batch_first, -1.0)
        packed = rnn.pack_sequence(sequences, enforce_sorted=False)
        again, lengths = rnn.pad_packed_sequence(packed, batch_first, 9.0, 5)
        results.append([padded, *packed, again, lengths, *rnn.unpack_sequence(packed)])
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
