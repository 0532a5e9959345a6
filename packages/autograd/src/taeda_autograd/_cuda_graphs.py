"""Forward and backward of a function as two graphs of a CUDA device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import taeda_tensor
from taeda_autograd._autograd import grad
from taeda_autograd._function import Function
from taeda_tensor import Tensor, cuda

__all__ = ["make_graphed_callables"]


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _tensors(part)
    elif isinstance(value, dict):
        for part in value.values():
            yield from _tensors(part)
    elif value is not None:
        raise TypeError(f"make_graphed_callables: only tensors come and go, not {type(value)}")


def _filled(value: Any, tensors: Iterator[Tensor]) -> Any:
    """The same structure around other tensors."""
    if isinstance(value, Tensor):
        return next(tensors)
    if isinstance(value, dict):
        return {name: _filled(part, tensors) for name, part in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_filled(part, tensors) for part in value))
    if isinstance(value, (list, tuple)):
        return type(value)(_filled(part, tensors) for part in value)
    return value


class _Graphed:
    """One function with what its graphs read and write."""

    def __init__(self, function: Callable[..., Any], arguments: Sequence[Any], unused: bool):
        self.function = function
        self.arguments = arguments
        self.inputs = list(_tensors(arguments))
        self.parameters: list[Tensor] = []
        if hasattr(function, "parameters"):
            self.parameters = [p for p in function.parameters() if p.requires_grad]
        self.unused = unused
        self.forward_graph, self.backward_graph = cuda.CUDAGraph(), cuda.CUDAGraph()
        self.result: Any = None
        self.outputs: list[Tensor] = []
        self.seeds: list[Tensor] = []
        self.grads: list[Tensor | None] = []

    def run(self) -> Any:
        return self.function(*self.arguments)

    def wanted(self) -> list[Tensor]:
        return [x for x in (*self.inputs, *self.parameters) if x.requires_grad]

    def derive(self, outputs: list[Tensor], seeds: list[Tensor]) -> list[Tensor | None]:
        used = [output for output in outputs if output.requires_grad]
        if not used or not self.wanted():
            return []
        return list(grad(used, self.wanted(), seeds, allow_unused=self.unused))

    def warm_up(self) -> None:
        outputs = list(_tensors(self.run()))
        self.derive(outputs, [taeda_tensor.ones_like(y) for y in outputs if y.requires_grad])

    def record_forward(self, pool: Any) -> None:
        with cuda.graph(self.forward_graph, pool=pool):
            self.result = self.run()
        self.outputs = list(_tensors(self.result))

    def record_backward(self, pool: Any) -> None:
        self.seeds = [taeda_tensor.empty_like(y) for y in self.outputs if y.requires_grad]
        if not self.seeds:
            return
        with cuda.graph(self.backward_graph, pool=pool):
            self.grads = self.derive(self.outputs, self.seeds)

    def __call__(self, *arguments: Any) -> Any:
        given = list(_tensors(arguments))
        if len(given) != len(self.inputs):
            raise TypeError(
                f"a graphed function was recorded with {len(self.inputs)} tensors, got {len(given)}"
            )
        outputs = _Replay.apply(self, *given, *self.parameters)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        return _filled(self.result, iter(outputs))


class _Replay(Function):
    @staticmethod
    def forward(ctx: Any, graphed: _Graphed, *given: Tensor) -> Any:
        ctx.graphed = graphed
        for static, now in zip(graphed.inputs, given, strict=False):
            if static.data_ptr() != now.data_ptr():
                static.detach().copy_(now.detach())
        graphed.forward_graph.replay()
        results = tuple(output.detach() for output in graphed.outputs)
        pairs = zip(results, graphed.outputs, strict=True)
        ctx.mark_non_differentiable(*(mine for mine, y in pairs if not y.requires_grad))
        return results

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        graphed: _Graphed = ctx.graphed
        wanted = (g for g, y in zip(grad_outputs, graphed.outputs, strict=True) if y.requires_grad)
        for seed, given in zip(graphed.seeds, wanted, strict=True):
            if given is None:
                seed.zero_()
            elif seed.data_ptr() != given.data_ptr():
                seed.copy_(given)
        graphed.backward_graph.replay()
        grads = iter(graphed.grads)
        of_inputs = (
            next(grads, None) if x.requires_grad else None
            for x in (*graphed.inputs, *graphed.parameters)
        )
        return (None, *(None if g is None else g.detach() for g in of_inputs))


def make_graphed_callables(
    callables: Any,
    sample_args: Any,
    num_warmup_iters: int = 3,
    allow_unused_input: bool = False,
    pool: Any = None,
) -> Any:
    """Functions or modules whose forward and backward are replays of graphs.

    They take tensors like the samples, which say what needs a gradient. What they return is
    overwritten by their next call. A module is changed in place; in the other mode of training it
    runs as before.
    """
    single = not isinstance(callables, (list, tuple))
    functions = (callables,) if single else tuple(callables)
    samples = (sample_args,) if single else tuple(sample_args)
    memory = pool or cuda.graph_pool_handle()
    forwards = [getattr(f, "forward", f) if hasattr(f, "parameters") else f for f in functions]
    graphed = [
        _Graphed(function, arguments, allow_unused_input)
        for function, arguments in zip(functions, samples, strict=True)
    ]
    side = cuda.Stream()
    side.wait_stream(cuda.current_stream())
    with cuda.stream(side):
        for each in graphed:
            for _ in range(num_warmup_iters):
                each.warm_up()
    cuda.current_stream().wait_stream(side)
    for each in graphed:
        each.record_forward(memory)
    # The last result is derived first: its graph may use the memory that others have left.
    for each in reversed(graphed):
        each.record_backward(memory)
    results = [
        _installed(function, forward, each)
        for function, forward, each in zip(functions, forwards, graphed, strict=True)
    ]
    return results[0] if single else tuple(results)


def _installed(function: Any, forward: Callable[..., Any], graphed: _Graphed) -> Any:
    if not hasattr(function, "parameters"):
        return graphed
    recorded_in = function.training

    def replay_or_run(*arguments: Any) -> Any:
        return graphed(*arguments) if function.training == recorded_in else forward(*arguments)

    function.forward = replay_or_run
    return function
