// Small pieces that the bindings of structured operations share.
#pragma once

#include <nanobind/stl/optional.h>

#include <optional>

#include "bindings.h"

namespace taeda::python {

// A pair of tensors as a named tuple of taeda_tensor.return_types.
class PairType {
 public:
  explicit PairType(const char* name) : name_(name) {}

  nb::object operator()(const std::pair<Tensor, Tensor>& values) {
    if (!type_) {
      nb::object type = nb::module_::import_("taeda_tensor.return_types").attr(name_);
      type_ = type.release().ptr();
    }
    auto* type = reinterpret_cast<PyTypeObject*>(type_);
    // A tuple's subclass without members of its own is filled like a tuple.
    PyObject* tuple = type->tp_alloc(type, 2);
    if (!tuple) nb::raise_python_error();
    PyTuple_SET_ITEM(tuple, 0, to_python(values.first));
    PyTuple_SET_ITEM(tuple, 1, to_python(values.second));
    return nb::steal(tuple);
  }

 private:
  const char* name_;
  PyObject* type_ = nullptr;  // kept for the life of the process
};

}  // namespace taeda::python
