"""Schedules against their closed forms; order of calls, saving, errors."""

import math
import pickle

import pytest

import taeda_tensor as tt
from taeda_optim import SGD
from taeda_optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    StepLR,
)


def make_optimizer():
    groups = [{"params": [tt.ones(1, requires_grad=True)]} for _ in range(2)]
    groups[1]["lr"] = 0.2
    return SGD(groups, lr=1.0)


CASES = [
    (StepLR, {"step_size": 3, "gamma": 0.5}, lambda t: 0.5 ** (t // 3)),
    (
        MultiStepLR,
        {"milestones": [2, 4, 4], "gamma": 0.5},
        lambda t: 0.5 ** ((t >= 2) + 2 * (t >= 4)),
    ),
    (ExponentialLR, {"gamma": 0.9}, lambda t: 0.9**t),
    (CosineAnnealingLR, {"T_max": 4}, lambda t: (1 + math.cos(math.pi * t / 4)) / 2),
    (LambdaLR, {"lr_lambda": lambda t: 1 / (1 + t)}, lambda t: 1 / (1 + t)),
    (
        LinearLR,
        {"start_factor": 0.25, "total_iters": 4},
        lambda t: 0.25 + 0.75 * min(t, 4) / 4,
    ),
]


@pytest.mark.parametrize(("kind", "options", "factor"), CASES)
def test_rates(kind, options, factor):
    optimizer = make_optimizer()
    scheduler = kind(optimizer, **options)
    for epoch in range(10):
        expected = pytest.approx([factor(epoch), 0.2 * factor(epoch)], abs=1e-12)
        assert scheduler.get_last_lr() == expected
        assert [group["lr"] for group in optimizer.param_groups] == expected
        assert scheduler.last_epoch == epoch
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize(("kind", "options", "factor"), CASES)
def test_saved_and_loaded(kind, options, factor):
    first = make_optimizer()
    scheduler = kind(first, **options)
    for _ in range(3):
        first.step()
        scheduler.step()
    state = pickle.loads(pickle.dumps(scheduler.state_dict()))
    assert "optimizer" not in state
    second = make_optimizer()
    resumed = kind(second, **options)
    second.load_state_dict(first.state_dict())
    resumed.load_state_dict(state)
    for _ in range(3):
        for optimizer, stepping in ((first, scheduler), (second, resumed)):
            optimizer.step()
            stepping.step()
        assert resumed.get_last_lr() == scheduler.get_last_lr()


def test_eta_min_and_lambda_for_each_group():
    scheduler = CosineAnnealingLR(make_optimizer(), 2, eta_min=0.1)
    for _ in range(2):
        scheduler.optimizer.step()
        scheduler.step()
    assert scheduler.get_last_lr() == pytest.approx([0.1, 0.1])

    class Slope:
        def __init__(self, slope):
            self.slope = slope

        def __call__(self, epoch):
            return self.slope

    scheduler = LambdaLR(make_optimizer(), [Slope(0.5), Slope(2.0)])
    assert scheduler.get_last_lr() == [0.5, 0.4]
    state = scheduler.state_dict()
    assert state["lr_lambdas"] == [{"slope": 0.5}, {"slope": 2.0}]
    state["lr_lambdas"] = [{"slope": 7.0}, {"slope": 2.0}]
    scheduler.load_state_dict(state)
    assert scheduler.get_lr()[0] == 7.0


def test_wrong_order_warns_once():
    scheduler = StepLR(make_optimizer(), 1)
    with pytest.warns(UserWarning, match="before `optimizer.step\\(\\)`"):
        scheduler.step()
    scheduler.step()


def test_the_hook_of_the_scheduler_goes_after_the_first_step():
    optimizer = make_optimizer()
    StepLR(optimizer, 1)
    optimizer.step()
    assert "step" not in optimizer.__dict__


def test_a_tensor_rate_is_changed_in_place():
    rate = tt.tensor(1.0)
    optimizer = SGD([tt.ones(1, requires_grad=True)], lr=rate)
    scheduler = ExponentialLR(optimizer, 0.5)
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] is rate
    assert rate.item() == 0.5


@pytest.mark.parametrize(
    ("action", "error", "text"),
    [
        (lambda: StepLR(3, 1), TypeError, "int is not an Optimizer"),
        (lambda: StepLR(make_optimizer(), 1, last_epoch=3), KeyError, "'initial_lr' is not"),
        (lambda: LambdaLR(make_optimizer(), [abs]), ValueError, "Expected 2 lr_lambdas, but got 1"),
        (lambda: LinearLR(make_optimizer(), 0), ValueError, "greater than 0"),
        (lambda: LinearLR(make_optimizer(), end_factor=2), ValueError, "between 0 and 1, got 2"),
    ],
)
def test_errors(action, error, text):
    with pytest.raises(error, match=text):
        action()
