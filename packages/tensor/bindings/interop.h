// Memory of other libraries as tensors, and tensors as memory of others; nothing is copied.
#pragma once

#include "bindings.h"

namespace taeda::python {

// A tensor on the memory of an object with the buffer protocol, which is kept alive. A buffer that
// may not be written makes a storage that may not. TypeError for element types there is no dtype
// for.
Tensor from_buffer(const char* function, PyObject* object);
// The same for a NumPy array, bfloat16 included.
Tensor from_array(const char* function, nb::handle array);
// Whether the object is a NumPy array, without importing NumPy.
bool is_array(PyObject* object);
// A NumPy array on the tensor's memory.
nb::object to_array(const TensorBody& tensor, const char* function);

// Py_bf_getbuffer and Py_bf_releasebuffer of Tensor.
int get_buffer(PyObject* self, Py_buffer* view, int flags) noexcept;
void release_buffer(PyObject* self, Py_buffer* view) noexcept;

}  // namespace taeda::python
