// What the operator [] and the functions of indexing share.
#pragma once

#include <Python.h>

#include "taeda/tensor/ops/indexing.h"

namespace taeda::python {

// The tensor that an index other than an int, a slice, None or ... stands for: a tensor, a list, a
// range, an array, a bool.
Tensor index_tensor(PyObject* object);

}  // namespace taeda::python
