// The parts of the module, one function for each topic.
#pragma once

#include <nanobind/nanobind.h>

#include "taeda/tensor/caster.h"

namespace nb = nanobind;

namespace taeda::python {

using TensorClass = nb::class_<TensorBody>;

void bind_types(nb::module_& m);                             // dtype, device, Size
TensorClass bind_tensor(nb::module_& m);                     // the class: attributes and slots
void bind_elementwise(nb::module_& m, TensorClass& tensor);  // the lists of the kernels
void bind_choice(nb::module_& m, TensorClass& tensor);       // where, clamp
void bind_views(nb::module_& m, TensorClass& tensor);
void bind_creation(nb::module_& m, TensorClass& tensor);  // empty, zeros, full, arange, ...
void bind_data(nb::module_& m, TensorClass& tensor);      // tensor, as_tensor
void bind_copies(nb::module_& m, TensorClass& tensor);    // clone, to, copy_, fill_
void bind_interop(nb::module_& m, TensorClass& tensor);   // NumPy, DLPack
void bind_indexing(nb::module_& m, TensorClass& tensor);  // tensor[...] and tensor[...] = value
void bind_random(nb::module_& m, TensorClass& tensor);    // Generator, rand, uniform_
void bind_optimizer(nb::module_& m);                      // fused steps
void bind_sort(nb::module_& m, TensorClass& tensor);
void bind_reduce(nb::module_& m, TensorClass& tensor);  // reductions and scans
void bind_neural(nb::module_& m, TensorClass& tensor);  // softmax, normalisation, pools, losses
void bind_matmul(nb::module_& m, TensorClass& tensor);  // matmul, mm, addmm, linear, ...
void bind_convolution(nb::module_& m);                  // conv1d to conv_transpose3d
void bind_attention(nb::module_& m);
void bind_recurrence(nb::module_& m);
void bind_promotion(nb::module_& m);                     // result_type, can_cast
void bind_storage(nb::module_& m, TensorClass& tensor);  // the memory itself
void bind_modes(nb::module_& m);
void bind_autocast(nb::module_& m);  // gradient mode, threads, memory

// Sets the Python error that the exception in flight stands for: for slots written in plain C API.
void set_python_error() noexcept;
void register_errors();

// The tensor on the memory of a NumPy array that is an operand; undefined for anything else.
Tensor array_operand(PyObject* object);

// An operand of a number slot, which may be an array too.
class SlotOperand : public Operand {
 public:
  bool read(PyObject* object) {
    if (!Operand::read(object)) hold(array_operand(object));
    return body() != nullptr;
  }
};

// Runs a slot's body, turning exceptions into Python errors.
template <class Body>
PyObject* slot(Body&& body) noexcept {
  try {
    return body();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

inline Tensor tensor_of(const TensorBody& body) { return Tensor(const_cast<TensorBody*>(&body)); }

}  // namespace taeda::python
