#include "slots.h"

namespace taeda::python {

PyObject* matmul_slot(PyObject*, PyObject*) noexcept { return Py_NewRef(Py_NotImplemented); }

}  // namespace taeda::python
