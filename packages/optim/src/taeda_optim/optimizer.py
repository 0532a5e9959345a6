"""Optimizer, the base class: groups of parameters, their options and their state."""

from __future__ import annotations

import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import partial
from itertools import chain
from typing import Any

from taeda_tensor import Tensor, enable_grad

from ._hooks import RemovableHandle, StepHooks, step_with_hooks
from ._state_hooks import StateHooks


class _Required:
    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()


def _type_name(value: object) -> str:
    kind = type(value)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


class Optimizer(StateHooks):
    """Base class of all optimisers: `params` are tensors, (name, tensor) pairs or groups (dicts).

    A subclass gives `defaults`, the options of a group, and defines `step`. TypeError and
    ValueError for parameters that are no leaves, appear twice or lack an option.

    >>> import taeda_tensor as tt
    >>> class Sign(Optimizer):
    ...     def __init__(self, params, lr=0.5):
    ...         super().__init__(params, {"lr": lr})
    ...     def step(self, closure=None):
    ...         with tt.no_grad():
    ...             for group in self.param_groups:
    ...                 for p in group["params"]:
    ...                     p -= group["lr"] * p.grad.sign()
    >>> p = tt.ones(2, requires_grad=True)
    >>> p.grad = tt.tensor([3.0, -2.0])
    >>> Sign([p]).step()
    >>> p.tolist()
    [0.5, 1.5]
    """

    state: defaultdict[Tensor, Any]
    param_groups: list[dict[str, Any]]
    _step_hooks: StepHooks | None = None

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or "
                f"dicts, but got {_type_name(params)}"
            )
        self.defaults = defaults
        self.state = defaultdict(dict)
        self.param_groups = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates the parameters once; `closure`, if given, computes and returns the loss."""
        raise NotImplementedError(f"{type(self).__name__} must define step")

    @staticmethod
    def _evaluate(closure: Callable[[], Any]) -> Any:
        with enable_grad():
            return closure()

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drops the gradients of all parameters, or sets them to zero."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if set_to_none:
                    parameter.grad = None
                elif parameter.grad is not None:
                    parameter.grad = parameter.grad.detach().zero_()

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Adds a group: a dictionary with "params" and options that differ from the defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        param_group = dict(param_group)
        params = param_group["params"]
        if isinstance(params, Tensor):
            params = [params]
        elif isinstance(params, set | frozenset):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the "
                "ordering of tensors in sets will change between runs. Please use a list instead."
            )
        params = list(params)
        named = [p for p in params if isinstance(p, tuple)]
        if named:
            if len(named) != len(params):
                raise ValueError(
                    "all optimizer params should be with/without names. "
                    "Some param names are missing"
                )
            param_group["param_names"] = [name for name, _ in named]
            params = [parameter for _, parameter in named]
        param_group["params"] = params
        for parameter in params:
            if not isinstance(parameter, Tensor):
                raise TypeError(
                    "optimizer can only optimize Tensors, "
                    f"but one of the params is {_type_name(parameter)}"
                )
            if not (parameter.is_leaf or self.defaults.get("differentiable", None)):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(
                    "parameter group didn't specify a value of required optimization "
                    f"parameter {name}"
                )
            param_group.setdefault(name, default)
        if len({id(p) for p in params}) != len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; "
                "in future, this will cause an error",
                stacklevel=3,
            )
        known = {id(p) for p in chain.from_iterable(g["params"] for g in self.param_groups)}
        if not known.isdisjoint(id(p) for p in params):
            raise ValueError("some parameters appear in more than one parameter group")
        if self.param_groups and ("param_names" in param_group) != (
            "param_names" in self.param_groups[0]
        ):
            raise ValueError(
                "all optimizer param groups should be with/without names. "
                f"cannot add param group with {'' if named else 'no '}names to the optimizer"
            )
        self.param_groups.append(param_group)

    # State

    def _state_to_save(self, state: dict[str, Any]) -> dict[str, Any]:
        return state

    def _state_loaded(self, state: dict[str, Any]) -> dict[str, Any]:
        return state

    def state_dict(self) -> dict[str, Any]:
        """The state and the groups, parameters replaced by their numbers, as PyTorch writes it.

        >>> import taeda_tensor as tt
        >>> from taeda_optim import SGD
        >>> SGD([tt.ones(1, requires_grad=True)]).state_dict()["param_groups"][0]["params"]
        [0]
        """
        self._hooked("before_saving")
        numbers: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            for parameter in group["params"]:
                numbers.setdefault(id(parameter), len(numbers))
            packed = {key: value for key, value in group.items() if key != "params"}
            packed["params"] = [numbers[id(parameter)] for parameter in group["params"]]
            groups.append(packed)
        state = {
            numbers[id(key)] if isinstance(key, Tensor) else key: (
                self._state_to_save(value) if isinstance(value, dict) else value
            )
            for key, value in self.state.items()
            if not isinstance(key, Tensor) or id(key) in numbers
        }
        saved: dict[str, Any] = self._hooked("saved", {"state": state, "param_groups": groups})
        return saved

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict` gave; the state moves to each parameter's dtype and device.

        ValueError, before anything is changed, if the groups differ in number or size.
        """
        state_dict = self._hooked("before_loading", dict(state_dict))
        saved_groups = state_dict["param_groups"]
        if len(saved_groups) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(
            len(saved["params"]) != len(own["params"])
            for saved, own in zip(saved_groups, self.param_groups, strict=True)
        ):
            raise ValueError(
                "loaded state dict contains a parameter group "
                "that doesn't match the size of optimizer's group"
            )
        parameters = {
            number: parameter
            for saved, own in zip(saved_groups, self.param_groups, strict=True)
            for number, parameter in zip(saved["params"], own["params"], strict=True)
        }
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in parameters:
                parameter = parameters[key]
                state[parameter] = self._state_loaded(_adopt(value, parameter))
            else:
                state[key] = value
        groups = []
        for saved, own in zip(saved_groups, self.param_groups, strict=True):
            group = {k: deepcopy(v) for k, v in saved.items() if k not in ("params", "param_names")}
            group["params"] = own["params"]
            if "param_names" in own:
                group["param_names"] = own["param_names"]
            for name, default in self.defaults.items():
                group.setdefault(name, default)
            groups.append(group)
        self.state = state
        self.param_groups = groups
        self._hooked("loaded")

    def __getstate__(self) -> dict[str, Any]:
        return {
            key: value
            for key, value in self.__dict__.items()
            if key not in ("step", "_step_hooks", "_state_hooks")
        }

    # Hooks

    def _add_hook(self, hook: Callable[..., Any], kind: str) -> RemovableHandle:
        hooks = self._step_hooks
        if hooks is None:
            hooks = self._step_hooks = StepHooks()
            # Only an optimiser that has hooks pays for them.
            self.__dict__["step"] = partial(step_with_hooks, self)
        table: OrderedDict[int, Callable[..., Any]] = getattr(hooks, kind)
        handle = RemovableHandle(table, self._drop_empty_hooks)
        table[handle.id] = hook
        return handle

    def _drop_empty_hooks(self) -> None:
        hooks = self._step_hooks
        if hooks is not None and not hooks.pre and not hooks.post:
            del self._step_hooks
            self.__dict__.pop("step", None)

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Registers `hook(optimizer, args, kwargs)`, run before `step`; it may return new ones."""
        return self._add_hook(hook, "pre")

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Registers `hook(optimizer, args, kwargs)`, run after `step`."""
        return self._add_hook(hook, "post")

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for number, group in enumerate(self.param_groups):
            text += f"\nParameter Group {number}\n"
            for key in sorted(group):
                if key != "params":
                    text += f"    {key}: {group[key]}\n"
        return text + ")"


def _adopt(value: Any, parameter: Tensor, key: str | None = None) -> Any:
    # A copy, so that two optimisers that load the same file do not share their state.
    if isinstance(value, Tensor):
        if key == "step":
            return value.clone()
        if parameter.is_floating_point():
            value = value.to(parameter.dtype)
        return value.to(parameter.device).clone()
    if isinstance(value, dict):
        return {name: _adopt(entry, parameter, name) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_adopt(entry, parameter) for entry in value)
    return deepcopy(value)


def number(value: Any) -> float:
    """An option as a Python number; it may be a tensor of one element."""
    return float(value) if isinstance(value, Tensor) else value


def check_options(name: str, **unsupported: bool) -> None:
    """Refuses the options of PyTorch that would change what `name` computes."""
    for option, is_set in unsupported.items():
        if is_set:
            raise RuntimeError(f"{name}: {option}=True is not supported; leave it at False")


def are_one_kind(params: list[Tensor]) -> bool:
    """Whether one fused step can take all of them: same dtype and device, none twice."""
    return (
        len({p.dtype for p in params}) == 1
        and len({p.device for p in params}) == 1
        and len({id(p) for p in params}) == len(params)
    )


def by_kind(params: list[Tensor], steps: list[int] | None = None) -> list[list[int]]:
    """Positions of `params` in lists that one fused step can take: same dtype, device, count.

    A parameter that is listed again waits for a step of its own.
    """
    kinds: dict[Any, list[int]] = {}
    listed: dict[int, int] = {}
    for position, parameter in enumerate(params):
        count = None if steps is None else steps[position]
        again = listed[id(parameter)] = listed.get(id(parameter), -1) + 1
        kind = parameter.dtype, parameter.device, count, again
        kinds.setdefault(kind, []).append(position)
    return list(kinds.values())
