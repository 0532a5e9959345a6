"""checkpoint: computing parts of forward again in backward, instead of keeping what they saved."""

from __future__ import annotations

import contextlib
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import taeda_tensor
from taeda_autograd._autograd import backward, runs_for_inputs
from taeda_autograd._function import Function
from taeda_autograd.graph import saved_tensors_hooks
from taeda_tensor import Tensor
from taeda_tensor.amp import autocast_as_now

Contexts = Callable[
    [], tuple[contextlib.AbstractContextManager[Any], contextlib.AbstractContextManager[Any]]
]


class CheckpointError(RuntimeError):
    """Raised where the second run of forward does not save what the first has."""


_early_stop: bool | None = None


class set_checkpoint_early_stop:
    """Within the `with` block, overrides the `early_stop` of every checkpoint.

    >>> with set_checkpoint_early_stop(False):
    ...     pass
    """

    def __init__(self, enable: bool) -> None:
        self.enable = enable
        self._before: list[bool | None] = []

    def __enter__(self) -> None:
        global _early_stop
        self._before.append(_early_stop)
        _early_stop = self.enable

    def __exit__(self, *_: object) -> None:
        global _early_stop
        _early_stop = self._before.pop()


class _AllSaved(Exception):
    """Ends the second run as soon as all that the first has saved is there again."""


def noop_context_fn() -> tuple[contextlib.nullcontext[None], contextlib.nullcontext[None]]:
    """The contexts of a checkpoint that has none of its own."""
    return contextlib.nullcontext(), contextlib.nullcontext()


@contextlib.contextmanager
def _random_state(state: Any) -> Iterator[None]:
    """Runs with the random stream as it was then, and leaves it as it is now."""
    if state is None:
        yield
        return
    now = taeda_tensor.get_rng_state()
    taeda_tensor.set_rng_state(state)
    try:
        yield
    finally:
        taeda_tensor.set_rng_state(now)


class _Place:
    """Stands for a tensor that was saved: known to the nodes that hold it."""

    __slots__ = ("__weakref__", "dtype", "index", "shape")

    def __init__(self, index: int, tensor: Tensor) -> None:
        self.index = index
        self.shape = tuple(tensor.shape)
        self.dtype = tensor.dtype


class _Recomputation:
    """What the second run of forward saves, at the places that the first one took."""

    def __init__(self, run: Callable[[], Any], check: bool, early_stop: bool) -> None:
        self.run = run
        self.check = check
        self.early_stop = early_stop
        self.places: list[weakref.ref[_Place]] = []
        self.values: dict[int, Tensor] = {}

    def hooks(self) -> saved_tensors_hooks:
        def pack(tensor: Tensor) -> _Place:
            place = _Place(len(self.places), tensor)
            self.places.append(weakref.ref(place))
            return place

        return saved_tensors_hooks(pack, self.value_at)

    def value_at(self, place: _Place) -> Tensor:
        if place.index not in self.values:
            self.recompute()
        value = self.values.pop(place.index)
        if self.check and (tuple(value.shape) != place.shape or value.dtype != place.dtype):
            raise CheckpointError(
                "checkpoint: Recomputed values for the following tensors have different metadata "
                f"than during the forward pass: tensor {place.index} was {place.dtype} of shape "
                f"{place.shape} and is {value.dtype} of shape {tuple(value.shape)} now"
            )
        return value

    def recompute(self) -> None:
        count = 0

        def pack(tensor: Tensor) -> Tensor:
            nonlocal count
            if count < len(self.places) and self.places[count]() is not None:
                self.values[count] = tensor.detach()
            count += 1
            if self.early_stop and count == len(self.places):
                raise _AllSaved
            return tensor.detach()

        with (
            taeda_tensor.enable_grad(),
            saved_tensors_hooks(pack, lambda tensor: tensor),
            contextlib.suppress(_AllSaved),
        ):
            self.run()
        if count != len(self.places):
            raise CheckpointError(
                "checkpoint: A different number of tensors was saved during the original forward "
                f"and recomputation: {len(self.places)} and {count}; the function must do the same "
                "each time"
            )


def _checkpoint_by_hooks(
    function: Callable[..., Any],
    contexts: Contexts,
    preserve_rng_state: bool,
    check: bool,
    early_stop: bool,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    first_context, second_context = contexts()
    state = taeda_tensor.get_rng_state() if preserve_rng_state else None
    autocast = autocast_as_now()

    def again() -> None:
        with _random_state(state), autocast, second_context:
            function(*args, **kwargs)

    recomputation = _Recomputation(again, check, early_stop)
    with recomputation.hooks(), first_context:
        return function(*args, **kwargs)


class _Reentrant(Function):
    """Runs a function without the tape, and again with it in backward."""

    @staticmethod
    def forward(
        ctx: Any, function: Callable[..., Any], preserve_rng_state: bool, *args: Any
    ) -> Any:
        ctx.function = function
        ctx.state = taeda_tensor.get_rng_state() if preserve_rng_state else None
        ctx.autocast = autocast_as_now()
        ctx.others = [None if isinstance(value, Tensor) else value for value in args]
        ctx.places = [i for i, value in enumerate(args) if isinstance(value, Tensor)]
        ctx.save_for_backward(*(args[i] for i in ctx.places))
        return function(*args)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> Any:
        if runs_for_inputs():
            raise RuntimeError(
                "checkpoint: When use_reentrant=True, checkpoint is incompatible with grad() or "
                "passing `inputs` to backward(); pass use_reentrant=False, or call backward() "
                "without `inputs`"
            )
        args = list(ctx.others)
        for place, tensor in zip(ctx.places, ctx.saved_tensors, strict=True):
            args[place] = tensor.detach().requires_grad_(tensor.requires_grad)
        with _random_state(ctx.state), ctx.autocast, taeda_tensor.enable_grad():
            outputs = ctx.function(*args)
        listed = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = [
            (output, gradient)
            for output, gradient in zip(listed, gradients, strict=True)
            if isinstance(output, Tensor) and output.requires_grad
        ]
        if not pairs:
            raise RuntimeError(
                "checkpoint: none of output has requires_grad=True, this checkpoint() is not "
                "necessary"
            )
        backward([output for output, _ in pairs], [gradient for _, gradient in pairs])
        return None, None, *(v.grad if isinstance(v, Tensor) else None for v in args)


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Contexts = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Runs `function(*args)`; what it would save for backward is computed again there.

    That spends time to save memory (Chen et al., 2016, Training Deep Nets with Sublinear Memory
    Cost). `use_reentrant=False` is recommended: the other way, gradients reach only the arguments
    and what the function itself refers to, and `grad` with `inputs` does not work. The random
    stream is the same both times. CheckpointError where the function does something else then.

    >>> import taeda_tensor as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> y = checkpoint(lambda x: (x * x).relu(), x, use_reentrant=False)
    >>> y.backward(torch.tensor([1.0, 1.0]))
    >>> x.grad
    tensor([2., 4.])
    """
    if determinism_check not in ("default", "none"):
        raise ValueError(
            f'checkpoint: determinism_check must be "default" or "none", got "{determinism_check}"'
        )
    del debug
    if use_reentrant is None:
        warnings.warn(
            "checkpoint: the use_reentrant parameter should be passed explicitly; "
            "use_reentrant=False is recommended",
            stacklevel=2,
        )
        use_reentrant = True
    if not use_reentrant:
        return _checkpoint_by_hooks(
            function,
            context_fn,
            preserve_rng_state,
            determinism_check == "default",
            early_stop if _early_stop is None else _early_stop,
            args,
            kwargs,
        )
    if kwargs:
        raise ValueError(f"checkpoint: Unexpected keyword arguments: {','.join(kwargs)}")
    if context_fn is not noop_context_fn:
        raise ValueError("checkpoint: context_fn needs use_reentrant=False")
    return _Reentrant.apply(function, preserve_rng_state, *args)


def checkpoint_sequential(
    functions: Sequence[Callable[..., Any]] | Any,
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
) -> Any:
    """Runs functions one after the other, checkpointed in `segments` stretches but the last.

    >>> import taeda_tensor as torch
    >>> x = torch.tensor([0.0], requires_grad=True)
    >>> checkpoint_sequential([torch.exp, torch.exp], 2, x, use_reentrant=False).tolist()
    [2.7182817459106445]
    """
    children = getattr(functions, "children", None)
    steps = list(children()) if callable(children) else list(functions)
    if not 1 <= segments <= max(len(steps), 1):
        raise ValueError(
            f"checkpoint_sequential: segments must lie between 1 and the number of functions, "
            f"{len(steps)}; got {segments}"
        )

    def stretch(start: int, end: int) -> Callable[[Any], Any]:
        def run(value: Any) -> Any:
            for step in steps[start:end]:
                value = step(value)
            return value

        return run

    size = len(steps) // segments
    last = size * (segments - 1)
    for start in range(0, last, size or 1):
        input = checkpoint(
            stretch(start, start + size),
            input,
            use_reentrant=use_reentrant,
            preserve_rng_state=preserve_rng_state,
        )
    return stretch(last, len(steps))(input)
