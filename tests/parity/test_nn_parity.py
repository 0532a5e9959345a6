"""nn beside PyTorch: printing, signatures, outputs, gradients of clipping, files."""

import inspect

import numpy as np
import pytest

import taeda_nn as nn
import taeda_tensor as tt

torch = pytest.importorskip("torch")

PRINTED = [
    ("Linear", (2, 3), {"bias": False}),
    ("Conv2d", (2, 4, 3), {"padding": "same", "groups": 2, "dilation": 2, "bias": False}),
    ("Conv2d", (2, 4, (3, 1)), {"stride": (2, 1), "padding": (1, 0), "padding_mode": "circular"}),
    ("MaxPool2d", ((2, 3),), {}),
    ("AvgPool2d", (2,), {"stride": 1}),
    ("AdaptiveAvgPool2d", ((2, None),), {}),
    ("ReLU", (True,), {}),
    ("ReLU6", (), {}),
    ("LeakyReLU", (0.1, True), {}),
    ("ELU", (), {"inplace": True}),
    ("GELU", ("tanh",), {}),
    ("SiLU", (), {}),
    ("Softplus", (), {}),
    ("Hardtanh", (), {}),
    ("Softmax", (1,), {}),
    ("Dropout", (), {}),
    ("Flatten", (), {}),
    ("Unflatten", (1, (2, 3)), {}),
    ("BatchNorm1d", (3,), {"affine": False}),
    ("BatchNorm2d", (3,), {"bias": False}),
    ("LayerNorm", (3,), {"bias": False}),
    ("Embedding", (3, 4), {"padding_idx": 1}),
    ("CrossEntropyLoss", (), {}),
    ("HuberLoss", (), {}),
]


@pytest.mark.parametrize(("name", "args", "options"), PRINTED)
def test_printed_alike(name, args, options):
    assert repr(getattr(nn, name)(*args, **options)) == repr(
        getattr(torch.nn, name)(*args, **options)
    )


def defaults(kind):
    parameters = inspect.signature(kind.__init__).parameters.values()
    return [(p.name, p.kind, p.default) for p in parameters]


@pytest.mark.parametrize("name", sorted({name for name, _, _ in PRINTED}))
def test_signatures_alike(name):
    assert defaults(getattr(nn, name)) == defaults(getattr(torch.nn, name))


def build(module):
    return module.Sequential(
        module.Conv2d(1, 4, 3, padding=1),
        module.BatchNorm2d(4),
        module.ReLU(),
        module.MaxPool2d(2),
        module.Flatten(),
        module.Linear(16, 8),
        module.GELU(),
        module.LayerNorm(8),
        module.Linear(8, 3),
    )


def test_a_network_with_the_same_weights_gives_the_same_output():
    ours, theirs = build(nn), build(torch.nn)
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    ours.load_state_dict({name: tt.from_numpy(t.numpy().copy()) for name, t in state.items()})
    x = np.random.default_rng(0).standard_normal((5, 1, 4, 4)).astype(np.float32)
    for mode in (True, False):
        ours.train(mode)
        theirs.train(mode)
        y = ours(tt.from_numpy(x.copy()))
        np.testing.assert_allclose(
            y.detach().numpy(), theirs(torch.from_numpy(x)).detach().numpy(), atol=2e-5
        )


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@pytest.mark.parametrize(
    "name", ["MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "BCELoss", "BCEWithLogitsLoss"]
)
def test_losses_alike(name):
    rng = np.random.default_rng(1)
    x, y = (rng.random((4, 3)).astype(np.float32) for _ in range(2))
    ours = getattr(nn, name)()(tt.from_numpy(x.copy()), tt.from_numpy(y.copy()))
    theirs = getattr(torch.nn, name)()(torch.from_numpy(x), torch.from_numpy(y))
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)


def test_error_of_loading_alike():
    texts = []
    for module, library in ((nn, tt), (torch.nn, torch)):
        state = {"weight": library.ones(3, 2), "x": library.ones(2)}
        with pytest.raises(RuntimeError) as caught:
            module.Linear(2, 2).load_state_dict(state)
        texts.append(str(caught.value).replace("torch.Size", "Size").replace("taeda.Size", "Size"))
    assert texts[0] == texts[1]
