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
]


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
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-9, atol=1e-10)


SCHEDULES = [
    ("StepLR", (2,)),
    ("MultiStepLR", ([2, 3],)),
    ("ExponentialLR", (0.9,)),
    ("CosineAnnealingLR", (3, 0.01)),
    ("LinearLR", ()),
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
