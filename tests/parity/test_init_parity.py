"""Initial values beside PyTorch's: other numbers, the same distributions."""

import numpy as np
import pytest
from scipy import stats

import taeda_nn as nn
import taeda_tensor as tt

torch = pytest.importorskip("torch")

# layer, arguments; each parameter has some ten thousand elements
LAYERS = [
    ("Linear", (300, 40)),
    ("Linear", (3, 9000)),
    ("Conv2d", (30, 60, 3)),
    ("Conv2d", (32, 64, (1, 15), 1, 0, 1, 4)),
    ("Embedding", (100, 120)),
]
FUNCTIONS = [
    ("uniform_", (-2.0, 3.0)),
    ("normal_", (1.0, 2.0)),
    ("trunc_normal_", (0.5, 2.0, -1.0, 2.0)),
    ("xavier_uniform_", (2.0,)),
    ("xavier_normal_", ()),
    ("kaiming_uniform_", ()),
    ("kaiming_uniform_", (0.5, "fan_out")),
    ("kaiming_normal_", (0.0, "fan_out", "relu")),
    ("orthogonal_", (1.5,)),
    ("sparse_", (0.3,)),
]
EXACT = [
    ("constant_", (0.3,), (3, 2)),
    ("ones_", (), (3, 2)),
    ("zeros_", (), (3, 2)),
    ("eye_", (), (3, 2)),
    ("dirac_", (), (4, 2, 3)),
    ("dirac_", (2,), (4, 2, 3, 5)),
]


def assert_same_distribution(ours, theirs):
    """The Kolmogorov-Smirnov statistic of both samples is below its value at p = 1e-6."""
    ours, theirs = np.ravel(ours).astype(float), np.ravel(theirs).astype(float)
    assert ours.shape == theirs.shape
    if (ours == ours[0]).all():
        np.testing.assert_array_equal(ours, theirs)
        return
    assert stats.ks_2samp(ours, theirs).pvalue > 1e-6
    assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.3)


@pytest.mark.parametrize(("name", "args"), LAYERS)
def test_layers(name, args):
    torch.manual_seed(0)
    ours, theirs = getattr(nn, name)(*args), getattr(torch.nn, name)(*args)
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert tuple(p.shape) == tuple(q.shape)
        assert_same_distribution(p.detach().numpy(), q.detach().numpy())


@pytest.mark.parametrize(("name", "args"), FUNCTIONS)
@pytest.mark.parametrize("shape", [(150, 90), (90, 150), (30, 20, 5, 4)])
def test_functions(name, args, shape):
    if name == "sparse_" and len(shape) > 2:
        pytest.skip("sparse_ takes matrices")
    torch.manual_seed(0)
    x, u = tt.empty(shape, requires_grad=True), torch.empty(shape, requires_grad=True)
    assert getattr(nn.init, name)(x, *args) is x
    getattr(torch.nn.init, name)(u, *args)
    assert_same_distribution(x.detach().numpy(), u.detach().numpy())


@pytest.mark.parametrize(("name", "args", "shape"), EXACT)
def test_exact(name, args, shape):
    x, u = tt.empty(shape), torch.empty(shape)
    getattr(nn.init, name)(x, *args)
    getattr(torch.nn.init, name)(u, *args)
    assert x.tolist() == u.tolist()


@pytest.mark.parametrize(
    ("nonlinearity", "param"),
    [("linear", None), ("conv2d", None), ("sigmoid", None), ("tanh", None), ("relu", None),
     ("leaky_relu", None), ("leaky_relu", 0.3), ("selu", None)],
)  # fmt: skip
def test_gains(nonlinearity, param):
    ours, theirs = (m.init.calculate_gain(nonlinearity, param) for m in (nn, torch.nn))
    assert ours == theirs
