// Scans: every element becomes the combination of all up to it, in sequence, along one dimension.
#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

enum class ScanOp : uint8_t {
  CumSum,
  CumProd,
  CumMax,  // once NaN, always NaN; the last of equals is the one that `index` names
  CumMin,
  LogCumSumExp,  // log(sum(exp)), float dtypes
};

// `out` has the shape of `in`, any strides; maths runs in the dtype of `out`, the carry of float32
// sums and products in float64. `out` may be `in`.
struct ScanCall {
  ScanOp op;
  Array out;
  Array index;  // int64, of CumMax and CumMin only
  Array in;
  int axis;
};

struct ScanKernels {
  void (*run)(const ScanCall& call);
};

}  // namespace taeda
