// The memory under tensors: what saving, copying deeply and reinterpreting need.
#include "bindings.h"
#include "taeda/tensor/tensor.h"

namespace taeda::python {
namespace {

// All bytes of the storage, whatever part the tensor shows.
Tensor storage_bytes(const TensorBody& tensor) {
  return Tensor::make(tensor.storage_ptr(), 0, Dims{tensor.storage().bytes()}, Dims{1},
                      DType::UInt8);
}

// A tensor of these sizes on the storage of another.
Tensor on_storage(const TensorBody& memory, DType dtype, const Dims& shape, const Dims& strides,
                  int64_t offset) {
  int64_t low = offset, high = offset + 1;
  bool none = shape.size() != strides.size();
  if (none)
    fail<ValueError>("storage: shape ", shape, " and strides ", strides, " differ in length");
  for (int d = 0; d < shape.size(); ++d) {
    if (shape[d] < 0) fail<ValueError>("storage: negative size in ", shape);
    none |= shape[d] == 0;
    int64_t reach;
    int64_t& end = strides[d] < 0 ? low : high;
    if (__builtin_mul_overflow(shape[d] - 1, strides[d], &reach) ||
        __builtin_add_overflow(end, reach, &end)) {
      fail<ValueError>("storage: shape ", shape, " with strides ", strides, " overflows");
    }
  }
  const int64_t available = memory.storage().bytes() / size_of(dtype);
  if (!none && (low < 0 || high > available)) {
    fail<ValueError>("storage: shape ", shape, " with strides ", strides, " and offset ", offset,
                     " reaches outside of a storage of ", available, " elements");
  }
  return Tensor::make(memory.storage_ptr(), none ? 0 : offset, shape, strides, dtype);
}

// The same bytes as elements of another dtype; the last dimension grows or shrinks with their size.
Tensor view_as_dtype(const TensorBody& tensor, DType dtype) {
  const int64_t from = size_of(tensor.dtype()), to = size_of(dtype);
  if (tensor.requires_grad) {
    fail<RuntimeError>(
        "view: the bits of a tensor that requires grad cannot be viewed as another "
        "dtype; use detach()");
  }
  Dims shape = tensor.shape(), strides = tensor.strides();
  int64_t offset = tensor.offset();
  if (from != to) {
    const int last = shape.size() - 1;
    if (last < 0 || strides[last] != 1) {
      fail<RuntimeError>("view: viewing ", tensor.dtype(), " as ", dtype,
                         " needs a last dimension of stride 1, got shape ", shape, " with strides ",
                         tensor.strides());
    }
    const auto rescaled = [&](int64_t elements) {
      if (elements * from % to != 0) {
        fail<RuntimeError>("view: viewing ", tensor.dtype(), " as ", dtype,
                           " needs sizes, strides and "
                           "offset that are multiples of ",
                           to / from, ", got shape ", tensor.shape(), " with strides ",
                           tensor.strides());
      }
      return elements * from / to;
    };
    shape[last] = rescaled(shape[last]);
    for (int d = 0; d < last; ++d) strides[d] = rescaled(strides[d]);
    offset = rescaled(offset);
  }
  return Tensor::make(tensor.storage_ptr(), offset, shape, strides, dtype);
}

}  // namespace

void bind_storage(nb::module_& m, TensorClass& tensor) {
  m.def("_storage_bytes", storage_bytes, nb::arg("tensor"));
  m.def("_on_storage", on_storage, nb::arg("memory"), nb::arg("dtype"), nb::arg("shape"),
        nb::arg("strides"), nb::arg("offset"));
  tensor.def("_view_as_dtype", view_as_dtype, nb::arg("dtype"))
      .def("_storage_address",
           [](const TensorBody& self) { return reinterpret_cast<uintptr_t>(&self.storage()); });
}

}  // namespace taeda::python
