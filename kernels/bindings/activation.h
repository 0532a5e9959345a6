// The elementwise operation that a matrix product or convolution applies to its result.
#pragma once

#include <nanobind/nanobind.h>

#include <array>
#include <cstring>

#include "taeda/kernels/dtype.h"
#include "taeda/kernels/elementwise.h"
#include "taeda/kernels/ops/parameters.h"
#include "taeda/kernels/promotion.h"

namespace nb = nanobind;

namespace taeda::python {

// Found by its name, with its parameters' defaults; None stands for none.
class Activation {
 public:
  // Throws ValueError for a name that is no operation of one operand on floats, TypeError for
  // integers and for what is no name.
  Activation(const char* operation, nb::handle given, DType dtype) {
    if (given.is_none()) return;
    const char* name;
    if (!nb::try_cast(given, name)) {
      fail<TypeError>(operation, ": activation must be the name of an elementwise operation, got ",
                      Py_TYPE(given.ptr())->tp_name);
    }
    if (!is_floating(dtype)) {
      fail<TypeError>(operation, ": an activation needs a float dtype, got ", dtype);
    }
    UnaryOps::for_each([&]<class Op>() {
      constexpr bool fits = Op::decl.result == Result::Same && accepts(Op::decl, DType::Float32);
      if (!fits || std::strcmp(name, Op::decl.name) != 0) return;
      index_ = index_of<Op>();
      for (int i = 0; i < parameter_count(Op::decl); ++i) {
        params_[static_cast<size_t>(i)] = parameter(Op::decl, i).default_value();
      }
    });
    if (index_ < 0) {
      fail<ValueError>(operation,
                       ": activation must name an elementwise operation of one operand, ",
                       "such as \"relu\", got \"", name, "\"");
    }
  }

  int index() const { return index_; }
  Params params() const { return params_.data(); }

 private:
  int index_ = -1;
  std::array<double, 8> params_{};
};

}  // namespace taeda::python
