"""Parameter and Buffer: the two kinds of tensor a module owns."""

from __future__ import annotations

from typing import Any

from taeda_tensor import Tensor, empty


def _rebuild_parameter(cls: type[Parameter], data: Tensor, requires_grad: bool) -> Parameter:
    return cls(data, requires_grad)


class Parameter(Tensor):
    """A tensor that becomes a parameter of the module it is assigned to.

    `data` (any shape and dtype) is shared, not copied; `requires_grad` is on unless told otherwise.

    >>> import taeda_tensor as tt
    >>> weight = Parameter(tt.zeros(2, 3))
    >>> weight.requires_grad, tuple(weight.shape)
    (True, (2, 3))
    """

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Parameter:
        if data is None:
            data = empty(0)
        parameter: Parameter = Tensor._make_subclass(cls, data, requires_grad)
        return parameter

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        # __new__ did the work; Tensor's own initialiser must not see these arguments.
        pass

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        found = memo.get(id(self))
        if found is not None:
            return found  # type: ignore[no-any-return]
        result = type(self)(self.detach().clone(), self.requires_grad)
        memo[id(self)] = result
        return result

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return _rebuild_parameter, (type(self), self.detach(), self.requires_grad)


class _BufferMeta(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return getattr(instance, "_is_buffer", False) is True


class Buffer(metaclass=_BufferMeta):
    """A tensor that becomes a buffer (state that is not trained) of the module it is assigned to.

    The result is a plain Tensor sharing `data`; `persistent=False` keeps it out of `state_dict`.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import Module
    >>> module = Module()
    >>> module.steps = Buffer(tt.zeros(1), persistent=False)
    >>> [name for name, _ in module.named_buffers()], list(module.state_dict())
    (['steps'], [])
    """

    def __new__(  # type: ignore[misc]
        cls, data: Tensor | None = None, *, persistent: bool = True
    ) -> Tensor:
        if data is None:
            data = empty(0)
        buffer = data.detach().requires_grad_(data.requires_grad)
        buffer.__dict__.update(persistent=persistent, _is_buffer=True)
        return buffer
