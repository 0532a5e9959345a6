"""Hooks around state_dict and load_state_dict of optimisers."""

from __future__ import annotations

import pickle
from typing import Any

import taeda_tensor as tt
from taeda_optim import SGD, Adam


def optimizer(lr: float = 0.5) -> SGD:
    return SGD([tt.ones(2, requires_grad=True)], lr=lr)


def test_hooks_run_around_saving() -> None:
    order: list[str] = []
    sgd = optimizer()

    def before(given: Any) -> None:
        assert given is sgd
        order.append("before")

    def after(given: Any, state: dict[str, Any]) -> dict[str, Any]:
        order.append("after")
        return {**state, "mine": 1}

    handles = [
        sgd.register_state_dict_post_hook(lambda _, state: order.append(str(sorted(state)))),
        sgd.register_state_dict_post_hook(after, prepend=True),
        sgd.register_state_dict_pre_hook(before),
    ]
    assert sgd.state_dict()["mine"] == 1
    assert order == ["before", "after", "['mine', 'param_groups', 'state']"]
    for handle in handles:
        handle.remove()
    assert sorted(sgd.state_dict()) == ["param_groups", "state"]
    assert len(order) == 3


def test_hooks_run_around_loading() -> None:
    sgd, seen = optimizer(), []
    saved = optimizer(lr=0.25).state_dict()

    def halve(given: Any, state: dict[str, Any]) -> dict[str, Any]:
        groups = [{**group, "lr": group["lr"] / 2} for group in state["param_groups"]]
        return {**state, "param_groups": groups}

    sgd.register_load_state_dict_pre_hook(halve)
    sgd.register_load_state_dict_post_hook(lambda given: seen.append(given.param_groups[0]["lr"]))
    sgd.load_state_dict(saved)
    assert seen == [0.125]
    assert saved["param_groups"][0]["lr"] == 0.25


def test_hooks_stay_with_the_optimiser_and_out_of_pickles() -> None:
    adam = Adam([tt.ones(2, requires_grad=True)])
    adam.register_state_dict_pre_hook(lambda _: None)
    assert pickle.loads(pickle.dumps(adam))._state_hooks is None
    assert optimizer()._state_hooks is None
