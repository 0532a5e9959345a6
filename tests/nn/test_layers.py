"""Layers and losses against NumPy, initial distributions, errors."""

import math

import numpy as np
import pytest

import taeda_nn as nn
import taeda_nn.functional as F
import taeda_tensor as tt

RNG = np.random.default_rng(0)


def array(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def tensor(values):
    return tt.from_numpy(np.ascontiguousarray(values))


def close(result, expected, tolerance=1e-5):
    np.testing.assert_allclose(result.detach().numpy(), expected, rtol=tolerance, atol=tolerance)


def convolve(x, w, b, stride, dilation):
    n, _, height, width = x.shape
    out, _, kh, kw = w.shape
    rows = (height - dilation * (kh - 1) - 1) // stride + 1
    columns = (width - dilation * (kw - 1) - 1) // stride + 1
    y = np.zeros((n, out, rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            part = x[
                :, :, top : top + dilation * kh : dilation, left : left + dilation * kw : dilation
            ]
            y[:, :, i, j] = np.einsum("ncij,ocij->no", part, w) + b
    return y


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize(("kernel", "dilation"), [(3, 1), (2, 1), (3, 2)])
def test_conv2d_same_padding(mode, kernel, dilation):
    x = array(2, 3, 6, 7)
    layer = nn.Conv2d(3, 4, kernel, padding="same", dilation=dilation, padding_mode=mode)
    total = dilation * (kernel - 1)
    sides = (total // 2, total - total // 2)
    names = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    padded = np.pad(x, [(0, 0), (0, 0), sides, sides], mode=names[mode])
    expected = convolve(
        padded, layer.weight.detach().numpy(), layer.bias.detach().numpy(), 1, dilation
    )
    close(layer(tensor(x)), expected)


def test_conv2d_stride_and_sizes():
    x = array(1, 2, 8, 8)
    layer = nn.Conv2d(2, 3, 3, stride=2, padding=1)
    padded = np.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)])
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    close(layer(tensor(x)), convolve(padded, weight, bias, 2, 1))
    valid = nn.Conv2d(2, 3, 3, padding="valid")
    assert tuple(valid(tensor(x)).shape) == (1, 3, 6, 6)


def test_linear_and_embedding():
    x, layer = array(5, 3), nn.Linear(3, 2)
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    close(layer(tensor(x)), x @ weight.T + bias)
    table = nn.Embedding(4, 3, padding_idx=-1)
    assert table.padding_idx == 3
    assert table.weight[3].tolist() == [0, 0, 0]
    index = np.array([[0, 3], [1, 1]])
    close(table(tensor(index)), table.weight.detach().numpy()[index])
    fixed = nn.Embedding.from_pretrained(tensor(x))
    assert not fixed.weight.requires_grad


def test_batch_norm_statistics():
    x = array(4, 3, 2, 5) * 3 + 1
    layer = nn.BatchNorm2d(3, momentum=0.25)
    mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3))
    shape = (1, 3, 1, 1)
    expected = (x - mean.reshape(shape)) / np.sqrt(variance.reshape(shape) + 1e-5)
    close(layer(tensor(x)), expected, 1e-4)
    count = x.size / 3
    close(layer.running_mean, 0.25 * mean, 1e-4)
    close(layer.running_var, 0.75 + 0.25 * variance * count / (count - 1), 1e-4)
    assert layer.num_batches_tracked.item() == 1
    running_mean = layer.running_mean.numpy().reshape(shape)
    running_var = layer.running_var.numpy().reshape(shape)
    close(layer.eval()(tensor(x)), (x - running_mean) / np.sqrt(running_var + 1e-5), 1e-4)
    average = nn.BatchNorm1d(2, momentum=None)
    batches = [array(8, 2) for _ in range(3)]
    for batch in batches:
        average(tensor(batch))
    close(average.running_mean, np.mean([b.mean(0) for b in batches], axis=0), 1e-4)
    plain = nn.BatchNorm1d(2, track_running_stats=False, affine=False).eval()
    close(plain(tensor(batches[0])).mean(0), np.zeros(2), 1e-5)


def test_layer_norm():
    x, layer = array(3, 4, 5), nn.LayerNorm((4, 5))
    mean, variance = x.mean((1, 2), keepdims=True), x.var((1, 2), keepdims=True)
    close(layer(tensor(x)), (x - mean) / np.sqrt(variance + 1e-5), 1e-4)


def test_pooling():
    x = array(2, 3, 4, 6)
    blocks = x.reshape(2, 3, 2, 2, 3, 2)
    close(nn.MaxPool2d(2)(tensor(x)), blocks.max((3, 5)))
    close(nn.AvgPool2d(2)(tensor(x)), blocks.mean((3, 5)))
    close(nn.AdaptiveAvgPool2d((2, 3))(tensor(x)), blocks.mean((3, 5)))
    close(nn.AdaptiveAvgPool2d(1)(tensor(x)), x.mean((2, 3), keepdims=True))
    values, index = nn.MaxPool2d(2, return_indices=True)(tensor(x))
    flat = x.reshape(2, 3, 24)
    close(values, np.take_along_axis(flat, index.numpy().reshape(2, 3, 6), 2).reshape(2, 3, 2, 3))


X = np.linspace(-4, 4, 41, dtype=np.float32)
ACTIVATIONS = [
    (nn.ReLU(), np.maximum(X, 0)),
    (nn.ReLU6(), np.clip(X * 1, 0, 6)),
    (nn.LeakyReLU(0.1), np.where(X > 0, X, 0.1 * X)),
    (nn.ELU(2.0), np.where(X > 0, X, 2 * np.expm1(X))),
    (nn.GELU(), X * np.array([(1 + math.erf(v / math.sqrt(2))) / 2 for v in X])),
    (
        nn.GELU("tanh"),
        X * 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (X + 0.044715 * X**3))),
    ),
    (nn.SiLU(), X / (1 + np.exp(-X))),
    (nn.Tanh(), np.tanh(X)),
    (nn.Sigmoid(), 1 / (1 + np.exp(-X))),
    (nn.Softplus(2.0), np.log1p(np.exp(2 * X)) / 2),
    (nn.Hardtanh(-2, 1), np.clip(X, -2, 1)),
    (nn.Softmax(0), np.exp(X) / np.exp(X).sum()),
    (nn.LogSoftmax(-1), X - np.log(np.exp(X).sum())),
]


@pytest.mark.parametrize(("module", "expected"), ACTIVATIONS, ids=lambda v: type(v).__name__)
def test_activations(module, expected):
    x = tensor(X.copy())
    close(module(x), expected)
    assert x.tolist() == X.tolist()
    if hasattr(module, "inplace"):
        module.inplace = True
        try:
            assert module(x) is x
        finally:
            module.inplace = False
        close(x, expected)


def test_dropout_scales_and_flatten_shapes():
    ones = tt.ones(100, 100)
    dropped = nn.Dropout(0.25)(ones).numpy()
    assert set(np.unique(dropped).round(4)) == {0.0, np.float32(1.3333)}
    assert abs((dropped == 0).mean() - 0.25) < 0.03
    assert nn.Dropout(0.25).eval()(ones).numpy().min() == 1
    assert tuple(nn.Flatten(0, 1)(tt.ones(2, 3, 4)).shape) == (6, 4)
    assert tuple(nn.Unflatten(-1, (2, 2))(tt.ones(3, 4)).shape) == (3, 2, 2)


P, Q = RNG.random((4, 3)).astype(np.float32), RNG.random((4, 3)).astype(np.float32)
A, B = array(4, 3) * 2, array(4, 3)
D = np.abs(A - B)
LOSSES = [
    (nn.MSELoss, {}, A, B, (A - B) ** 2),
    (nn.L1Loss, {}, A, B, D),
    (nn.SmoothL1Loss, {"beta": 0.5}, A, B, np.where(D < 0.5, D * D, D - 0.25)),
    (nn.SmoothL1Loss, {"beta": 0.0}, A, B, D),
    (nn.HuberLoss, {"delta": 2.0}, A, B, np.where(D <= 2, D * D / 2, 2 * (D - 1))),
    (nn.BCELoss, {}, P, Q, -(Q * np.log(P) + (1 - Q) * np.log(1 - P))),
    (
        nn.BCEWithLogitsLoss,
        {},
        A,
        Q,
        Q * np.log1p(np.exp(-A)) + (1 - Q) * np.log1p(np.exp(A)),
    ),
    (nn.KLDivLoss, {}, A, Q, Q * (np.log(Q) - A)),
    (nn.KLDivLoss, {"log_target": True}, A, B, np.exp(B) * (B - A)),
]


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@pytest.mark.parametrize(("kind", "options", "x", "y", "expected"), LOSSES)
def test_losses(kind, options, x, y, expected):
    for reduction, wanted in (
        ("none", expected),
        ("sum", expected.sum()),
        ("mean", expected.mean()),
    ):
        close(kind(reduction=reduction, **options)(tensor(x), tensor(y)), wanted, 1e-4)


def test_class_losses():
    x, y = array(6, 4), np.array([0, 3, 1, 1, 2, 0])
    weight = np.array([1, 2, 3, 4], np.float32)
    logp = x - np.log(np.exp(x).sum(1, keepdims=True))
    picked, w = -logp[np.arange(6), y], weight[y]
    close(nn.CrossEntropyLoss()(tensor(x), tensor(y)), picked.mean())
    weighted = nn.CrossEntropyLoss(tensor(weight))
    close(weighted(tensor(x), tensor(y)), (picked * w).sum() / w.sum())
    close(nn.NLLLoss(reduction="sum")(tensor(logp), tensor(y)), picked.sum())
    kept = y != 1
    close(nn.CrossEntropyLoss(ignore_index=1)(tensor(x), tensor(y)), picked[kept].mean())
    smooth = nn.CrossEntropyLoss(label_smoothing=0.2)
    close(smooth(tensor(x), tensor(y)), 0.8 * picked.mean() - 0.2 * logp.mean())
    assert list(weighted.state_dict()) == ["weight"]


def test_functions_on_shapes():
    x = array(2, 3)
    close(F.pad(tensor(x), (1, 2, 0, 1), value=5.0), np.pad(x, [(0, 1), (1, 2)], constant_values=5))
    close(F.pad(tensor(x), (-1, 1)), np.pad(x[:, 1:], [(0, 0), (0, 1)]))
    close(F.pad(tensor(x), (2, 1), mode="reflect"), np.pad(x, [(0, 0), (2, 1)], mode="reflect"))
    close(F.pad(tensor(x), (3, 3), mode="circular"), np.pad(x, [(0, 0), (3, 3)], mode="wrap"))
    close(F.normalize(tensor(x)), x / np.linalg.norm(x, axis=1, keepdims=True))
    for p, order in ((1.0, 1), (3.0, 3), (float("inf"), np.inf)):
        norm = np.linalg.norm(x, order, axis=0, keepdims=True)
        close(F.normalize(tensor(x), p, dim=0), x / norm)
    assert F.one_hot(tt.tensor([[2], [0]]), 4).tolist() == [[[0, 0, 1, 0]], [[1, 0, 0, 0]]]
    close(F.logsigmoid(tensor(x)), -np.log1p(np.exp(-x)))


@pytest.mark.parametrize(
    ("action", "error", "text"),
    [
        (lambda: nn.Conv2d(3, 4, 3, groups=2), ValueError, "in_channels must be divisible"),
        (lambda: nn.Conv2d(4, 3, 3, groups=2), ValueError, "out_channels must be divisible"),
        (lambda: nn.Conv2d(4, 4, 3, groups=0), ValueError, "groups must be a positive"),
        (lambda: nn.Conv2d(1, 1, 3, padding="some"), ValueError, "Invalid padding string 'some'"),
        (lambda: nn.Conv2d(1, 1, 3, 2, padding="same"), ValueError, "strided convolutions"),
        (lambda: nn.Conv2d(1, 1, 3, padding_mode="x"), ValueError, "padding_mode must be one of"),
        (lambda: nn.Dropout(1.5), ValueError, "between 0 and 1, but got 1.5"),
        (lambda: F.dropout(tt.ones(1), -1), ValueError, "between 0 and 1, but got -1"),
        (lambda: nn.Embedding(3, 2, padding_idx=3), ValueError, "within num_embeddings"),
        (lambda: nn.Embedding(3, 2, max_norm=1.0), NotImplementedError, "max_norm=1.0"),
        (lambda: nn.Embedding.from_pretrained(tt.ones(2)), ValueError, "2-dimensional"),
        (lambda: nn.BatchNorm1d(2)(tt.ones(1, 2)), ValueError, "more than 1 value per channel"),
        (lambda: nn.BatchNorm1d(2)(tt.ones(2)), ValueError, "expected 2D or 3D input"),
        (lambda: nn.BatchNorm2d(2)(tt.ones(2, 2)), ValueError, "expected 4D input"),
        (lambda: nn.Hardtanh(2, 1), ValueError, "max_val must be larger"),
        (lambda: nn.Unflatten(1, 3), TypeError, "unflattened_size must be a tuple"),
        (lambda: F.pad(tt.ones(2), (1,)), ValueError, "pairs"),
        (lambda: F.pad(tt.ones(2), (2, 0), "reflect"), ValueError, "at most 1"),
        (lambda: F.pad(tt.ones(2), (1, 0), "mirror"), NotImplementedError, "unknown mode"),
        (lambda: F.pad(tt.ones(2), (-2, -1)), ValueError, "would have size -1"),
        (lambda: F.one_hot(tt.ones(2)), RuntimeError, "type int64"),
        (lambda: F.one_hot(tt.tensor([3]), 2), RuntimeError, "got 3 and num_classes=2"),
        (lambda: F.mse_loss(tt.ones(1), tt.ones(1), reduction="x"), ValueError, "x is not a valid"),
        (lambda: F.huber_loss(tt.ones(1), tt.ones(1), delta=0), ValueError, "delta"),
        (
            lambda: nn.BCELoss()(tt.ones(1), tt.ones(2)),
            ValueError,
            "must be the same as input size",
        ),
        (lambda: nn.BCELoss()(tt.ones(1) * 2, tt.ones(1)), RuntimeError, "between 0 and 1"),
        (lambda: nn.init.eye_(tt.ones(2)), ValueError, "2 dimensions"),
        (lambda: nn.init.xavier_normal_(tt.ones(2)), ValueError, "fewer than 2 dimensions"),
        (lambda: nn.init.kaiming_normal_(tt.ones(2, 2), mode="x"), ValueError, "Mode x not"),
        (lambda: nn.init.calculate_gain("x"), ValueError, "Unsupported nonlinearity x"),
    ],
)
def test_errors(action, error, text):
    with pytest.raises(error, match=text):
        action()


def test_warnings_of_pytorch():
    with pytest.warns(UserWarning, match="Implicit dimension choice for softmax"):
        nn.Softmax()(tt.ones(2, 2))
    with pytest.warns(UserWarning, match="different to the input size"):
        nn.MSELoss()(tt.ones(2), tt.ones(1))
    with pytest.warns(UserWarning, match="reduction='sum' instead"):
        assert nn.MSELoss(size_average=False).reduction == "sum"


def spread(values):
    values = values.detach().numpy()
    return values.min(), values.max(), values.std()


def test_initial_distributions():
    low, high, deviation = spread(nn.Linear(100, 1000).weight)
    assert -0.1 <= low < -0.099
    assert 0.099 < high <= 0.1
    assert abs(deviation - 0.1 / math.sqrt(3)) < 1e-3
    _, high, _ = spread(nn.Conv2d(4, 1000, 5).bias)
    assert 0.095 < high <= 0.1
    assert abs(spread(nn.Embedding(300, 300).weight)[2] - 1) < 0.02
    w = tt.empty(300, 200)
    assert abs(spread(nn.init.xavier_normal_(w))[2] - math.sqrt(2 / 500)) < 1e-3
    assert abs(spread(nn.init.xavier_uniform_(w, 2.0))[1] - 2 * math.sqrt(6 / 500)) < 1e-3
    kaiming = nn.init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu")
    assert abs(spread(kaiming)[2] - math.sqrt(2 / 300)) < 1e-3
    low, high, deviation = spread(nn.init.trunc_normal_(w, std=2.0, a=-2.0, b=2.0))
    assert (low >= -2, high <= 2) == (True, True)
    assert abs(deviation - 2 * 0.5396) < 0.02
    q = nn.init.orthogonal_(tt.empty(6, 4), gain=2.0).numpy()
    np.testing.assert_allclose(q.T @ q, 4 * np.eye(4), atol=1e-5)
    a = nn.init.normal_(tt.empty(4), generator=tt.Generator().manual_seed(3))
    b = nn.init.normal_(tt.empty(4), generator=tt.Generator().manual_seed(3))
    assert a.tolist() == b.tolist()


def test_clip_and_vectors():
    p, q = nn.Parameter(tt.zeros(2)), nn.Parameter(tt.zeros(2, 1))
    p.grad, q.grad = tt.tensor([3.0, 0.0]), tt.tensor([[4.0], [0.0]])
    assert nn.utils.clip_grad_norm_([p, q, nn.Parameter(tt.ones(1))], 1.0).item() == 5
    close(p.grad, [0.6, 0.0])
    assert abs(nn.utils.clip_grad_norm_([p, q], 9.0, float("inf")).item() - 0.8) < 1e-5
    nn.utils.clip_grad_value_([p, q], 0.5)
    close(q.grad, [[0.5], [0.0]])
    p.grad.fill_(float("nan"))
    with pytest.raises(RuntimeError, match="non-finite"):
        nn.utils.clip_grad_norm_([p], 1.0, error_if_nonfinite=True)
    nn.utils.vector_to_parameters(tt.tensor([1.0, 2.0, 3.0, 4.0]), [p, q])
    assert nn.utils.parameters_to_vector([q, p]).tolist() == [3, 4, 1, 2]
    assert p.requires_grad
    with pytest.raises(ValueError, match="have 4 elements"):
        nn.utils.vector_to_parameters(tt.ones(3), [p, q])
