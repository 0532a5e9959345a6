"""A whole network beside PyTorch: weights and outputs; errors of loading."""

import numpy as np
import pytest

import taeda_nn as nn
import taeda_tensor as tt

torch = pytest.importorskip("torch")


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


def test_error_of_loading_alike():
    texts = []
    for module, library in ((nn, tt), (torch.nn, torch)):
        state = {"weight": library.ones(3, 2), "x": library.ones(2)}
        with pytest.raises(RuntimeError) as caught:
            module.Linear(2, 2).load_state_dict(state)
        texts.append(str(caught.value).replace("torch.Size", "Size").replace("taeda.Size", "Size"))
    assert texts[0] == texts[1]
