// Reductions: many elements to one. The order in which elements are combined is a function of their
// number only, so the result does not depend on threads, memory layout or the other outputs.
#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

enum class ReduceOp : uint8_t {
  Sum,
  NanSum,  // NaN counts as zero
  Mean,
  Prod,
  Max,  // NaN where an element is NaN
  Min,  // likewise
  Any,  // an element is not zero
  All,  // no element is zero
  CountNonzero,
  SumAbs,     // norm of order 1
  Norm2,      // sqrt(sum x^2)
  MaxAbs,     // norm of order infinity
  LogSumExp,  // log(sum(exp(x))), without overflow
};

// out[i] = op over the elements in[i, ...]. The shape of `in` is that of `out` followed by
// `reduced_ndim` reduced dimensions; any strides. Maths runs in the dtype of `out` (half precision:
// float32; integers and bool: int64); Any, All and CountNonzero first turn elements into bool.
// Without elements: sums 0, Prod 1, Mean NaN, Any false, All true,
// LogSumExp minus infinity; Max, Min and MaxAbs need one.
struct ReduceCall {
  ReduceOp op;
  Array out;
  Array in;
  int reduced_ndim;
};

// The first position of the largest (smallest) element along the reduced dimensions, counted
// row-major over them; NaN is larger (smaller) than anything. At least one element.
struct ArgReduceCall {
  bool largest;
  Array index;  // int64
  Array value;  // of the dtype of `in`; null data: not wanted
  Array in;
  int reduced_ndim;
};

// sum (x - mean)^2 / (n - correction), in two passes; with `root` its square root. Float dtypes.
struct MomentsCall {
  Array variance;
  Array mean;  // null data: not wanted
  Array in;
  int reduced_ndim;
  double correction;
  bool root;
};

struct ReduceKernels {
  void (*run)(const ReduceCall& call);
  void (*arg)(const ArgReduceCall& call);
  void (*moments)(const MomentsCall& call);
};

}  // namespace taeda
