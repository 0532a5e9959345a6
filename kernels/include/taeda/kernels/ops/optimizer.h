// Steps of optimisers over many parameters in one pass.
#pragma once

#include <cmath>
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

// What all calls but SGD's begin with: g <- (maximize ? -g : g) + weight_decay p.
struct StepCall {
  DType dtype;
  std::span<const OptimizerTensor> tensors;
  double lr, weight_decay;
  bool maximize;
};

// s <- alpha s + (1 - alpha) g^2; centered: c <- c + (1 - alpha) (g - c), and s - c^2 stands for s.
// With momentum: b <- momentum b + g / (sqrt(s) + eps), p <- p - lr b; else that quotient takes the
// place of b. state: s, b where momentum is not 0, c where centered.
struct RmsPropCall : StepCall {
  double alpha, eps, momentum;
  bool centered;
};

// s <- s + g^2, p <- p - lr / (1 + (step - 1) lr_decay) g / (sqrt(s) + eps). state: s.
struct AdagradCall : StepCall {
  int64_t step;  // counts from 1
  double lr_decay, eps;
};

// s <- rho s + (1 - rho) g^2, d <- sqrt(a + eps) / sqrt(s + eps) g, a <- rho a + (1 - rho) d^2,
// p <- p - lr d. state: s, a.
struct AdadeltaCall : StepCall {
  double rho, eps;
};

// m <- m + (1 - beta1) (g - m), u <- max(beta2 u, |g| + eps), p <- p - lr / (1 - beta1^step) m / u.
// state: m, u.
struct AdamaxCall : StepCall {
  int64_t step;  // counts from 1
  double beta1, beta2, eps;
};

// What Adam and its kin differ in: p <- p - (moment m + gradient g) / (sqrt(v) / root + eps), or
// without the divisor.
struct AdamSizes {
  double moment, gradient, root;
  bool is_divided;
};

// The sizes of a step that counts from 1: of Adam,
inline AdamSizes adam_sizes(double lr, double beta1, double beta2, int64_t step) {
  const double count = static_cast<double>(step);
  return {lr / (1 - std::pow(beta1, count)), 0, std::sqrt(1 - std::pow(beta2, count)), true};
}
// of NAdam, where mu(t) = beta1 (1 - 0.96^(t momentum_decay) / 2) and mu_product that of mu(1) to
// mu(step),
inline double nadam_momentum(double beta1, double momentum_decay, int64_t step) {
  return beta1 * (1 - 0.5 * std::pow(0.96, static_cast<double>(step) * momentum_decay));
}
inline AdamSizes nadam_sizes(double lr, double beta1, double beta2, double momentum_decay,
                             double mu_product, int64_t step) {
  const double mu = nadam_momentum(beta1, momentum_decay, step);
  const double next = nadam_momentum(beta1, momentum_decay, step + 1);
  return {lr * next / (1 - mu_product * next), lr * (1 - mu) / (1 - mu_product),
          std::sqrt(1 - std::pow(beta2, static_cast<double>(step))), true};
}
// and of RAdam, which divides only when the variance of the divisor is bounded.
inline AdamSizes radam_sizes(double lr, double beta1, double beta2, int64_t step) {
  const double count = static_cast<double>(step), power = std::pow(beta2, count);
  const double size = lr / (1 - std::pow(beta1, count));
  const double most = 2 / (1 - beta2) - 1, length = most - 2 * count * power / (1 - power);
  if (length <= 5) return {size, 0, 1, false};
  const double rectified =
      std::sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length));
  return {size * rectified * std::sqrt(1 - power), 0, 1, true};
}

// Weight decay adds to g as above or, decoupled, multiplies p by 1 - lr weight_decay.
// m <- m + (1 - beta1) (g - m), v <- beta2 v + (1 - beta2) g^2, then p as AdamSizes says. amsgrad
// takes the largest v so far there. state: m, v and, with amsgrad, the largest v.
struct AdamCall : StepCall {
  double beta1, beta2, eps;
  AdamSizes sizes;
  bool amsgrad, decoupled_weight_decay;
};

// Of many tensors together: their `gradient` members. norm gives the sum of |g|^order to the power
// of 1 / order; infinity and -infinity: the largest and the smallest |g|, 0: how many are not 0.
struct NormCall {
  DType dtype;
  std::span<const OptimizerTensor> tensors;
  double order;
};

struct OptimizerKernels {
  void (*sgd)(const SgdCall& call);
  void (*rms_prop)(const RmsPropCall& call);
  void (*adagrad)(const AdagradCall& call);
  void (*adadelta)(const AdadeltaCall& call);
  void (*adamax)(const AdamaxCall& call);
  void (*adam)(const AdamCall& call);
  double (*norm)(const NormCall& call);
  // p <- factor p, p <- min(max(p, low), high).
  void (*scale)(DType dtype, std::span<const OptimizerTensor> tensors, double factor);
  void (*clamp)(DType dtype, std::span<const OptimizerTensor> tensors, double low, double high);
};

}  // namespace taeda
