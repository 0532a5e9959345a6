"""optim beside PyTorch: the same steps, and files that either can load."""

import numpy as np
import pytest

import taeda_optim
import taeda_tensor as tt

torch = pytest.importorskip("torch")

CASES = [
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5, "maximize": True}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.1, "amsgrad": True}),
    ("AdamW", {"lr": 0.1}),
    ("RMSprop", {"lr": 0.1, "weight_decay": 0.1}),
    ("RMSprop", {"lr": 0.1, "momentum": 0.9, "centered": True, "maximize": True}),
    ("RMSprop", {"lr": 0.1, "centered": True}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1}),
    ("Adagrad", {"lr": 0.1, "initial_accumulator_value": 0.5, "maximize": True}),
    ("Adadelta", {"lr": 0.5, "weight_decay": 0.1}),
    ("Adamax", {"lr": 0.1, "weight_decay": 0.1}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.1}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {"lr": 0.1, "betas": (0.9, 0.7), "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True}),
]
# PyTorch keeps some factors in single precision.
RTOL = {"NAdam": 1e-6}


def to_torch(value):
    if isinstance(value, dict):
        return {k: to_torch(v) for k, v in value.items()}
    if isinstance(value, list):
        return [to_torch(v) for v in value]
    return torch.from_numpy(value.numpy().copy()) if isinstance(value, tt.Tensor) else value


def to_taeda(value):
    if isinstance(value, dict):
        return {k: to_taeda(v) for k, v in value.items()}
    if isinstance(value, list):
        return [to_taeda(v) for v in value]
    return tt.from_numpy(value.numpy().copy()) if isinstance(value, torch.Tensor) else value


def make(values):
    ours = [tt.tensor(v.tolist(), dtype=tt.float64).requires_grad_(True) for v in values]
    theirs = [torch.tensor(v, requires_grad=True) for v in values]
    return ours, theirs


def walk(pairs, steps, seed):
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        gradients = None
        for params, optimizer, library in pairs:
            if gradients is None:
                gradients = [rng.standard_normal(tuple(p.shape)) for p in params]
            for p, gradient in zip(params, gradients, strict=True):
                p.grad = library.tensor(gradient.tolist(), dtype=library.float64)
            optimizer.step()


@pytest.mark.parametrize(("name", "options"), CASES)
def test_steps_and_files_are_interchangeable(name, options):
    values = [np.random.default_rng(0).standard_normal(s) for s in ((3, 2), (4,))]
    ours, theirs = make(values)
    own = getattr(taeda_optim, name)(ours, **options)
    other = getattr(torch.optim, name)(theirs, **options)
    walk([(ours, own, tt), (theirs, other, torch)], 3, seed=1)
    own_state, other_state = own.state_dict(), other.state_dict()
    assert own_state["param_groups"] == other_state["param_groups"]
    assert own_state["state"].keys() == other_state["state"].keys()
    for number, entry in own_state["state"].items():
        assert entry.keys() == other_state["state"][number].keys()
    own.load_state_dict(to_taeda(other_state))
    other.load_state_dict(to_torch(own_state))
    walk([(ours, own, tt), (theirs, other, torch)], 3, seed=2)
    for p, q in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(
            p.detach().numpy(), q.detach().numpy(), rtol=RTOL.get(name, 1e-9), atol=1e-10
        )


SCHEDULES = [
    ("StepLR", (2,)),
    ("MultiStepLR", ([2, 3],)),
    ("ExponentialLR", (0.9,)),
    ("CosineAnnealingLR", (3, 0.01)),
    ("LinearLR", ()),
    ("ConstantLR", (0.5, 3)),
    ("PolynomialLR", (4, 2.0)),
    ("MultiplicativeLR", (lambda epoch: 0.9 + 0.01 * epoch,)),
    ("CosineAnnealingWarmRestarts", (2, 2, 0.01)),
    ("CosineAnnealingWarmRestarts", (3,)),
    ("OneCycleLR", (1.0, 12)),
    ("OneCycleLR", (1.0, None, 3, 4, 0.25, "linear", True, 0.8, 0.9, 10.0, 100.0, True)),
]


@pytest.mark.parametrize(("name", "args"), SCHEDULES)
def test_rates_alike_to_the_bit(name, args):
    (ours,), (theirs,) = make([np.ones(1)])
    optimizers = taeda_optim.SGD([ours], lr=0.3), torch.optim.SGD([theirs], lr=0.3)
    schedules = [
        getattr(library.lr_scheduler, name)(optimizer, *args)
        for library, optimizer in zip((taeda_optim, torch.optim), optimizers, strict=True)
    ]
    for _ in range(9):
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            optimizer.step()
            schedule.step()
        assert schedules[0].get_last_lr() == schedules[1].get_last_lr()


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("threshold_mode", ["rel", "abs"])
def test_plateaus_alike(mode, threshold_mode):
    (ours,), (theirs,) = make([np.ones(1)])
    optimizers = taeda_optim.SGD([ours], lr=0.3), torch.optim.SGD([theirs], lr=0.3)
    schedules = [
        library.lr_scheduler.ReduceLROnPlateau(
            optimizer, mode, 0.5, 1, 0.1, threshold_mode, 1, min_lr=0.02
        )
        for library, optimizer in zip((taeda_optim, torch.optim), optimizers, strict=True)
    ]
    for value in np.random.default_rng(3).normal(size=40):
        for schedule in schedules:
            schedule.step(value)
        assert schedules[0].get_last_lr() == schedules[1].get_last_lr()


def test_sequences_and_chains_alike():
    rates = []
    for library, tensor in (
        (taeda_optim, tt.ones(1, requires_grad=True)),
        (torch.optim, torch.ones(1, requires_grad=True)),
    ):
        schedulers = library.lr_scheduler
        optimizer = library.SGD([tensor], lr=0.3)
        parts = [
            schedulers.LinearLR(optimizer, 0.1, total_iters=3),
            schedulers.StepLR(optimizer, 2),
            schedulers.CosineAnnealingWarmRestarts(optimizer, 2),
        ]
        sequence = schedulers.SequentialLR(optimizer, parts, [3, 7])
        found = [sequence.get_last_lr()]
        for _ in range(12):
            optimizer.step()
            sequence.step()
            found.append(sequence.get_last_lr())
        optimizer = library.SGD([tensor], lr=0.3)
        chain = schedulers.ChainedScheduler(
            [schedulers.ConstantLR(optimizer, 0.5, 2), schedulers.ExponentialLR(optimizer, 0.9)]
        )
        for _ in range(5):
            optimizer.step()
            chain.step()
            found.append(chain.get_last_lr())
        rates.append(found)
    assert rates[0] == rates[1]


@pytest.mark.parametrize("order", [1, 2, 3.5, 0, float("inf"), float("-inf")])
def test_clipping_alike(order):
    import taeda_nn

    values = [np.random.default_rng(i).standard_normal(s) for i, s in enumerate(((3, 2), (40,)))]
    ours, theirs = make(values)
    for p, q, value in zip(ours, theirs, values, strict=True):
        p.grad, q.grad = tt.tensor(value * 3), torch.tensor(value * 3)
    own = taeda_nn.utils.clip_grad_norm_(ours, 1.5, order)
    other = torch.nn.utils.clip_grad_norm_(theirs, 1.5, order)
    np.testing.assert_allclose(own.item(), other.item(), rtol=1e-13)
    for clip in (lambda: None, lambda: taeda_nn.utils.clip_grad_value_(ours, 0.3)):
        clip()
        for p, q in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-13)
        torch.nn.utils.clip_grad_value_(theirs, 0.3)
