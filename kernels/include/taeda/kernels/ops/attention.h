// Scaled dot-product attention with its gradients, in memory linear in the number of keys.
#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

// What attends to what. query is (..., L, E), key (..., S, E), value (..., S, V), of float dtypes
// and any strides; `mask` (..., L, S) is bool (true: may attend) or a float that is added to the
// scores. The leading dimensions are those of the result, with stride 0 where one is broadcast.
struct AttentionOperands {
  Array query, key, value;
  Array mask = {};  // data is null where there is none
  double scale;
  bool causal;  // query i attends to the keys up to i
};

// out = softmax(scale * query @ key^T + mask) @ value, zero for a query that may attend to nothing.
// The maths runs in float64 for float64, else in float32. Each query sees the keys in blocks of a
// fixed size, in ascending order, so that its bits depend on its own row, keys and values alone.
struct AttentionCall {
  AttentionOperands operands;
  Array out;      // (..., L, V)
  Array log_sum;  // (..., L), of the accumulator dtype, contiguous: the logarithm of the softmax's
                  // denominator, +infinity for a query that may attend to nothing
};

// The gradients have all leading dimensions of the result: none is summed over.
struct AttentionBackwardCall {
  AttentionOperands operands;
  Array grad_query, grad_key, grad_value;
  Array grad_out, out, log_sum;  // as the forward call left the last two
};

struct AttentionKernels {
  void (*forward)(const AttentionCall& call);
  void (*backward)(const AttentionBackwardCall& call);
};

}  // namespace taeda
