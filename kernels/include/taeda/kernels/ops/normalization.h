// Layer, RMS, group and batch normalisation with their gradients. All arrays are contiguous and of
// float dtypes; statistics are kept in the accumulator dtype (float64 for float64, else float32).
#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

// Each row of `in` (rows, n): out = (x - mean) / sqrt(var + eps) * weight + bias, with the biased
// variance. Not `centered` (RMS): x / sqrt(mean(x^2) + eps) * weight; `mean` is then not touched.
struct LayerNormCall {
  Array out;
  Array mean, rstd;  // (rows,), of the accumulator dtype
  Array in;
  Array weight, bias;  // (n,); null data: 1 and 0
  double eps;
  bool centered;
};
struct LayerNormBackwardCall {
  Array grad_in;
  Array grad_weight, grad_bias;  // (n,); null data: not wanted
  Array grad_out;
  Array in;
  Array mean, rstd;
  Array weight;
  bool centered;
};

// The same with one mean and variance for each of `groups` groups of channels: in (N, C, S).
struct GroupNormCall {
  Array out;
  Array mean, rstd;  // (N * groups,)
  Array in;
  Array weight, bias;  // (C,); null data: 1 and 0
  int64_t groups;
  double eps;
};
struct GroupNormBackwardCall {
  Array grad_in;
  Array grad_weight, grad_bias;  // (C,); null data: not wanted
  Array grad_out;
  Array in;
  Array mean, rstd;
  Array weight;
  int64_t groups;
};

// One mean and variance for each channel of in (N, C, S). In training those of the batch, which
// also move the running ones: running = (1 - momentum) * running + momentum * new, with the
// unbiased variance; else the running ones.
struct BatchNormCall {
  Array out;
  Array mean, rstd;  // (C,), of the accumulator dtype: what was used
  Array in;
  Array weight, bias;               // (C,); null data: 1 and 0
  Array running_mean, running_var;  // (C,); null data in training: none kept
  bool training;
  double momentum;
  double eps;
};
struct BatchNormBackwardCall {
  Array grad_in;
  Array grad_weight, grad_bias;  // (C,); null data: not wanted
  Array grad_out;
  Array in;
  Array mean, rstd;
  Array weight;
  bool training;  // the statistics were functions of `in`
};

struct NormalizationKernels {
  void (*layer_norm)(const LayerNormCall& call);
  void (*layer_norm_backward)(const LayerNormBackwardCall& call);
  void (*group_norm)(const GroupNormCall& call);
  void (*group_norm_backward)(const GroupNormBackwardCall& call);
  void (*batch_norm)(const BatchNormCall& call);
  void (*batch_norm_backward)(const BatchNormBackwardCall& call);
};

}  // namespace taeda
