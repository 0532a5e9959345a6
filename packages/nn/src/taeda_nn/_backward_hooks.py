"""Full backward hooks, built from tensor hooks: no tape code is needed here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from taeda_tensor import Tensor, is_grad_enabled

if TYPE_CHECKING:
    from ._hooks import CallHooks
    from ._module import Module

Gradients = tuple[Tensor | None, ...]


def _as_gradients(value: Any) -> Gradients:
    return value if isinstance(value, tuple) else (value,)


class BackwardHooks:
    """Watches one call of a module: its inputs and outputs become views that carry tensor hooks.

    A view has a gradient of its own, so what arrives there came through this call and no other.
    """

    def __init__(self, module: Module, hooks: CallHooks) -> None:
        self._module = module
        self._pre_hooks = tuple(hooks.backward_pre.values())
        self._hooks = tuple(hooks.backward.values())
        self._grad_input: list[Tensor | None] = []
        self._grad_output: list[Tensor | None] = []
        self._inputs_left: set[int] = set()
        self._outputs_left: set[int] = set()

    def watch_inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        watched = list(args)
        for position, value in enumerate(args):
            if isinstance(value, Tensor):
                index = len(self._grad_input)
                self._grad_input.append(None)
                if value.requires_grad and is_grad_enabled():
                    view = value.view_as(value)
                    view.register_hook(partial(self._input_arrived, index))
                    watched[position] = view
                    self._inputs_left.add(index)
        self._watched_inputs = frozenset(self._inputs_left)
        return tuple(watched)

    def watch_outputs(self, result: Any) -> Any:
        is_tuple = isinstance(result, tuple)
        outputs = list(result) if is_tuple else [result]
        for position, value in enumerate(outputs):
            if isinstance(value, Tensor):
                index = len(self._grad_output)
                self._grad_output.append(None)
                if value.requires_grad:
                    view = value.view_as(value)
                    view.register_hook(partial(self._output_arrived, index))
                    outputs[position] = view
                    self._outputs_left.add(index)
        self._watched_outputs = frozenset(self._outputs_left)
        return (tuple(outputs) if is_tuple else outputs[0]) if self._outputs_left else result

    def _output_arrived(self, index: int, gradient: Tensor) -> Tensor | None:
        self._grad_output[index] = gradient
        self._outputs_left.discard(index)
        changed = None
        if not self._outputs_left:
            changed = self._run_pre_hooks(index)
            if not self._watched_inputs:
                grad_input: Gradients = tuple(self._grad_input)
                for hook in self._hooks:
                    hook(self._module, grad_input, tuple(self._grad_output))
                self._reset()
        return changed

    def _run_pre_hooks(self, last: int) -> Tensor | None:
        before = self._grad_output[last]
        for hook in self._pre_hooks:
            value = hook(self._module, tuple(self._grad_output))
            if value is not None:
                self._replace("pre-hook", self._grad_output, _as_gradients(value), last)
        after = self._grad_output[last]
        return None if after is before else after

    def _input_arrived(self, index: int, gradient: Tensor) -> Tensor | None:
        self._grad_input[index] = gradient
        self._inputs_left.discard(index)
        if self._inputs_left:
            return None
        for hook in self._hooks:
            value = hook(self._module, tuple(self._grad_input), tuple(self._grad_output))
            if value is not None:
                self._replace("hook", self._grad_input, _as_gradients(value), index)
        after = self._grad_input[index]
        self._reset()
        return None if after is gradient else after

    def _replace(self, kind: str, current: list[Tensor | None], new: Gradients, last: int) -> None:
        if len(new) != len(current):
            raise RuntimeError(
                f"full backward {kind} of {self._module._get_name()}: returned {len(new)} "
                f"gradients where {len(current)} are expected"
            )
        for position, (old, value) in enumerate(zip(current, new, strict=True)):
            if position != last and value is not old:
                raise RuntimeError(
                    f"full backward {kind} of {self._module._get_name()}: gradient {position} has "
                    "already been passed on; with several tensors a hook can replace only the "
                    f"one that arrives last (here {last}); use Tensor.register_hook on the others"
                )
        current[last] = new[last]

    def _reset(self) -> None:
        # A graph that is kept may be walked again.
        self._grad_input = [None] * len(self._grad_input)
        self._grad_output = [None] * len(self._grad_output)
        self._inputs_left = set(self._watched_inputs)
        self._outputs_left = set(self._watched_outputs)
