// Dtypes of results: PyTorch's type promotion over tensors, zero-dimensional tensors and numbers.
#pragma once

#include "taeda/kernels/promotion.h"
#include "taeda/tensor/door.h"

namespace taeda {

// The common dtype of the inputs from `first` on. Tensors with dimensions decide; zero-dimensional
// ones and Python numbers count only where they are of a higher kind (bool < integer < float).
TAEDA_API DType result_type(Inputs inputs, int first = 0);

// Whether a result may be written into a tensor of dtype `to`: never down a kind.
constexpr bool can_cast(DType from, DType to) {
  if (is_floating(from)) return is_floating(to);
  return from == DType::Bool || to != DType::Bool;
}

}  // namespace taeda
