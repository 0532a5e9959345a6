// Gradient descent, and steps divided by running means of squares.
#include "../families.h"
#include "step.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

template <class T>
void sgd_as(const SgdCall& call) {
  const Vec<T> lr(-call.lr), decay(call.weight_decay), momentum(call.momentum);
  const Vec<T> taken(1 - call.dampening);
  const bool decays = call.weight_decay != 0;
  const auto gradient = [=, maximize = call.maximize](Vec<T> p, Vec<T> g) {
    if (maximize) g = -g;
    return decays ? fma(decay, p, g) : g;
  };
  if (call.momentum == 0) {
    return step_all<T, 0>(call.dtype, call.tensors,
                          [=](Lanes<T, 0>& x) { x.p = fma(lr, gradient(x.p, x.g), x.p); });
  }
  const auto step = [&]<bool First>() {
    step_all<T, 1>(call.dtype, call.tensors, [=, nesterov = call.nesterov](Lanes<T, 1>& x) {
      const Vec<T> g = gradient(x.p, x.g);
      x.state[0] = First ? g : fma(taken, g, x.state[0] * momentum);
      x.p = fma(lr, nesterov ? fma(momentum, x.state[0], g) : x.state[0], x.p);
    });
  };
  if (call.first_step)
    step.template operator()<true>();
  else
    step.template operator()<false>();
}

template <class T, bool kMomentum, bool kCentered>
void rms_prop_as(const RmsPropCall& call) {
  constexpr int kStates = 1 + kMomentum + kCentered;
  const StepGradient<T> gradient(call);
  const Lerp<T> lerp(1 - call.alpha);
  const Vec<T> alpha(call.alpha), taken(1 - call.alpha), eps(call.eps), lr(-call.lr);
  const Vec<T> momentum(call.momentum);
  step_all<T, kStates>(call.dtype, call.tensors, [=](Lanes<T, kStates>& x) {
    const Vec<T> g = gradient(x.p, x.g);
    x.state[0] = fma(taken * g, g, x.state[0] * alpha);
    Vec<T> square = x.state[0];
    if constexpr (kCentered) {
      Vec<T>& mean = x.state[kStates - 1];
      mean = lerp(mean, g);
      square = fma(-mean, mean, square);
    }
    Vec<T> step = g / (sqrt(square) + eps);
    if constexpr (kMomentum) step = x.state[1] = fma(momentum, x.state[1], step);
    x.p = fma(lr, step, x.p);
  });
}

template <class T>
void adagrad_as(const AdagradCall& call) {
  const StepGradient<T> gradient(call);
  const Vec<T> lr(-call.lr / (1 + static_cast<double>(call.step - 1) * call.lr_decay));
  const Vec<T> eps(call.eps);
  step_all<T, 1>(call.dtype, call.tensors, [=](Lanes<T, 1>& x) {
    const Vec<T> g = gradient(x.p, x.g);
    x.state[0] = fma(g, g, x.state[0]);
    x.p += lr * g / (sqrt(x.state[0]) + eps);
  });
}

template <class T>
void adadelta_as(const AdadeltaCall& call) {
  const StepGradient<T> gradient(call);
  const Vec<T> rho(call.rho), taken(1 - call.rho), eps(call.eps), lr(-call.lr);
  step_all<T, 2>(call.dtype, call.tensors, [=](Lanes<T, 2>& x) {
    const Vec<T> g = gradient(x.p, x.g);
    x.state[0] = fma(taken * g, g, x.state[0] * rho);
    const Vec<T> delta = sqrt(x.state[1] + eps) / sqrt(x.state[0] + eps) * g;
    x.state[1] = fma(taken * delta, delta, x.state[1] * rho);
    x.p = fma(lr, delta, x.p);
  });
}

void sgd(const SgdCall& call) {
  dispatch_step(call.dtype, [&]<class T>() { sgd_as<T>(call); });
}

}  // namespace

void rms_prop(const RmsPropCall& call) {
  dispatch_step(call.dtype, [&]<class T>() {
    if (call.momentum != 0 && call.centered)
      rms_prop_as<T, true, true>(call);
    else if (call.momentum != 0)
      rms_prop_as<T, true, false>(call);
    else if (call.centered)
      rms_prop_as<T, false, true>(call);
    else
      rms_prop_as<T, false, false>(call);
  });
}
void adagrad(const AdagradCall& call) {
  dispatch_step(call.dtype, [&]<class T>() { adagrad_as<T>(call); });
}
void adadelta(const AdadeltaCall& call) {
  dispatch_step(call.dtype, [&]<class T>() { adadelta_as<T>(call); });
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

}  // namespace taeda::cpu::inline TAEDA_ISA
