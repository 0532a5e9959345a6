"""Every optimiser against NumPy; groups, state, hooks, errors."""

import copy
import pickle

import numpy as np
import pytest

import taeda_autograd  # noqa: F401  (without it no tensor is a non-leaf)
import taeda_tensor as tt
from taeda_optim import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    NAdam,
    Optimizer,
    RAdam,
    RMSprop,
)

SHAPES = [(3, 2), (4,), ()]


def make_parameters(seed=0):
    rng = np.random.default_rng(seed)
    return [
        tt.tensor(rng.standard_normal(shape), dtype=tt.float64).requires_grad_(True)
        for shape in SHAPES
    ]


def set_gradients(params, step):
    rng = np.random.default_rng(100 + step)
    for p in params:
        p.grad = tt.tensor(rng.standard_normal(tuple(p.shape)), dtype=tt.float64)


def sgd(
    p, g, state, *, lr, momentum=0, dampening=0, weight_decay=0, nesterov=False, maximize=False
):
    g = (-g if maximize else g) + weight_decay * p
    if momentum:
        state["b"] = momentum * state["b"] + (1 - dampening) * g if "b" in state else g
        g = g + momentum * state["b"] if nesterov else state["b"]
    return p - lr * g


def adam(
    p,
    g,
    state,
    *,
    lr,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0,
    amsgrad=False,
    maximize=False,
    decoupled=False,
):
    g = -g if maximize else g
    if decoupled:
        p = p * (1 - lr * weight_decay)
    else:
        g = g + weight_decay * p
    t = state["t"] = state.get("t", 0) + 1
    m = state["m"] = betas[0] * state.get("m", 0) + (1 - betas[0]) * g
    v = state["v"] = betas[1] * state.get("v", 0) + (1 - betas[1]) * g * g
    if amsgrad:
        v = state["x"] = np.maximum(state.get("x", 0), v)
    return p - lr * (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)


def rmsprop(
    p,
    g,
    state,
    *,
    lr,
    alpha=0.99,
    eps=1e-8,
    weight_decay=0,
    momentum=0,
    centered=False,
    maximize=False,
):
    g = (-g if maximize else g) + weight_decay * p
    s = state["s"] = alpha * state.get("s", 0) + (1 - alpha) * g * g
    if centered:
        mean = state["c"] = alpha * state.get("c", 0) + (1 - alpha) * g
        s = s - mean * mean
    step = g / (np.sqrt(s) + eps)
    if momentum:
        step = state["b"] = momentum * state.get("b", 0) + step
    return p - lr * step


def adagrad(p, g, state, *, lr, lr_decay=0, weight_decay=0, eps=1e-10, start=0):
    g = g + weight_decay * p
    t = state["t"] = state.get("t", 0) + 1
    s = state["s"] = state.get("s", start) + g * g
    return p - lr / (1 + (t - 1) * lr_decay) * g / (np.sqrt(s) + eps)


def adadelta(p, g, state, *, lr, rho=0.9, eps=1e-6, weight_decay=0):
    g = g + weight_decay * p
    s = state["s"] = rho * state.get("s", 0) + (1 - rho) * g * g
    a = state.get("a", 0)
    d = np.sqrt(a + eps) / np.sqrt(s + eps) * g
    state["a"] = rho * a + (1 - rho) * d * d
    return p - lr * d


def adamax(p, g, state, *, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
    g = g + weight_decay * p
    t = state["t"] = state.get("t", 0) + 1
    m = state["m"] = betas[0] * state.get("m", 0) + (1 - betas[0]) * g
    u = state["u"] = np.maximum(betas[1] * state.get("u", 0), np.abs(g) + eps)
    return p - lr / (1 - betas[0] ** t) * m / u


def nadam(p, g, state, *, lr, betas=(0.9, 0.999), eps=1e-8, momentum_decay=4e-3, weight_decay=0):
    g = g + weight_decay * p
    t = state["t"] = state.get("t", 0) + 1
    m = state["m"] = betas[0] * state.get("m", 0) + (1 - betas[0]) * g
    v = state["v"] = betas[1] * state.get("v", 0) + (1 - betas[1]) * g * g
    now, later = (betas[0] * (1 - 0.5 * 0.96 ** (i * momentum_decay)) for i in (t, t + 1))
    product = state["p"] = state.get("p", 1) * now
    divisor = np.sqrt(v / (1 - betas[1] ** t)) + eps
    step = (1 - now) / (1 - product) * g + later / (1 - product * later) * m
    return p - lr * step / divisor


def radam(p, g, state, *, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
    g = g + weight_decay * p
    t = state["t"] = state.get("t", 0) + 1
    m = state["m"] = betas[0] * state.get("m", 0) + (1 - betas[0]) * g
    v = state["v"] = betas[1] * state.get("v", 0) + (1 - betas[1]) * g * g
    step = m / (1 - betas[0] ** t)
    n = 2 / (1 - betas[1]) - 1
    length = n - 2 * t * betas[1] ** t / (1 - betas[1] ** t)
    if length > 5:
        rectified = (length - 4) * (length - 2) * n / ((n - 4) * (n - 2) * length)
        step = step * np.sqrt(rectified) * np.sqrt(1 - betas[1] ** t) / (np.sqrt(v) + eps)
    return p - lr * step


CASES = [
    (RMSprop, rmsprop, {"lr": 0.1}),
    (RMSprop, rmsprop, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "maximize": True}),
    (RMSprop, rmsprop, {"lr": 0.1, "centered": True, "eps": 0.1}),
    (RMSprop, rmsprop, {"lr": 0.1, "centered": True, "momentum": 0.5, "eps": 0.1}),
    (Adagrad, adagrad, {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1}),
    (Adadelta, adadelta, {"lr": 0.5, "rho": 0.8, "weight_decay": 0.1}),
    (Adamax, adamax, {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": 0.1}),
    # The product of the momenta is kept in single precision, as in PyTorch.
    (NAdam, nadam, {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": 0.1}),
    (RAdam, radam, {"lr": 0.1, "weight_decay": 0.1}),
    (RAdam, radam, {"lr": 0.1, "betas": (0.9, 0.7)}),
    (SGD, sgd, {"lr": 0.1}),
    (SGD, sgd, {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    (SGD, sgd, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True}),
    (Adam, adam, {"lr": 0.1}),
    (Adam, adam, {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
    (Adam, adam, {"lr": 0.1, "amsgrad": True, "maximize": True}),
    (AdamW, adam, {"lr": 0.1, "weight_decay": 0.3}),
]


def reference(kind, formula, options, steps):
    extra = {"decoupled": True} if kind is AdamW else {}
    params = make_parameters()
    values = [p.detach().numpy().copy() for p in params]
    states = [{} for _ in params]
    for step in range(steps):
        set_gradients(params, step)
        values = [
            formula(v, p.grad.numpy(), s, **options, **extra)
            for v, p, s in zip(values, params, states, strict=True)
        ]
    return values


def check(params, values, kind):
    rtol = 1e-5 if kind is NAdam else 1e-9
    for p, value in zip(params, values, strict=True):
        np.testing.assert_allclose(p.detach().numpy(), value, rtol=rtol, atol=1e-10)


@pytest.mark.parametrize(("kind", "formula", "options"), CASES)
def test_steps_follow_the_formula(kind, formula, options):
    params = make_parameters()
    optimizer = kind(params, **options)
    for step in range(4):
        set_gradients(params, step)
        optimizer.step()
    check(params, reference(kind, formula, options, 4), kind)


@pytest.mark.parametrize(("kind", "formula", "options"), CASES)
def test_saved_and_loaded_in_the_middle(kind, formula, options):
    params = make_parameters()
    optimizer = kind(params, **options)
    for step in range(2):
        set_gradients(params, step)
        optimizer.step()
    saved = pickle.loads(pickle.dumps(optimizer.state_dict()))
    twins = [p.detach().clone().requires_grad_(True) for p in params]
    other = kind(twins, lr=9.0)
    other.load_state_dict(saved)
    for step in range(2, 4):
        for group, stepping in ((params, optimizer), (twins, other)):
            set_gradients(group, step)
            stepping.step()
    values = reference(kind, formula, options, 4)
    check(params, values, kind)
    check(twins, values, kind)
    for p, twin in zip(params, twins, strict=True):
        assert p.detach().numpy().tobytes() == twin.detach().numpy().tobytes()


def test_format_of_the_state():
    params = make_parameters()
    optimizer = Adam([{"params": params[:1], "lr": 0.5}, {"params": params[1:]}], amsgrad=True)
    assert optimizer.state_dict()["state"] == {}
    set_gradients(params, 0)
    params[2].grad = None
    optimizer.step()
    state = optimizer.state_dict()
    assert [group["params"] for group in state["param_groups"]] == [[0], [1, 2]]
    assert [group["lr"] for group in state["param_groups"]] == [0.5, 1e-3]
    assert sorted(state["state"]) == [0, 1]
    entry = state["state"][1]
    assert sorted(entry) == ["exp_avg", "exp_avg_sq", "max_exp_avg_sq", "step"]
    assert (entry["step"].dtype, entry["step"].item()) == (tt.float32, 1)
    assert tuple(entry["step"].shape) == ()
    assert SGD(params, momentum=0.9).state_dict()["param_groups"][0] == {
        "lr": 1e-3,
        "momentum": 0.9,
        "dampening": 0,
        "weight_decay": 0,
        "nesterov": False,
        "maximize": False,
        "foreach": None,
        "differentiable": False,
        "fused": None,
        "params": [0, 1, 2],
    }


def test_state_that_starts_otherwise():
    p = tt.ones(2, requires_grad=True)
    optimizer = Adagrad([p], initial_accumulator_value=4.0, eps=0.0, lr=1.0)
    assert optimizer.state_dict()["state"][0]["sum"].tolist() == [4, 4]
    p.grad = tt.tensor([0.0, 3.0])
    optimizer.step()
    np.testing.assert_allclose(p.detach().numpy(), [1, 1 - 3 / 13**0.5], rtol=1e-6)
    optimizer = NAdam([p])
    optimizer.step()
    saved = optimizer.state_dict()["state"][0]
    assert list(saved) == ["step", "mu_product", "exp_avg", "exp_avg_sq"]
    assert saved["mu_product"].dtype == tt.float32


def test_parameters_without_gradient_and_of_other_counts():
    params = make_parameters()
    params.append(tt.ones(2, requires_grad=True))
    for kind, options in ((Adam, {}), (SGD, {"momentum": 0.9})):
        optimizer = kind(params, lr=0.1, **options)
        optimizer.zero_grad()
        optimizer.step()
        assert len(optimizer.state_dict()["state"]) == 0
        set_gradients(params[:1], 0)
        optimizer.step()
        set_gradients(params[:3], 1)
        params[3].grad = tt.ones(2)
        before = params[3].tolist()
        optimizer.step()
        assert params[3].tolist() != before
    optimizer = Adam(params)
    set_gradients(params[:1], 0)
    for p in params[1:]:
        p.grad = None
    optimizer.step()
    set_gradients(params[:3], 1)
    optimizer.step()
    assert [optimizer.state[p]["step"] for p in params[:3]] == [2, 1, 1]


def test_closure_hooks_and_zero_grad():
    p = tt.ones(1, requires_grad=True)
    p.grad = tt.ones(1)
    optimizer, log = SGD([p], lr=0.5), []

    def closure():
        log.append(("closure", tt.is_grad_enabled()))
        return 7

    pre = optimizer.register_step_pre_hook(lambda o, args, kwargs: log.append("pre"))
    post = optimizer.register_step_post_hook(lambda o, args, kwargs: log.append("post"))
    assert optimizer.step(closure) == 7
    assert log == ["pre", ("closure", True), "post"]
    pre.remove()
    post.remove()
    optimizer.step()
    assert len(log) == 3
    assert "step" not in optimizer.__dict__
    assert p.item() == 0
    optimizer.zero_grad(set_to_none=False)
    assert p.grad.tolist() == [0]
    optimizer.zero_grad()
    assert p.grad is None


def test_copy_named_parameters_and_print():
    params = make_parameters()
    optimizer = SGD([("a", params[0]), ("b", params[1])], lr=0.5)
    assert optimizer.param_groups[0]["param_names"] == ["a", "b"]
    assert copy.deepcopy(optimizer).param_groups[0]["lr"] == 0.5
    assert repr(SGD(params)) == (
        "SGD (\nParameter Group 0\n    dampening: 0\n    differentiable: False\n    foreach: None\n"
        "    fused: None\n    lr: 0.001\n    maximize: False\n    momentum: 0\n"
        "    nesterov: False\n    weight_decay: 0\n)"
    )


P = tt.ones(2, requires_grad=True)


@pytest.mark.parametrize(
    ("action", "error", "text"),
    [
        (lambda: SGD(tt.ones(2)), TypeError, "should be an iterable of Tensors or dicts"),
        (lambda: SGD([]), ValueError, "optimizer got an empty parameter list"),
        (lambda: SGD([3]), TypeError, "one of the params is int"),
        (lambda: SGD([P * 2]), ValueError, "can't optimize a non-leaf Tensor"),
        (lambda: SGD([{"params": P}, {"params": P}]), ValueError, "more than one parameter group"),
        (lambda: SGD([{"params": {P}}]), TypeError, "ordered collections"),
        (lambda: SGD([("a", P), P]), ValueError, "Some param names are missing"),
        (lambda: SGD([P]).add_param_group([P]), TypeError, "param_group must be a dict"),
        (lambda: SGD([P], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda: SGD([P], momentum=-1), ValueError, "Invalid momentum value: -1"),
        (lambda: SGD([P], nesterov=True), ValueError, "Nesterov momentum requires"),
        (lambda: SGD([P], differentiable=True), RuntimeError, "not supported"),
        (lambda: Adam([P], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda: Adam([P], betas=(0.9, 1)), ValueError, "beta parameter at index 1: 1"),
        (lambda: Adam([P], eps=-1), ValueError, "Invalid epsilon value: -1"),
        (lambda: AdamW([P], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
        (lambda: RMSprop([P], alpha=-1), ValueError, "Invalid alpha value: -1"),
        (lambda: Adagrad([P], lr_decay=-1), ValueError, "Invalid lr_decay value: -1"),
        (lambda: Adadelta([P], rho=2), ValueError, "Invalid rho value: 2"),
        (lambda: Adamax([P], betas=(1, 0)), ValueError, "beta parameter at index 0: 1"),
        (lambda: NAdam([P], momentum_decay=-1), ValueError, "Invalid momentum_decay value: -1"),
        (lambda: RAdam([P], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda: AdamW([P], capturable=True), RuntimeError, "AdamW: capturable=True"),
        (
            lambda: SGD([P]).load_state_dict({"state": {}, "param_groups": []}),
            ValueError,
            "different number of parameter groups",
        ),
        (
            lambda: SGD([P]).load_state_dict({"state": {}, "param_groups": [{"params": [0, 1]}]}),
            ValueError,
            "doesn't match the size of optimizer's group",
        ),
        (lambda: Optimizer([P], {}).step(), NotImplementedError, "must define step"),
    ],
)
def test_errors(action, error, text):
    with pytest.raises(error, match=text):
        action()


@pytest.mark.parametrize("make", [lambda p: SGD(p, lr=0.1, momentum=0.9), Adam, RMSprop])
def test_duplicate_parameters_warn_and_are_stepped_one_after_the_other(make):
    twice, once = make_parameters(), make_parameters()
    with pytest.warns(UserWarning, match="duplicate parameters"):
        double = make([*twice, *twice])
    single = make(once)
    set_gradients(twice, 0)
    set_gradients(once, 0)
    double.step()
    single.step()
    single.step()
    for p, q in zip(twice, once, strict=True):
        assert p.equal(q)
        assert double.state[p].get("step") == single.state[q].get("step")
