// Softmax and its logarithm along one dimension, with their gradients.
#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

// out = exp(in - max) / sum exp(in - max) along `axis`, or with `log` its logarithm
// in - max - log(sum exp(in - max)). Float dtypes, any strides; half precision computes in float32.
// `out` may be `in`.
struct SoftmaxCall {
  Array out;
  Array in;
  int axis;
  bool log;
};

// From the gradient of the result and the result itself to the gradient of the input:
// result * (grad - sum(grad * result)), or with `log` grad - exp(result) * sum(grad).
struct SoftmaxBackwardCall {
  Array grad_in;
  Array grad_out;
  Array result;
  int axis;
  bool log;
};

struct SoftmaxKernels {
  void (*forward)(const SoftmaxCall& call);
  void (*backward)(const SoftmaxBackwardCall& call);
};

}  // namespace taeda
