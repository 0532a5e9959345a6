"""Module, the base class of everything with parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import taeda_tensor
from taeda_tensor import Tensor, no_grad

from ._error_path import add_path_note
from ._hooks import CallHooks, Hook, RemovableHandle, add_hook, call_with_hooks
from ._state_dict import ModuleStateDict


class Module(ModuleStateDict):
    """Base class of modules: assign parameters and other modules as attributes, define `forward`.

    An error raised below gets a note with the path of the module it came from.

    >>> from taeda_nn import Linear, Module
    >>> class Net(Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.layer = Linear(2, 3)
    ...     def forward(self, x):
    ...         return self.layer(x)
    >>> Net()
    Net(
      (layer): Linear(in_features=2, out_features=3, bias=True)
    )
    """

    training: bool
    _call_hooks: CallHooks | None

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "training", True)
        object.__setattr__(self, "_call_hooks", None)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; every subclass overrides it."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            if self._call_hooks is None:
                return self.forward(*args, **kwargs)
            return call_with_hooks(self, self._call_hooks, args, kwargs)
        except Exception as error:
            add_path_note(error, self)
            raise

    # Hooks around calls

    def _own_call_hooks(self) -> CallHooks:
        hooks = self._call_hooks
        if hooks is None:
            hooks = CallHooks()
            object.__setattr__(self, "_call_hooks", hooks)
        return hooks

    @property
    def _forward_pre_hooks(self) -> dict[int, Hook]:
        return self._own_call_hooks().forward_pre

    @property
    def _forward_hooks(self) -> dict[int, Hook]:
        return self._own_call_hooks().forward

    def register_forward_pre_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Registers `hook(module, args)`, run before `forward`; it may return new arguments.

        With `with_kwargs` it is `hook(module, args, kwargs)` and may return `(args, kwargs)`.
        """
        hooks = self._own_call_hooks()
        flags = ((hooks.forward_pre_with_kwargs, with_kwargs),)
        return add_hook(hooks.forward_pre, hook, flags, prepend)

    def register_forward_hook(
        self,
        hook: Hook,
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Registers `hook(module, args, output)`, run after `forward`; it may return a new output.

        With `with_kwargs` it is `hook(module, args, kwargs, output)`. With `always_call` it runs
        after an error too.
        """
        hooks = self._own_call_hooks()
        flags = (
            (hooks.forward_with_kwargs, with_kwargs),
            (hooks.forward_always_called, always_call),
        )
        return add_hook(hooks.forward, hook, flags, prepend)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Registers `hook(module, grad_output)`, run when the outputs have their gradients."""
        return add_hook(self._own_call_hooks().backward_pre, hook, prepend=prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Registers `hook(module, grad_input, grad_output)`, run when the gradients of the
        positional inputs are there; it may return new gradients of the inputs."""
        return add_hook(self._own_call_hooks().backward, hook, prepend=prepend)

    # Modes

    def train(self, mode: bool = True) -> Self:
        """Sets training mode, here and below."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for module in self.modules():
            object.__setattr__(module, "training", mode)
        return self

    def eval(self) -> Self:
        """Sets evaluation mode, here and below."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Switches gradients of all parameters on or off."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drops the gradients of all parameters, or sets them to zero."""
        for parameter in self.parameters():
            gradient = parameter.grad
            if gradient is not None:
                if set_to_none:
                    parameter.grad = None
                else:
                    parameter.grad = gradient.detach().zero_()

    # Conversion

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Calls `fn` on every module below, then on this one.

        >>> from taeda_nn import Identity, Sequential
        >>> _ = Sequential(Identity()).apply(lambda module: print(type(module).__name__))
        Identity
        Sequential
        """
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        # Parameters stay the same objects, so an optimiser that holds them keeps its hold.
        if recurse:
            for module in self.children():
                module._apply(fn)
        attributes = self.__dict__
        for name in self._parameter_names:
            parameter = attributes[name]
            if parameter is None:
                continue
            with no_grad():
                converted = fn(parameter)
                gradient = parameter.grad
                if gradient is not None:
                    converted_gradient = fn(gradient).requires_grad_(gradient.requires_grad)
                    parameter.grad = None
                parameter.data = converted
                if gradient is not None:
                    parameter.grad = converted_gradient
        for name in self._buffer_names:
            buffer = attributes[name]
            if buffer is not None:
                object.__setattr__(self, name, fn(buffer))
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Moves parameters and buffers to a device and casts the floating-point ones to a dtype.

        `to(device, dtype, non_blocking)`, `to(dtype, non_blocking)` or `to(tensor, non_blocking)`;
        `to(memory_format=channels_last)` lays those of 4 dimensions out so, `channels_last_3d`
        those of 5. In place. TypeError for a dtype that is not floating point.

        >>> import taeda_tensor as tt
        >>> from taeda_nn import Linear
        >>> Linear(2, 3).to(tt.float64).weight.dtype == tt.float64
        True
        """
        memory_format = kwargs.pop("memory_format", None)
        device, dtype, non_blocking = _parse_to(*args, **kwargs)
        ranks = _RANKS.get(memory_format, (4, 5))

        def convert(tensor: Tensor) -> Tensor:
            if memory_format is not None and tensor.dim() in ranks:
                tensor = tensor.to(memory_format=memory_format)
            if dtype is not None and tensor.is_floating_point():
                tensor = tensor.to(dtype)
            if device is not None:
                tensor = tensor.to(device, non_blocking=non_blocking)
            return tensor

        return self._apply(convert)

    def to_empty(self, *, device: Any, recurse: bool = True) -> Self:
        """Moves to a device without copying the values."""
        return self._apply(lambda t: taeda_tensor.empty_like(t, device=device), recurse)

    def type(self, dst_type: Any) -> Self:
        """Casts all parameters and buffers to a dtype."""
        return self._apply(lambda t: t.to(dst_type))

    def _cast_floating_point(self, dtype: taeda_tensor.dtype) -> Self:
        return self._apply(lambda t: t.to(dtype) if t.is_floating_point() else t)

    def float(self) -> Self:
        """Casts floating-point parameters and buffers to float32."""
        return self._cast_floating_point(taeda_tensor.float32)

    def double(self) -> Self:
        """Casts floating-point parameters and buffers to float64."""
        return self._cast_floating_point(taeda_tensor.float64)

    def half(self) -> Self:
        """Casts floating-point parameters and buffers to float16."""
        return self._cast_floating_point(taeda_tensor.float16)

    def bfloat16(self) -> Self:
        """Casts floating-point parameters and buffers to bfloat16."""
        return self._cast_floating_point(taeda_tensor.bfloat16)

    def cpu(self) -> Self:
        """Moves parameters and buffers to the CPU."""
        return self._apply(lambda t: t.to("cpu"))

    def cuda(self, device: Any = None) -> Self:
        """Moves parameters and buffers to a CUDA device."""
        if device is None:
            device = "cuda"
        elif isinstance(device, int):
            device = f"cuda:{device}"
        return self._apply(lambda t: t.to(device))

    def share_memory(self) -> Self:
        """Moves parameters and buffers to memory shared between processes."""
        return self._apply(lambda t: t.share_memory_())

    # Printing and copying

    def extra_repr(self) -> str:
        """What stands between the brackets of the printed module; override it."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        extra_lines = extra.split("\n") if extra else []
        child_lines = [
            f"({name}): {indent(repr(self.__dict__[name]))}" for name in self._module_names
        ]
        lines = extra_lines + child_lines
        if len(extra_lines) == 1 and not child_lines:
            body = extra_lines[0]
        elif lines:
            body = "\n  " + "\n  ".join(lines) + "\n"
        else:
            body = ""
        return f"{self._get_name()}({body})"


def indent(text: str) -> str:
    """`text` with every line but the first indented by two spaces."""
    return text.replace("\n", "\n  ")


# The ranks of the tensors that a memory format lays out.
_RANKS = {taeda_tensor.channels_last: (4,), taeda_tensor.channels_last_3d: (5,)}


def _parse_to(*args: Any, **kwargs: Any) -> tuple[Any, Any, bool]:
    device = kwargs.pop("device", None)
    dtype = kwargs.pop("dtype", None)
    tensor = kwargs.pop("tensor", None)
    non_blocking = kwargs.pop("non_blocking", False)
    if kwargs:
        raise TypeError(f"to() got an unexpected keyword argument '{next(iter(kwargs))}'")
    rest = list(args)
    if rest and isinstance(rest[0], Tensor):
        tensor = rest.pop(0)
    elif rest and isinstance(rest[0], taeda_tensor.dtype):
        dtype = rest.pop(0)
    elif rest:
        device = rest.pop(0)
        if rest and (rest[0] is None or isinstance(rest[0], taeda_tensor.dtype)):
            dtype = rest.pop(0)
    if rest and isinstance(rest[0], bool):
        non_blocking = rest.pop(0)
    if rest or (device is not None and not isinstance(device, str | int | taeda_tensor.device)):
        raise TypeError(
            "to() takes (device, dtype, non_blocking), (dtype, non_blocking) or "
            f"(tensor, non_blocking), but got {args!r}"
        )
    if tensor is not None:
        device, dtype = tensor.device, tensor.dtype
    if (
        dtype is not None
        and not dtype.is_floating_point
        and not getattr(dtype, "is_complex", False)
    ):
        raise TypeError(
            "nn.Module.to only accepts floating point or complex dtypes, "
            f"but got desired dtype={dtype}"
        )
    return device, dtype, non_blocking
