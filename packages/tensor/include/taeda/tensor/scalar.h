// A number from Python: bool, int or float.
#pragma once

#include <cstdint>

#include "taeda/kernels/dtype.h"

namespace taeda {

class Scalar {
 public:
  Scalar() : Scalar(int64_t{0}) {}
  Scalar(bool value) : kind_(DType::Bool), integer_(value) {}        // NOLINT
  Scalar(int value) : Scalar(static_cast<int64_t>(value)) {}         // NOLINT
  Scalar(int64_t value) : kind_(DType::Int64), integer_(value) {}    // NOLINT
  Scalar(double value) : kind_(DType::Float64), floating_(value) {}  // NOLINT

  // Bool, Int64 or Float64.
  DType kind() const { return kind_; }
  double as_double() const {
    return kind_ == DType::Float64 ? floating_ : static_cast<double>(integer_);
  }
  int64_t as_int() const {
    return kind_ == DType::Float64 ? static_cast<int64_t>(floating_) : integer_;
  }
  bool as_bool() const { return kind_ == DType::Float64 ? floating_ != 0 : integer_ != 0; }

 private:
  DType kind_;
  union {
    int64_t integer_;
    double floating_;
  };
};

}  // namespace taeda
