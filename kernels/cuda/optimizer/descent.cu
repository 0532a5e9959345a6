// Gradient descent, and steps divided by running means of squares.
#include "../families.h"
#include "step.h"

namespace taeda::cuda {
namespace {

template <class T>
struct SgdStep {
  int states;
  StepGradient<T> gradient;
  T lr, momentum, taken;
  bool nesterov, has_momentum, first_step;

  TAEDA_HD void operator()(Element<T>& x) const {
    T g = gradient(x.p, x.g);
    if (has_momentum) {
      x.state[0] = first_step ? g : fma(taken, g, x.state[0] * momentum);
      g = nesterov ? fma(momentum, x.state[0], g) : x.state[0];
    }
    x.p = fma(-lr, g, x.p);
  }
};

// state: the mean of squares, then the momentum's buffer, then the mean, as far as they are used.
template <class T>
struct RmsPropStep {
  int states;
  StepGradient<T> gradient;
  T lr, alpha, taken, eps, momentum;
  bool has_momentum, centered;

  TAEDA_HD void operator()(Element<T>& x) const {
    const T g = gradient(x.p, x.g);
    x.state[0] = fma(taken * g, g, x.state[0] * alpha);
    T square = x.state[0];
    if (centered) {
      T& mean = x.state[has_momentum ? 2 : 1];
      mean = lerp(taken, mean, g);
      square = fma(-mean, mean, square);
    }
    T step = g / (sqrt(square) + eps);
    if (has_momentum) step = x.state[1] = fma(momentum, x.state[1], step);
    x.p = fma(-lr, step, x.p);
  }
};

template <class T>
struct AdagradStep {
  int states;
  StepGradient<T> gradient;
  T lr, eps;
  TAEDA_HD void operator()(Element<T>& x) const {
    const T g = gradient(x.p, x.g);
    x.state[0] = fma(g, g, x.state[0]);
    x.p += -lr * g / (sqrt(x.state[0]) + eps);
  }
};

template <class T>
struct AdadeltaStep {
  int states;
  StepGradient<T> gradient;
  T lr, rho, taken, eps;
  TAEDA_HD void operator()(Element<T>& x) const {
    const T g = gradient(x.p, x.g);
    x.state[0] = fma(taken * g, g, x.state[0] * rho);
    const T delta = sqrt(x.state[1] + eps) / sqrt(x.state[0] + eps) * g;
    x.state[1] = fma(taken * delta, delta, x.state[1] * rho);
    x.p = fma(-lr, delta, x.p);
  }
};

void sgd(const SgdCall& call) {
  dispatch_float(call.dtype, [&]<class T>() {
    const bool has_momentum = call.momentum != 0;
    step_all<T>(call.dtype, call.tensors,
                SgdStep<T>{.states = has_momentum,
                           .gradient = StepGradient<T>(call),
                           .lr = static_cast<T>(call.lr),
                           .momentum = static_cast<T>(call.momentum),
                           .taken = static_cast<T>(1 - call.dampening),
                           .nesterov = call.nesterov,
                           .has_momentum = has_momentum,
                           .first_step = call.first_step});
  });
}

}  // namespace

void rms_prop(const RmsPropCall& call) {
  dispatch_float(call.dtype, [&]<class T>() {
    const bool has_momentum = call.momentum != 0;
    step_all<T>(call.dtype, call.tensors,
                RmsPropStep<T>{.states = 1 + has_momentum + call.centered,
                               .gradient = StepGradient<T>(call),
                               .lr = static_cast<T>(call.lr),
                               .alpha = static_cast<T>(call.alpha),
                               .taken = static_cast<T>(1 - call.alpha),
                               .eps = static_cast<T>(call.eps),
                               .momentum = static_cast<T>(call.momentum),
                               .has_momentum = has_momentum,
                               .centered = call.centered});
  });
}

void adagrad(const AdagradCall& call) {
  const double lr = call.lr / (1 + static_cast<double>(call.step - 1) * call.lr_decay);
  dispatch_float(call.dtype, [&]<class T>() {
    step_all<T>(
        call.dtype, call.tensors,
        AdagradStep<T>{1, StepGradient<T>(call), static_cast<T>(lr), static_cast<T>(call.eps)});
  });
}

void adadelta(const AdadeltaCall& call) {
  dispatch_float(call.dtype, [&]<class T>() {
    step_all<T>(
        call.dtype, call.tensors,
        AdadeltaStep<T>{2, StepGradient<T>(call), static_cast<T>(call.lr), static_cast<T>(call.rho),
                        static_cast<T>(1 - call.rho), static_cast<T>(call.eps)});
  });
}

OptimizerKernels optimizer_kernels() {
  return {.sgd = sgd,
          .rms_prop = rms_prop,
          .adagrad = adagrad,
          .adadelta = adadelta,
          .adamax = adamax,
          .adam = adam,
          .norm = norm_of_all,
          .scale = scale_all,
          .clamp = clamp_all};
}

}  // namespace taeda::cuda
