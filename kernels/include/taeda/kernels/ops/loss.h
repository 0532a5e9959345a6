// Classification losses with their gradients. Scores have the shape (N, C, S): C classes, S
// positions; every target, loss and weight of a position stands at n * S + s.
#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

enum class Reduction : uint8_t { None, Mean, Sum };

// What both losses share. Scores are of a float dtype; half precision computes in float32. A target
// outside [0, C) that is not `ignore_index` throws IndexError. Mean divides by the total weight.
struct LossOptions {
  Array target;  // int64 (N, S), contiguous
  Array weight;  // (C,) of the dtype of the scores, contiguous; null data: all 1
  int64_t ignore_index;
  Reduction reduction;
};

// loss = -weight[target] * scores[n, target, s] of log-probabilities.
struct NllLossCall {
  Array out;           // (N, S) for None, else one element; contiguous
  Array total_weight;  // one element of the accumulator dtype (float64 for float64, else float32)
  Array scores;        // contiguous
  LossOptions options;
};
struct NllLossBackwardCall {
  Array grad_in;   // contiguous
  Array grad_out;  // the shape of `out` above, contiguous
  Array total_weight;
  LossOptions options;
};

// The same from logits: scores = log_softmax(logits), with the target distribution smoothed:
// loss = (1 - e) nll + e / C * sum_c weight[c] * -scores[c].
struct CrossEntropyCall {
  Array out;
  Array total_weight;
  Array row_state;  // (2, N, S) of the accumulator dtype: maximum and log(sum exp(x - maximum))
  Array logits;     // (N, C, S), any strides
  LossOptions options;
  double label_smoothing;
};
struct CrossEntropyBackwardCall {
  Array grad_in;  // (N, C, S), any strides
  Array grad_out;
  Array total_weight;
  Array row_state;
  Array logits;
  LossOptions options;
  double label_smoothing;
};

struct LossKernels {
  void (*nll_loss)(const NllLossCall& call);
  void (*nll_loss_backward)(const NllLossBackwardCall& call);
  void (*cross_entropy)(const CrossEntropyCall& call);
  void (*cross_entropy_backward)(const CrossEntropyBackwardCall& call);
};

}  // namespace taeda
