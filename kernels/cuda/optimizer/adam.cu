// Adam and its kin: steps along a running mean of gradients, divided by one of their squares.
#include "step.h"

namespace taeda::cuda {
namespace {

template <class T>
struct AdamStep {
  int states;
  StepGradient<T> gradient;
  T weight1, beta2, weight2, eps, kept, of_moment, of_gradient, root;
  bool decoupled, amsgrad, is_divided;

  TAEDA_HD void operator()(Element<T>& x) const {
    const T g = gradient(x.p, x.g);
    if (decoupled) x.p *= kept;
    x.state[0] = lerp(weight1, x.state[0], g);
    x.state[1] = fma(weight2 * g, g, x.state[1] * beta2);
    T v = x.state[1];
    if (amsgrad) v = x.state[2] = maximum(x.state[2], v);
    const T step = fma(of_gradient, g, of_moment * x.state[0]);
    x.p -= is_divided ? step / fma(sqrt(v), root, eps) : step;
  }
};

template <class T>
struct AdamaxStep {
  int states;
  StepGradient<T> gradient;
  T size, weight1, beta2, eps;
  TAEDA_HD void operator()(Element<T>& x) const {
    const T g = gradient(x.p, x.g);
    x.state[0] = lerp(weight1, x.state[0], g);
    x.state[1] = maximum(beta2 * x.state[1], abs(g) + eps);
    x.p -= size * x.state[0] / x.state[1];
  }
};

}  // namespace

void adam(const AdamCall& call) {
  const bool decoupled = call.weight_decay != 0 && call.decoupled_weight_decay;
  dispatch_float(call.dtype, [&]<class T>() {
    StepGradient<T> gradient(call);
    gradient.decays &= !decoupled;
    step_all<T>(call.dtype, call.tensors,
                AdamStep<T>{.states = call.amsgrad ? 3 : 2,
                            .gradient = gradient,
                            .weight1 = static_cast<T>(1 - call.beta1),
                            .beta2 = static_cast<T>(call.beta2),
                            .weight2 = static_cast<T>(1 - call.beta2),
                            .eps = static_cast<T>(call.eps),
                            .kept = static_cast<T>(1 - call.lr * call.weight_decay),
                            .of_moment = static_cast<T>(call.sizes.moment),
                            .of_gradient = static_cast<T>(call.sizes.gradient),
                            .root = static_cast<T>(1 / call.sizes.root),
                            .decoupled = decoupled,
                            .amsgrad = call.amsgrad,
                            .is_divided = call.sizes.is_divided});
  });
}

void adamax(const AdamaxCall& call) {
  const double size = call.lr / (1 - std::pow(call.beta1, static_cast<double>(call.step)));
  dispatch_float(call.dtype, [&]<class T>() {
    step_all<T>(call.dtype, call.tensors,
                AdamaxStep<T>{2, StepGradient<T>(call), static_cast<T>(size),
                              static_cast<T>(1 - call.beta1), static_cast<T>(call.beta2),
                              static_cast<T>(call.eps)});
  });
}

}  // namespace taeda::cuda
