// One write of a scatter.
#pragma once

#include "taeda/kernels/dtype.h"
#include "taeda/kernels/ops/indexing.h"

namespace taeda::cuda {

// Stands for an element that is neither read nor written: its index is out of range, or left out.
inline constexpr int64_t kNoOffset = INT64_MIN;

// target = op(target, value); halves compute in float.
template <class T>
TAEDA_HD inline void combine_into(ScatterOp op, T& target, T value) {
  using Math = std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>, float, T>;
  const Math a = static_cast<Math>(target), b = static_cast<Math>(value);
  switch (op) {
    case ScatterOp::Assign:
      target = value;
      break;
    case ScatterOp::Add:
      target = static_cast<T>(static_cast<Math>(a + b));
      break;
    case ScatterOp::Multiply:
      target = static_cast<T>(static_cast<Math>(a * b));
      break;
    case ScatterOp::Maximum:
      if (b > a || b != b) target = value;
      break;
    case ScatterOp::Minimum:
      if (b < a || b != b) target = value;
      break;
  }
}

}  // namespace taeda::cuda
