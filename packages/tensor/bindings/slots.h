// The slots of the Tensor type, by protocol; each family that has an operator defines its slot.
#pragma once

#include <vector>

#include "bindings.h"

namespace taeda::python {

std::vector<PyType_Slot> number_slots();

PyObject* power(PyObject* base, PyObject* exponent);                         // slots.cpp
PyObject* subscript_slot(PyObject* self, PyObject* index) noexcept;          // indexing.cpp
int assign_slot(PyObject* self, PyObject* index, PyObject* value) noexcept;  // indexing.cpp
PyObject* matmul_slot(PyObject* left, PyObject* right) noexcept;             // matmul.cpp

}  // namespace taeda::python
