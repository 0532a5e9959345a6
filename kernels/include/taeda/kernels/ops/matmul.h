// Matrix products with what usually follows them: a scaled addend (bias) and an activation.
#pragma once

#include "taeda/kernels/array.h"
#include "taeda/kernels/ops/declaration.h"

namespace taeda {

// out = activation(alpha * (a @ b) + beta * addend), where a is (..., m, k), b is (..., k, n) and
// out is
// (..., m, n). Leading dimensions are equal in number; a and b have those of `out`, with stride 0
// where they are broadcast, and so has `addend`, which also may have stride 0 along m or n: a bias.
//
// The dtypes of a, b, addend and out may differ. The maths runs in float64 where `out` is float64,
// in float32 for the other floats (rounded once at the end), else in integers that wrap around.
// Each element is summed over k in ascending order, with one rounding a step where the instruction
// set has fused multiply-add, so that its bits depend on its own row and column alone. With
// AVX512-BF16 products of bfloat16 run over k = 1, 0, 3, 2, ... and take subnormals for zero.
// `out` must not overlap a or b, nor itself. `addend` may be `out`.
struct MatmulCall {
  Array out;
  Array a;
  Array b;
  double alpha = 1;
  Array addend = {};  // data is null where there is none
  double beta = 1;
  int activation = -1;  // index in UnaryOps; none below 0. Floats only
  Params activation_params = nullptr;
};

// The gradients of a linear layer's parameters: grad_weight (m, n) = grad_out^T @ input and, unless
// its data is null, grad_bias (m,) = the sum of the rows of grad_out (rows, m); input is (rows, n).
// Floats of any dtypes and strides; the maths as above. Rows may be cut into shares, whose number
// follows from the shapes: each is summed as a product is, and the shares are added in their order.
struct LinearWeightGradientCall {
  Array grad_weight;
  Array grad_bias;
  Array grad_out;
  Array input;
};

struct MatmulKernels {
  void (*run)(const MatmulCall& call);
  // *out = sum of a[i] * b[i] for vectors of one length: in an order of its own, which follows from
  // the length and keeps many sums at once. `out` has one element; dtypes as above.
  void (*dot)(const Array& out, const Array& a, const Array& b);
  void (*weight_gradient)(const LinearWeightGradientCall& call);
};

}  // namespace taeda
