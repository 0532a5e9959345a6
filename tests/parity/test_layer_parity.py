"""Each layer beside PyTorch's: printing, signature, state, output and gradients in both modes."""

import inspect

import numpy as np
import pytest

import taeda_autograd  # noqa: F401  (gradients)
import taeda_nn as nn
import taeda_tensor as tt

torch = pytest.importorskip("torch")

IMAGE = (2, 4, 6, 5)
PLANE = (4, 6, 5)
SIGNAL = (2, 4, 9)
VOLUME = (2, 2, 3, 5, 4)
# layer, arguments, options, shape of the input
LAYERS = [
    ("Linear", (5, 3), {}, (2, 4, 5)),
    ("Linear", (5, 3), {"bias": False}, (5,)),
    ("Identity", (1, 2), {"a": 3}, (2,)),
    ("Conv2d", (4, 6, 3), {}, IMAGE),
    ("Conv2d", (4, 6, 3), {}, PLANE),
    ("Conv2d", (4, 6, 1), {"stride": 2, "bias": False}, IMAGE),
    ("Conv2d", (4, 6, (3, 2)), {"stride": (2, 1), "padding": (1, 2)}, IMAGE),
    ("Conv2d", (4, 6, 3), {"padding": "same", "groups": 2, "dilation": 2}, IMAGE),
    ("Conv2d", (4, 6, (2, 4)), {"padding": "same"}, IMAGE),
    ("Conv2d", (4, 6, 3), {"padding": "valid"}, IMAGE),
    ("Conv2d", (4, 8, 3), {"groups": 4, "padding": 1}, IMAGE),
    ("Conv2d", (4, 4, 3), {"padding": 1, "padding_mode": "reflect"}, IMAGE),
    ("Conv2d", (4, 4, 3), {"padding": (2, 1), "padding_mode": "replicate"}, IMAGE),
    ("Conv2d", (4, 4, 3), {"padding": "same", "padding_mode": "circular"}, IMAGE),
    ("Conv1d", (4, 6, 3), {"stride": 2, "padding": 2}, SIGNAL),
    ("Conv1d", (4, 6, 4), {"padding": "same", "bias": False, "groups": 2}, SIGNAL),
    ("Conv1d", (4, 6, 3), {"padding": 1, "padding_mode": "circular"}, (4, 9)),
    ("Conv3d", (2, 4, 3), {"padding": 1}, VOLUME),
    ("Conv3d", (2, 4, (1, 2, 3)), {"stride": (2, 1, 2), "dilation": (1, 2, 1)}, VOLUME),
    ("Conv3d", (2, 4, 2), {"padding": "same", "groups": 2}, VOLUME[1:]),
    ("Conv3d", (2, 4, 3), {"padding": (1, 0, 2), "padding_mode": "replicate"}, VOLUME),
    ("ConvTranspose1d", (4, 6, 3), {"stride": 2, "padding": 1, "output_padding": 1}, SIGNAL),
    ("ConvTranspose2d", (4, 6, 3), {}, IMAGE),
    ("ConvTranspose2d", (4, 6, (3, 2)), {"stride": (2, 3), "padding": 1, "groups": 2}, PLANE),
    ("ConvTranspose2d", (4, 6, 3), {"dilation": 2, "output_padding": 1, "bias": False}, IMAGE),
    ("ConvTranspose3d", (2, 4, 2), {"stride": 2, "padding": (0, 1, 0)}, VOLUME),
    ("MaxPool1d", (2,), {"stride": 3, "padding": 1, "dilation": 2, "ceil_mode": True}, SIGNAL),
    ("AvgPool1d", (3,), {"stride": 2, "padding": 1, "count_include_pad": False}, SIGNAL),
    ("AdaptiveAvgPool1d", (4,), {}, (4, 9)),
    ("MaxPool2d", (2,), {}, IMAGE),
    ("MaxPool2d", (3,), {"stride": 1, "padding": 1}, (1, 2, 20, 37)),
    ("MaxPool2d", ((2, 4),), {"stride": (1, 3), "padding": (0, 2), "ceil_mode": True}, (2, 9, 40)),
    ("AvgPool2d", ((3, 2),), {"stride": (1, 2), "padding": 1}, (2, 20, 37)),
    ("AvgPool2d", (4,), {"stride": 3, "ceil_mode": True, "padding": 2}, (1, 2, 20, 37)),
    ("MaxPool2d", ((3, 2),), {"stride": (2, 1), "padding": 1, "dilation": (1, 2)}, IMAGE),
    ("MaxPool2d", (2,), {"ceil_mode": True}, PLANE),
    ("AvgPool2d", (2,), {}, PLANE),
    ("AvgPool2d", (3,), {"stride": 2, "padding": 1, "ceil_mode": True}, IMAGE),
    ("AvgPool2d", (3,), {"padding": 1, "count_include_pad": False}, IMAGE),
    ("AvgPool2d", ((2, 3),), {"divisor_override": 5}, IMAGE),
    ("AdaptiveAvgPool2d", (1,), {}, IMAGE),
    ("AdaptiveAvgPool2d", ((4, 3),), {}, IMAGE),
    ("AdaptiveAvgPool2d", ((None, 7),), {}, PLANE),
    ("MaxPool3d", (2,), {}, VOLUME),
    ("MaxPool3d", ((2, 3, 2),), {"stride": 1, "padding": (1, 1, 0), "ceil_mode": True}, VOLUME),
    ("AvgPool3d", ((1, 3, 2),), {"stride": 2, "padding": (0, 1, 1), "ceil_mode": True}, VOLUME),
    ("AvgPool3d", (2,), {"divisor_override": 5, "count_include_pad": False}, VOLUME[1:]),
    ("AdaptiveAvgPool3d", ((2, None, 3),), {}, VOLUME),
    ("AdaptiveMaxPool1d", (4,), {}, SIGNAL),
    ("AdaptiveMaxPool2d", ((4, None),), {}, IMAGE),
    ("AdaptiveMaxPool3d", ((2, 3, 3),), {}, VOLUME),
    ("ReLU", (), {}, (3, 4)),
    ("ReLU6", (), {}, (3, 4)),
    ("LeakyReLU", (0.1,), {}, (3, 4)),
    ("ELU", (1.5,), {}, (3, 4)),
    ("GELU", (), {}, (3, 4)),
    ("GELU", ("tanh",), {}, (3, 4)),
    ("SiLU", (), {}, (3, 4)),
    ("Softplus", (2.0, 1.0), {}, (3, 4)),
    ("Hardtanh", (-0.5, 0.7), {}, (3, 4)),
    ("Tanh", (), {}, (3, 4)),
    ("Sigmoid", (), {}, (3, 4)),
    ("Softmax", (), {"dim": 0}, (3, 4)),
    ("Softmax", (-1,), {}, (2, 3, 4)),
    ("LogSoftmax", (), {"dim": 1}, (3, 4)),
    ("Flatten", (), {}, IMAGE),
    ("Flatten", (0, -2), {}, IMAGE),
    ("Unflatten", (1, (2, -1)), {}, IMAGE),
    ("BatchNorm1d", (4,), {}, (5, 4)),
    ("BatchNorm1d", (4,), {"momentum": None}, (5, 4, 3)),
    ("BatchNorm1d", (4,), {"affine": False, "eps": 0.1}, (5, 4)),
    ("BatchNorm2d", (4,), {"momentum": 0.3}, IMAGE),
    ("BatchNorm2d", (4,), {"track_running_stats": False}, IMAGE),
    ("BatchNorm2d", (4,), {"bias": False}, IMAGE),
    ("LayerNorm", (5,), {}, IMAGE),
    ("LayerNorm", ((6, 5),), {"eps": 0.1}, IMAGE),
    ("LayerNorm", ([5],), {"bias": False}, IMAGE),
    ("LayerNorm", (5,), {"elementwise_affine": False}, IMAGE),
    ("RMSNorm", (5,), {}, IMAGE),
    ("RMSNorm", ((6, 5),), {"eps": 0.1}, IMAGE),
    ("RMSNorm", (5,), {"elementwise_affine": False}, IMAGE),
    ("GroupNorm", (2, 4), {}, IMAGE),
    ("GroupNorm", (4, 4), {"eps": 0.1}, (3, 4)),
    ("GroupNorm", (1, 4), {"affine": False}, (3, 4, 5)),
    ("GroupNorm", (2, 4), {"bias": False}, (3, 4, 5)),
    ("InstanceNorm1d", (4,), {"affine": True}, (2, 4, 5)),
    ("InstanceNorm1d", (4,), {}, (4, 5)),
    ("InstanceNorm2d", (4,), {"track_running_stats": True, "momentum": 0.3}, IMAGE),
    ("InstanceNorm2d", (4,), {"affine": True, "eps": 0.1}, PLANE),
    ("InstanceNorm3d", (4,), {"affine": True, "track_running_stats": True}, (2, 4, 3, 2, 5)),
]
IDS = [f"{name}-{number}" for number, (name, *_) in enumerate(LAYERS)]


def build(library, name, args, options):
    layer = getattr(library, name)(*args, **options)
    return layer.double()


def pair(name, args, options):
    """The layer in both libraries, with the same parameters: not those of the initialisation."""
    ours, theirs = build(nn, name, args, options), build(torch.nn, name, args, options)
    rng = np.random.default_rng(0)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert tuple(p.shape) == tuple(q.shape)
        values = rng.standard_normal(tuple(p.shape))
        p.data.copy_(tt.from_numpy(values))
        q.data.copy_(torch.from_numpy(values))
    return ours, theirs


def assert_state_alike(ours, theirs):
    state, other = ours.state_dict(), theirs.state_dict()
    assert list(state) == list(other)
    assert state._metadata == other._metadata
    for key, value in state.items():
        assert str(value.dtype).split(".")[1] == str(other[key].dtype).split(".")[1]
        np.testing.assert_allclose(value.numpy(), other[key].numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize(("name", "args", "options", "shape"), LAYERS, ids=IDS)
def test_layer(name, args, options, shape):
    ours, theirs = pair(name, args, options)
    assert repr(ours) == repr(theirs)
    rng = np.random.default_rng(1)
    for training in (True, True, False):
        ours.train(training)
        theirs.train(training)
        values = rng.standard_normal(shape)
        x = tt.from_numpy(values.copy()).requires_grad_()
        u = torch.from_numpy(values.copy()).requires_grad_()
        y, v = ours(x), theirs(u)
        assert tuple(y.shape) == tuple(v.shape)
        np.testing.assert_allclose(y.detach().numpy(), v.detach().numpy(), rtol=1e-10, atol=1e-12)
        weight = rng.standard_normal(tuple(v.shape))
        (y * tt.from_numpy(weight.copy())).sum().backward()
        (v * torch.from_numpy(weight)).sum().backward()
        leaves = zip([x, *ours.parameters()], [u, *theirs.parameters()], strict=True)
        for ours_leaf, their_leaf in leaves:
            np.testing.assert_allclose(
                ours_leaf.grad.numpy(), their_leaf.grad.numpy(), rtol=1e-9, atol=1e-11
            )
        assert_state_alike(ours, theirs)


@pytest.mark.parametrize("options", [{}, {"padding_idx": 2}, {"padding_idx": -1}])
def test_embedding(options):
    ours, theirs = nn.Embedding(5, 3, **options), torch.nn.Embedding(5, 3, **options)
    assert repr(ours) == repr(theirs)
    if options:
        padding = options["padding_idx"]
        assert ours.weight[padding].tolist() == theirs.weight[padding].tolist() == [0.0] * 3
    ours.load_state_dict({"weight": tt.from_numpy(theirs.weight.detach().numpy().copy())})
    index = np.array([[0, 2, 2], [4, 0, 1]])
    y, v = ours(tt.from_numpy(index)), theirs(torch.from_numpy(index))
    assert y.tolist() == v.tolist()
    weight = np.random.default_rng(0).standard_normal(tuple(v.shape)).astype(np.float32)
    (y * tt.from_numpy(weight.copy())).sum().backward()
    (v * torch.from_numpy(weight)).sum().backward()
    np.testing.assert_allclose(ours.weight.grad.numpy(), theirs.weight.grad.numpy(), rtol=1e-6)
    frozen = (
        nn.Embedding.from_pretrained(tt.eye(3)),
        torch.nn.Embedding.from_pretrained(torch.eye(3)),
    )
    assert repr(frozen[0]) == repr(frozen[1])
    assert frozen[0].weight.requires_grad is frozen[1].weight.requires_grad is False


@pytest.mark.parametrize("shape", [(4000,), (40, 100)])
def test_dropout_zeroes_a_share_and_scales_the_rest(shape):
    for library, nets in ((tt, nn), (torch, torch.nn)):
        layer = nets.Dropout(0.25)
        x = library.ones(*shape, requires_grad=True)
        y = layer(x)
        y.sum().backward()
        assert sorted(set(y.flatten().tolist())) == pytest.approx([0, 4 / 3])
        assert x.grad.tolist() == y.tolist()
        # Within five standard deviations of the binomial share.
        assert (y == 0).double().mean().item() == pytest.approx(0.25, abs=5 * 0.0068)
        assert layer.eval()(x) is x
        assert nets.Dropout(1.0)(x).sum().item() == 0
        assert nets.functional.dropout(x, 0.5, training=False) is x


@pytest.mark.parametrize("name", ["ReLU", "ReLU6", "LeakyReLU", "ELU", "SiLU", "Hardtanh"])
def test_in_place_activations(name):
    values = np.linspace(-8, 8, 9)
    results = []
    for library, nets in ((tt, nn), (torch, torch.nn)):
        layer = getattr(nets, name)(inplace=True)
        x = library.from_numpy(values.copy()).requires_grad_()
        y = x * 1.0
        assert layer(y) is y
        y.sum().backward()
        results.append((repr(layer), y.detach().numpy(), x.grad.numpy()))
    assert results[0][0] == results[1][0]
    for ours, theirs in zip(results[0][1:], results[1][1:], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def test_max_pool_indices_and_ties():
    values = np.random.default_rng(0).integers(0, 3, IMAGE).astype(np.float64)
    values[0, 0, 0, 0] = np.nan
    options = {"kernel_size": 3, "stride": 2, "padding": 1, "return_indices": True}
    y, i = nn.MaxPool2d(**options)(tt.from_numpy(values.copy()))
    v, j = torch.nn.MaxPool2d(**options)(torch.from_numpy(values))
    np.testing.assert_array_equal(y.numpy(), v.numpy())
    assert i.tolist() == j.tolist()


NAMES = sorted({name for name, *_ in LAYERS} | {"Dropout", "Embedding"} | {
    "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict",
    "CrossEntropyLoss", "NLLLoss", "MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "KLDivLoss",
    "BCELoss", "BCEWithLogitsLoss",
})  # fmt: skip


def parameters(function):
    found = inspect.signature(function).parameters.values()
    return [(p.name, p.kind, p.default) for p in found]


@pytest.mark.parametrize("name", NAMES)
def test_signatures_of_layers(name):
    assert parameters(getattr(nn, name).__init__) == parameters(getattr(torch.nn, name).__init__)


# Dispatched on `return_indices` there.
DISPATCHED = {
    "max_pool2d_with_indices",
    *(f"{kind}max_pool{rank}d" for kind in ("", "adaptive_") for rank in (1, 2, 3)),
}


def functions():
    names = (name for name in dir(nn.functional) if name[0] != "_")
    return [
        name
        for name in names
        if inspect.isfunction(getattr(nn.functional, name))
        # What is written in C++ there has no signature to compare.
        and not inspect.isbuiltin(getattr(torch.nn.functional, name, None))
    ]


@pytest.mark.parametrize("name", [n for n in functions() if n not in DISPATCHED])
def test_signatures_of_functions(name):
    assert parameters(getattr(nn.functional, name)) == parameters(
        getattr(torch.nn.functional, name)
    )


@pytest.mark.parametrize("name", [n for n in dir(torch.nn.init) if n.endswith("_")
                                  and n[0] != "_" and not n.startswith("_no_grad")])  # fmt: skip
def test_signatures_of_init(name):
    assert parameters(getattr(nn.init, name)) == parameters(getattr(torch.nn.init, name))


METHODS = [
    name
    for name in dir(torch.nn.Module)
    if name[0] != "_" and inspect.isfunction(getattr(torch.nn.Module, name))
]
# Devices and compilers that do not exist here; what PyTorch deprecates (a hook, and the positional
# arguments of state_dict); forward, which every module overrides.
ABSENT = {"compile", "ipu", "mtia", "xpu", "register_backward_hook", "state_dict", "forward"}


@pytest.mark.parametrize("name", [name for name in METHODS if name not in ABSENT])
def test_signatures_of_module_methods(name):
    ours, theirs = (parameters(getattr(library.Module, name)) for library in (nn, torch.nn))
    assert ours == theirs
