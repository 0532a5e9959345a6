# Names that the signatures of the bindings use.
taeda_tensor._tensor.__prefix__:
    from collections.abc import Sequence
    from typing import Any
    from taeda_tensor._size import Size

# The operators: slots of the C API carry no signatures.
taeda_tensor._tensor.Tensor.__(hash|int|index|len)__:
    def __\1__(self) -> int: ...

taeda_tensor._tensor.Tensor.__bool__:
    def __bool__(self) -> bool: ...

taeda_tensor._tensor.Tensor.__float__:
    def __float__(self) -> float: ...

taeda_tensor._tensor.Tensor.__(neg|abs|invert)__:
    def __\1__(self) -> Tensor: ...

taeda_tensor._tensor.Tensor.__([ri]?)(add|sub|mul|truediv|floordiv|mod|pow|and|or|xor|lshift|rshift)__:
    def __\1\2__(self, other: Tensor | float) -> Tensor: ...

taeda_tensor._tensor.Tensor.__(r?)matmul__:
    def __\1matmul__(self, other: Tensor) -> Tensor: ...

taeda_tensor._tensor.Tensor.__(lt|le|gt|ge)__:
    def __\1__(self, other: Tensor | float) -> Tensor: ...

# object promises a bool.
taeda_tensor._tensor.Tensor.__(eq|ne)__:
    def __\1__(self, other: object) -> Tensor: ...

taeda_tensor._tensor.Tensor.__getitem__:
    def __getitem__(self, index: Any) -> Tensor: ...

taeda_tensor._tensor.Tensor.__setitem__:
    def __setitem__(self, index: Any, value: Tensor | float) -> None: ...

taeda_tensor._tensor.Tensor.__delitem__:

# Descriptors of the C API carry no types.
taeda_tensor._tensor.Tensor.shape:
    @property
    def shape(self) -> Size:
        \doc

taeda_tensor._tensor.Tensor.dtype:
    @property
    def dtype(self) -> dtype:
        \doc

taeda_tensor._tensor.Tensor.device:
    @property
    def device(self) -> device:
        \doc

taeda_tensor._tensor.Tensor.ndim$:
    @property
    def ndim(self) -> int:
        \doc

taeda_tensor._tensor.Tensor._make_subclass:
    @staticmethod
    def _make_subclass(cls: type[Any], data: Tensor, requires_grad: bool = False) -> Any: ...

# A keyword of Python cannot name a parameter in a stub.
taeda_tensor._tensor.Tensor.uniform_:
    def uniform_(self, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None) -> Tensor:
        \doc

taeda_tensor._tensor.Tensor.random_:
    def random_(self, from_: int | None = None, to: int | None = None, *, generator: Generator | None = None) -> Tensor:
        \doc

# What an argument decides.
taeda_tensor._tensor.Tensor.size:
    @overload
    def size(self, dim: None = None) -> Size:
        \doc
    @overload
    def size(self, dim: int) -> int: ...

taeda_tensor._tensor.Tensor.stride:
    @overload
    def stride(self, dim: None = None) -> tuple[int, ...]:
        \doc
    @overload
    def stride(self, dim: int) -> int: ...

taeda_tensor._tensor.Tensor.nonzero:
    \from typing import Literal
    @overload
    def nonzero(self, *, as_tuple: Literal[False] = False) -> Tensor:
        \doc
    @overload
    def nonzero(self, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...

taeda_tensor._tensor.nonzero:
    @overload
    def nonzero(input: Tensor, *, as_tuple: Literal[False] = False) -> Tensor:
        \doc
    @overload
    def nonzero(input: Tensor, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...
