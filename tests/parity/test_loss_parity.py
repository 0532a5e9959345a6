"""Losses with all their options beside PyTorch's: value and gradients, as module and function."""

import numpy as np
import pytest

import taeda_autograd  # noqa: F401  (gradients)
import taeda_nn as nn
import taeda_tensor as tt

torch = pytest.importorskip("torch")

# PyTorch warns where a mean is not that of the batch; taeda says the same.
pytestmark = pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")

REDUCTIONS = ("mean", "sum", "none")
RNG = np.random.default_rng(0)
CLASSES = 5
WEIGHT = RNG.random(CLASSES)
FLAT = (RNG.standard_normal((6, CLASSES)), RNG.integers(0, CLASSES, 6))
PLANES = (RNG.standard_normal((2, CLASSES, 3, 4)), RNG.integers(0, CLASSES, (2, 3, 4)))
SINGLE = (RNG.standard_normal(CLASSES), np.array(3))
SHARES = (FLAT[0], RNG.dirichlet(np.ones(CLASSES), 6))
SHARES_OF_PLANES = (PLANES[0], np.moveaxis(RNG.dirichlet(np.ones(CLASSES), (2, 3, 4)), -1, 1))
IGNORED = (FLAT[0], np.where(np.arange(6) % 2, FLAT[1], -100))
ALL_IGNORED = (FLAT[0], np.full(6, -100))
REAL = (RNG.standard_normal((4, 3)), RNG.standard_normal((4, 3)))
UNIT = (RNG.random((4, 3)), RNG.random((4, 3)))
EDGES = (np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0]))
LOGITS = (8 * RNG.standard_normal((4, 3)), RNG.random((4, 3)))
FAR = (np.array([-800.0, 800.0, -800.0, 800.0]), np.array([0.0, 1.0, 1.0, 0.0]))

# loss, options, input and target
CASES = [
    ("CrossEntropyLoss", {}, FLAT),
    ("CrossEntropyLoss", {}, PLANES),
    ("CrossEntropyLoss", {}, SINGLE),
    ("CrossEntropyLoss", {"weight": WEIGHT}, FLAT),
    ("CrossEntropyLoss", {"weight": WEIGHT, "label_smoothing": 0.2}, PLANES),
    ("CrossEntropyLoss", {"label_smoothing": 0.1}, IGNORED),
    ("CrossEntropyLoss", {"ignore_index": 2, "weight": WEIGHT}, FLAT),
    ("CrossEntropyLoss", {}, ALL_IGNORED),
    ("CrossEntropyLoss", {}, SHARES),
    ("CrossEntropyLoss", {"weight": WEIGHT, "label_smoothing": 0.2}, SHARES),
    ("CrossEntropyLoss", {"label_smoothing": 0.2}, SHARES_OF_PLANES),
    ("NLLLoss", {}, FLAT),
    ("NLLLoss", {}, SINGLE),
    ("NLLLoss", {"weight": WEIGHT}, PLANES),
    ("NLLLoss", {"ignore_index": 1, "weight": WEIGHT}, FLAT),
    ("NLLLoss", {}, ALL_IGNORED),
    ("MSELoss", {}, REAL),
    ("L1Loss", {}, REAL),
    ("L1Loss", {}, (REAL[0], REAL[0])),
    ("SmoothL1Loss", {}, REAL),
    ("SmoothL1Loss", {"beta": 0.3}, REAL),
    ("SmoothL1Loss", {"beta": 0.0}, REAL),
    ("HuberLoss", {}, REAL),
    ("HuberLoss", {"delta": 0.3}, REAL),
    ("BCEWithLogitsLoss", {}, LOGITS),
    ("BCEWithLogitsLoss", {}, FAR),
    ("BCEWithLogitsLoss", {"weight": WEIGHT[:3], "pos_weight": 3 * WEIGHT[1:4]}, LOGITS),
    ("BCELoss", {}, UNIT),
    ("BCELoss", {"weight": WEIGHT[:3]}, UNIT),
    ("KLDivLoss", {}, UNIT),
    ("KLDivLoss", {"log_target": True}, REAL),
]
FUNCTIONS = {
    "CrossEntropyLoss": "cross_entropy",
    "NLLLoss": "nll_loss",
    "MSELoss": "mse_loss",
    "L1Loss": "l1_loss",
    "SmoothL1Loss": "smooth_l1_loss",
    "HuberLoss": "huber_loss",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "BCELoss": "binary_cross_entropy",
    "KLDivLoss": "kl_div",
}


def evaluate(library, nets, name, options, pair, as_function):
    """Loss and gradient of the input."""
    arrays = {
        key: library.from_numpy(value.copy()) if isinstance(value, np.ndarray) else value
        for key, value in options.items()
    }
    x = library.from_numpy(pair[0].copy()).requires_grad_()
    y = library.from_numpy(pair[1].copy())
    if as_function:
        loss = getattr(nets.functional, FUNCTIONS[name])(x, y, **arrays)
    else:
        loss = getattr(nets, name)(**arrays)(x, y)
    factors = np.random.default_rng(1).standard_normal(tuple(loss.shape))
    (loss * library.from_numpy(np.asarray(factors))).sum().backward()
    return loss.detach().numpy(), x.grad.numpy()


@pytest.mark.parametrize("as_function", [False, True], ids=["module", "function"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(
    ("name", "options", "pair"), CASES, ids=[f"{c[0]}-{i}" for i, c in enumerate(CASES)]
)
def test_loss(name, options, pair, reduction, as_function):
    options = {**options, "reduction": reduction}
    ours = evaluate(tt, nn, name, options, pair, as_function)
    theirs = evaluate(torch, torch.nn, name, options, pair, as_function)
    for mine, their in zip(ours, theirs, strict=True):
        assert mine.shape == their.shape
        np.testing.assert_allclose(mine, their, rtol=1e-10, atol=1e-12)


def test_binary_cross_entropy_at_the_ends_of_the_interval():
    # The gradients differ: 0 here where the logarithm is limited, 1e12 there.
    ours = nn.BCELoss(reduction="none")(*map(tt.from_numpy, EDGES))
    theirs = torch.nn.BCELoss(reduction="none")(*map(torch.from_numpy, EDGES))
    assert ours.tolist() == theirs.tolist() == [0, 0, 100, 100]


def test_batchmean():
    pair = evaluate(tt, nn, "KLDivLoss", {"reduction": "batchmean"}, UNIT, False)
    other = evaluate(torch, torch.nn, "KLDivLoss", {"reduction": "batchmean"}, UNIT, False)
    for mine, their in zip(pair, other, strict=True):
        np.testing.assert_allclose(mine, their, rtol=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_printed_and_saved_alike(name):
    if name in ("CrossEntropyLoss", "NLLLoss", "BCELoss"):
        ours = getattr(nn, name)(weight=tt.from_numpy(WEIGHT.copy()))
        theirs = getattr(torch.nn, name)(weight=torch.from_numpy(WEIGHT))
    else:
        ours, theirs = getattr(nn, name)(), getattr(torch.nn, name)()
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())


@pytest.mark.parametrize(
    ("name", "pair"),
    [
        ("CrossEntropyLoss", (FLAT[0], FLAT[1][:5])),
        ("CrossEntropyLoss", (FLAT[0], FLAT[1] + 5)),
        ("CrossEntropyLoss", (FLAT[0], FLAT[1].astype(np.float64))),
        ("NLLLoss", (FLAT[0], FLAT[1] - 50)),
        ("NLLLoss", (PLANES[0], FLAT[1])),
        ("BCELoss", (REAL[0] * 5, UNIT[1])),
        ("BCELoss", (UNIT[0], UNIT[1][:2])),
        ("BCEWithLogitsLoss", (LOGITS[0], LOGITS[1][:, :2])),
    ],
)
def test_bad_input_has_the_same_type_of_error(name, pair):
    kinds = []
    for library, nets in ((tt, nn), (torch, torch.nn)):
        with pytest.raises(Exception) as caught:  # noqa: PT011  (the types are compared)
            getattr(nets, name)()(*map(library.from_numpy, pair))
        kinds.append(caught.type)
    assert kinds[0] is kinds[1]


@pytest.mark.parametrize("options", [{"size_average": False}, {"reduce": False}, {"reduce": True}])
def test_old_arguments_warn_alike(options):
    texts = []
    for nets in (nn, torch.nn):
        with pytest.warns(UserWarning, match="will be deprecated") as caught:
            loss = nets.MSELoss(**options)
        texts.append((loss.reduction, str(caught[0].message)))
    assert texts[0] == texts[1]
