"""MultiheadAttention and the transformer modules beside PyTorch's: state, results, gradients."""

import numpy as np
import pytest

import taeda_autograd  # noqa: F401  (gradients)
import taeda_nn as nn
import taeda_tensor as tt

torch = pytest.importorskip("torch")


def pair(name, *args, **options):
    """Both libraries' module in double precision, with PyTorch's parameters."""
    ours = getattr(nn, name)(*args, **options).double()
    theirs = getattr(torch.nn, name)(*args, **options).double()
    state = {key: value.numpy() for key, value in theirs.state_dict().items()}
    assert list(ours.state_dict()) == list(state)
    random = np.random.default_rng(0)
    # Biases start at zero.
    state = {key: value + 0.1 * random.standard_normal(value.shape) for key, value in state.items()}
    ours.load_state_dict({key: tt.tensor(value) for key, value in state.items()})
    theirs.load_state_dict({key: torch.tensor(value) for key, value in state.items()})
    return ours, theirs


def compare(models, arrays, **options):
    """Results, and gradients of inputs and parameters; arrays that are bool or masks stay apart."""
    everything = []
    for library, model in zip((tt, torch), models, strict=True):
        inputs = [library.tensor(array).requires_grad_() for array in arrays]
        rest = {
            key: library.tensor(value) if isinstance(value, np.ndarray) else value
            for key, value in options.items()
        }
        results = model(*inputs, **rest)
        results = results if isinstance(results, tuple) else (results,)
        results = [result for result in results if result is not None]
        sum((result**2).sum() for result in results).backward()
        grads = [x.grad for x in inputs] + [p.grad for p in model.parameters()]
        everything.append(results + [grad for grad in grads if grad is not None])
    for a, b in zip(*everything, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-8, atol=1e-10)


def arrays_of(*shapes):
    random = np.random.default_rng(1)
    return [random.standard_normal(shape) for shape in shapes]


CAUSAL = np.triu(np.full((5, 5), -np.inf), 1)
PADDING = np.array([[False] * 7, [False] * 4 + [True] * 3, [False] * 6 + [True]])
BLOCKED = np.random.default_rng(2).random((5, 7)) < 0.3


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"batch_first": True},
        {"bias": False},
        {"kdim": 6, "vdim": 10},
        {"add_bias_kv": True, "add_zero_attn": True},
    ],
    ids=lambda options: next(iter(options), "plain"),
)
def test_multihead_attention(options, need_weights):
    models = pair("MultiheadAttention", 8, 2, **options)
    shapes = [(5, 3, 8), (7, 3, options.get("kdim", 8)), (7, 3, options.get("vdim", 8))]
    if "batch_first" in options:
        shapes = [(n, length, width) for length, n, width in shapes]
    arrays = arrays_of(*shapes)
    for masks in [
        {},
        {"key_padding_mask": PADDING},
        {"attn_mask": BLOCKED},
        {"attn_mask": np.random.default_rng(3).standard_normal((6, 5, 7))},
        {"attn_mask": BLOCKED, "key_padding_mask": PADDING},
        {"average_attn_weights": False},
    ]:
        compare(models, arrays, need_weights=need_weights, **masks)


def test_multihead_attention_of_one_sequence():
    models = pair("MultiheadAttention", 8, 4)
    compare(models, arrays_of((5, 8), (7, 8), (7, 8)), key_padding_mask=PADDING[1])
    for library, model in zip((tt, torch), models, strict=True):
        x = library.tensor(arrays_of((5, 3, 8))[0])
        result, weights = model(
            x, x, x, need_weights=False, attn_mask=library.tensor(CAUSAL), is_causal=True
        )
        assert weights is None
        full, _ = model(x, x, x, attn_mask=library.tensor(CAUSAL))
        np.testing.assert_allclose(result.detach().numpy(), full.detach().numpy(), rtol=1e-10)


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_layers(activation, norm_first):
    options = {"activation": activation, "norm_first": norm_first, "dropout": 0.0}
    models = pair("TransformerEncoderLayer", 8, 2, 16, **options)
    compare(models, arrays_of((5, 3, 8)), src_mask=CAUSAL, is_causal=True)
    compare(models, arrays_of((7, 3, 8)), src_key_padding_mask=PADDING)
    models = pair("TransformerDecoderLayer", 8, 2, 16, batch_first=True, **options)
    compare(models, arrays_of((3, 5, 8), (3, 7, 8)), tgt_mask=CAUSAL, memory_mask=BLOCKED)


@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True")
def test_transformer():
    models = pair("Transformer", 8, 2, 2, 1, 16, dropout=0.0)
    mask = nn.Transformer.generate_square_subsequent_mask(5)
    np.testing.assert_array_equal(mask.numpy(), CAUSAL)
    compare(
        models,
        arrays_of((7, 3, 8), (5, 3, 8)),
        tgt_mask=CAUSAL,
        src_key_padding_mask=PADDING,
        memory_key_padding_mask=PADDING,
    )
    for model in models:
        model.eval()
    arrays = arrays_of((7, 3, 8), (5, 3, 8))
    ours = models[0](*map(tt.tensor, arrays)).detach().numpy()
    theirs = models[1](*map(torch.tensor, arrays)).detach().numpy()
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-11)


def test_initial_values():
    for name, args in [("MultiheadAttention", (64, 4)), ("TransformerEncoderLayer", (64, 4, 128))]:
        ours, theirs = getattr(nn, name)(*args), getattr(torch.nn, name)(*args)
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert tuple(a.shape) == tuple(b.shape)
            # Thousands of uniform draws: their deviation is known to a few percent.
            a_std = a.detach().numpy().std()
            np.testing.assert_allclose(a_std, b.detach().numpy().std(), rtol=0.3, atol=1e-8)
