"""Methods of Tensor that need no kernel: conversions, attributes, iteration, placeholders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from taeda_kernels import _kernels
from taeda_tensor import _formats, _history as _history, _tensor
from taeda_tensor._registry import alias, attribute, method
from taeda_tensor._tensor import Tensor


@method
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """The elements in the dtype and on the device of another tensor."""
    return self.to(other)


def _iter(self: Tensor) -> Iterator[Tensor]:
    if self.dim() == 0:
        raise TypeError("iteration over a 0-d tensor")
    return iter([self.select(0, i) for i in range(self.size(0))])


def _contains(self: Tensor, element: Any) -> bool:
    if isinstance(element, (Tensor, int, float, bool)):
        return bool((self == element).any().item())
    raise RuntimeError(
        f"in: only a tensor or a number can be looked for, got {element.__class__.__name__}"
    )


def _reversed(self: Tensor) -> Tensor:
    return self if self.dim() == 0 else self.flip(0)


def _pos(self: Tensor) -> Tensor:
    return self


@method
def get_device(self: Tensor) -> int:
    """The index of the CUDA device, or -1 for the CPU."""
    return -1 if self.device.index is None else self.device.index


_ARRAY_TYPES = {
    _tensor.bool: "|b1",
    _tensor.uint8: "|u1",
    _tensor.int8: "|i1",
    _tensor.int16: "<i2",
    _tensor.int32: "<i4",
    _tensor.int64: "<i8",
    _tensor.float16: "<f2",
    _tensor.float32: "<f4",
    _tensor.float64: "<f8",
}


@attribute
def __cuda_array_interface__(self: Tensor) -> dict[str, Any]:
    """The memory on a CUDA device, as other libraries of arrays read it."""
    if self.device.type != "cuda":
        raise AttributeError(f"__cuda_array_interface__: the memory is on {self.device}, not cuda")
    if self.requires_grad:
        raise RuntimeError(
            "__cuda_array_interface__: a tensor that requires grad cannot be exported; "
            "use tensor.detach()"
        )
    if self.dtype not in _ARRAY_TYPES:
        raise TypeError(f"__cuda_array_interface__: has no name for {self.dtype}")
    size = self.element_size()
    return {
        "typestr": _ARRAY_TYPES[self.dtype],
        "shape": tuple(self.shape),
        "strides": None if self.is_contiguous() else tuple(size * s for s in self.stride()),
        "data": (self.data_ptr() if self.numel() else 0, False),
        "version": 2,
    }


@method
def record_stream(self: Tensor, stream: Any) -> None:
    """Let the memory, once it is free, wait for what a stream of the device has been given by then.

    Raises RuntimeError of a tensor on the CPU.
    """
    if not self.is_cuda:
        raise RuntimeError(f"record_stream: a tensor of a CUDA device is needed, not {self.device}")
    block = self.untyped_storage().data_ptr()
    _kernels._cuda_also_used_by(block, self.get_device(), stream.cuda_stream)


@method
def is_same_size(self: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape."""
    return tuple(self.shape) == tuple(other.shape)


@method
def is_nonzero(input: Tensor) -> bool:
    """Whether the one element is not zero; RuntimeError for more or fewer elements."""
    return bool(input)


@method
def is_complex(input: Tensor) -> bool:
    """Whether the elements are complex numbers; none are."""
    return False


@method
def is_conj(input: Tensor) -> bool:
    """Whether the tensor is a conjugate view; none is."""
    return False


def is_inference(input: Tensor) -> bool:
    """Whether the memory of the tensor was made in inference mode."""
    return input.is_inference()


@method
def is_shared(self: Tensor) -> bool:
    """Whether the memory is shared with other processes."""
    return self.device.type == "cuda"


@method
def dim_order(self: Tensor) -> tuple[int, ...]:
    """The dimensions from the outermost in memory to the innermost."""
    strides = self.stride()
    return tuple(sorted(range(self.dim()), key=lambda d: (-strides[d], d)))


@method
def conj(input: Tensor) -> Tensor:
    """The complex conjugate: of real numbers the tensor itself."""
    return input


@method
def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself: there are no conjugate views."""
    return input


@method
def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself: there are no negated views."""
    return input


@method
def apply_(self: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replaces each element of a CPU tensor by what a Python function makes of it; slow."""
    flat = [callable(value) for value in self.detach().reshape(-1).tolist()]
    return self.copy_(_tensor.tensor(flat, dtype=self.dtype).reshape(self.shape))


def _show_instead(self: Tensor, view: Tensor, name: str) -> Tensor:
    """Makes a tensor show other memory."""
    if self.requires_grad and _tensor.is_grad_enabled():
        raise RuntimeError(
            f"{name}: a tensor that requires grad cannot change its shape in place; "
            f"use {name.rstrip('_')}()"
        )
    self.data = view.detach()
    return self


@method
def _become(self: Tensor, view: Tensor, name: str) -> Tensor:
    """Makes a tensor a view of itself: the in-place twin of a view; autograd records it."""
    if self.requires_grad and _tensor.is_grad_enabled():
        raise RuntimeError(
            f"{name}: a leaf Variable that requires grad is being used in an in-place operation; "
            f"use {name.rstrip('_')}()"
        )
    self.data = view.detach()
    return self


@method
def squeeze_(self: Tensor, dim: Any = None) -> Tensor:
    """In place: without the dimensions of size 1, or without those given."""
    return self._become(self.squeeze(dim), "squeeze_")


@method
def unsqueeze_(self: Tensor, dim: int) -> Tensor:
    """In place: a new dimension of size 1."""
    return self._become(self.unsqueeze(dim), "unsqueeze_")


@method
def transpose_(self: Tensor, dim0: int, dim1: int) -> Tensor:
    """In place: two dimensions exchanged."""
    return self._become(self.transpose(dim0, dim1), "transpose_")


@method
def t_(self: Tensor) -> Tensor:
    """In place: a matrix transposed."""
    return self._become(self.t(), "t_")


@method
def as_strided_(self: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """In place: another shape and strides of the same memory."""
    return self._become(self.as_strided(size, stride, storage_offset), "as_strided_")


@method
def set_(
    self: Tensor,
    source: Tensor | None = None,
    storage_offset: int = 0,
    size: Any = None,
    stride: Any = None,
) -> Tensor:
    """Shows the memory of another tensor instead, or none."""
    if source is None:
        source = _tensor.empty(0, dtype=self.dtype)
    if source.dtype is not self.dtype:
        raise RuntimeError(f"set_: the source has dtype {source.dtype}, the tensor {self.dtype}")
    if size is not None:
        stride = _tensor.empty(size).stride() if stride is None else stride
        source = source.as_strided(size, stride, storage_offset)
    return _show_instead(self, source, "set_")


@method
def resize_(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """Another shape in place; the elements stay where they are, new memory is not set."""
    shape = tuple(sizes[0]) if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes
    grown = _tensor.empty(*shape, dtype=self.dtype, device=self.device)
    kept = min(grown.numel(), self.numel())
    if kept:
        with _no_grad():
            grown.reshape(-1)[:kept].copy_(self.detach().reshape(-1)[:kept])
    return _show_instead(self, grown, "resize_")


@method
def resize_as_(self: Tensor, the_template: Tensor, memory_format: Any = None) -> Tensor:
    """In place: the shape of another tensor."""
    return resize_(self, *the_template.shape)


def _no_grad() -> Any:
    from taeda_tensor._grad_mode import no_grad

    return no_grad()


@attribute
def layout(self: Tensor) -> _formats.layout:
    """How the elements are stored."""
    return _formats.strided


@attribute
def is_sparse(self: Tensor) -> bool:
    """Whether the layout is sparse; never."""
    return False


@attribute
def is_quantized(self: Tensor) -> bool:
    """Whether the elements are quantised; never."""
    return False


@attribute
def is_meta(self: Tensor) -> bool:
    """Whether the tensor has no memory; never."""
    return False


@attribute
def is_mps(self: Tensor) -> bool:
    """Whether the memory is on an Apple GPU; never."""
    return False


@attribute
def is_nested(self: Tensor) -> bool:
    """Whether the tensor is a list of tensors; never."""
    return False


@attribute
def names(self: Tensor) -> tuple[str | None, ...]:
    """The names of the dimensions: none have any."""
    return (None,) * self.dim()


@attribute
def H(self: Tensor) -> Tensor:
    """The conjugate transpose of a matrix."""
    return self.t()


@attribute
def mH(self: Tensor) -> Tensor:
    """The last two dimensions exchanged and conjugated."""
    return self.mT


def real(input: Tensor) -> Tensor:
    """The real part of each element: the tensor itself."""
    return input


attribute(real)


for _name, _function in (
    ("__iter__", _iter),
    ("__contains__", _contains),
    ("__reversed__", _reversed),
    ("__pos__", _pos),
):
    alias(_name, _function)
# NumPy's operators then leave the operation to the tensor: array + tensor is a tensor.
setattr(Tensor, "__array_priority__", 1000)  # noqa: B010  mypy: not an attribute of the stub
