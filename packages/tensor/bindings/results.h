// Small pieces that the bindings of structured operations share.
#pragma once

#include <nanobind/stl/optional.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "bindings.h"

namespace taeda::python {

template <size_t N>
struct Text {
  char text[N];
  consteval Text(const char (&from)[N]) { std::copy_n(from, N, text); }
};

// A pair of tensors as the named tuple `name` of taeda_tensor.return_types.
template <Text name>
class Pair : public nb::object {
 public:
  static constexpr auto Name =
      nb::detail::const_name("taeda_tensor.return_types.") + nb::detail::const_name(name.text);
  using nb::object::object;
  Pair(const std::pair<Tensor, Tensor>& values) : nb::object(made(values)) {}

 private:
  static nb::object made(const std::pair<Tensor, Tensor>& values) {
    // Kept for the life of the process.
    static PyObject* found =
        nb::object(nb::module_::import_("taeda_tensor.return_types").attr(name.text))
            .release()
            .ptr();
    auto* type = reinterpret_cast<PyTypeObject*>(found);
    // A tuple's subclass without members of its own is filled like a tuple.
    PyObject* tuple = type->tp_alloc(type, 2);
    if (!tuple) nb::raise_python_error();
    PyTuple_SET_ITEM(tuple, 0, to_python(values.first));
    PyTuple_SET_ITEM(tuple, 1, to_python(values.second));
    return nb::steal(tuple);
  }
};

}  // namespace taeda::python
