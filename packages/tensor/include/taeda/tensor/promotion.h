// Dtypes of results: PyTorch's type promotion over tensors, zero-dimensional tensors and numbers.
#pragma once

#include "taeda/kernels/promotion.h"
#include "taeda/tensor/door.h"

namespace taeda {

// The common dtype of the inputs from `first` on. Tensors with dimensions decide; zero-dimensional
// ones and Python numbers count only where they are of a higher kind (bool < integer < float).
DType result_type(Inputs inputs, int first = 0);

namespace detail {
TAEDA_API DType result_type_of_mixed(Inputs inputs, int first);
}

inline DType result_type(Inputs inputs, int first) {
  // Tensors of one dtype, the usual case.
  const TensorBody* leader = inputs[static_cast<size_t>(first)];
  bool uniform = leader != nullptr;
  for (size_t i = static_cast<size_t>(first); i < inputs.size() && uniform; ++i) {
    uniform = inputs[i] && inputs[i]->dtype() == leader->dtype() && !inputs[i]->wrapped_number;
  }
  return uniform ? leader->dtype() : detail::result_type_of_mixed(inputs, first);
}

// Whether a result may be written into a tensor of dtype `to`: never down a kind.
constexpr bool can_cast(DType from, DType to) {
  if (is_floating(from)) return is_floating(to);
  return from == DType::Bool || to != DType::Bool;
}

}  // namespace taeda
