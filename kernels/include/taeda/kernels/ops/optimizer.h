// Steps of optimisers over many parameters in one pass.
#pragma once

#include <span>

#include "taeda/kernels/dtype.h"

namespace taeda {

// A parameter with its gradient and what the optimiser remembers of it, each `count` elements side
// by side, all of one float dtype.
struct OptimizerTensor {
  void* parameter;
  const void* gradient;
  void* state[3];
  int64_t count;
};

// g <- (maximize ? -g : g) + weight_decay p. With momentum: b <- momentum b + (1 - dampening) g (on
// the first step b <- g), g <- nesterov ? g + momentum b : b. p <- p - lr g. state: b, where
// momentum is not 0.
struct SgdCall {
  DType dtype;
  std::span<const OptimizerTensor> tensors;
  double lr, momentum, dampening, weight_decay;
  bool nesterov, maximize, first_step;
};

// g <- (maximize ? -g : g); weight decay adds weight_decay p to g or, decoupled, multiplies p by
// 1 - lr weight_decay. m <- m + (1 - beta1) (g - m), v <- beta2 v + (1 - beta2) g^2,
// p <- p - lr / (1 - beta1^step) m / (sqrt(v) / sqrt(1 - beta2^step) + eps).
// amsgrad takes the largest v so far in the last line. state: m, v and, with amsgrad, the largest
// v.
struct AdamCall {
  DType dtype;
  std::span<const OptimizerTensor> tensors;
  int64_t step;  // counts from 1
  double lr, beta1, beta2, eps, weight_decay;
  bool amsgrad, maximize, decoupled_weight_decay;
};

struct OptimizerKernels {
  void (*sgd)(const SgdCall& call);
  void (*adam)(const AdamCall& call);
};

}  // namespace taeda
