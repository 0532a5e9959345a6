// Adam and its kin: steps along a running mean of gradients, divided by one of their squares.
#include "step.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

template <class T, bool kAmsGrad, bool kGradient>
void adam_as(const AdamCall& call) {
  constexpr int kStates = kAmsGrad ? 3 : 2;
  const bool decoupled = call.weight_decay != 0 && call.decoupled_weight_decay;
  StepGradient<T> gradient(call);
  gradient.decays &= !decoupled;
  const Lerp<T> lerp(1 - call.beta1);
  const Vec<T> beta2(call.beta2), taken(1 - call.beta2), eps(call.eps);
  const Vec<T> kept(1 - call.lr * call.weight_decay);
  // A product with the reciprocal: of three divisions and roots a vector one less.
  const Vec<T> root(1 / call.sizes.root);
  const Vec<T> of_moment(-call.sizes.moment), of_gradient(-call.sizes.gradient);
  step_all<T, kStates>(call.dtype, call.tensors,
                       [=, is_divided = call.sizes.is_divided](Lanes<T, kStates>& x) {
                         const Vec<T> g = gradient(x.p, x.g);
                         if (decoupled) x.p *= kept;
                         x.state[0] = lerp(x.state[0], g);
                         x.state[1] = fma(taken * g, g, x.state[1] * beta2);
                         Vec<T> v = x.state[1];
                         if constexpr (kAmsGrad) v = x.state[2] = maximum(x.state[2], v);
                         Vec<T> step = of_moment * x.state[0];
                         if constexpr (kGradient) step = fma(of_gradient, g, step);
                         x.p += is_divided ? step / fma(sqrt(v), root, eps) : step;
                       });
}

template <class T>
void adamax_as(const AdamaxCall& call) {
  const StepGradient<T> gradient(call);
  const Lerp<T> lerp(1 - call.beta1);
  const Vec<T> size(-call.lr / (1 - std::pow(call.beta1, static_cast<double>(call.step))));
  const Vec<T> beta2(call.beta2), eps(call.eps);
  step_all<T, 2>(call.dtype, call.tensors, [=](Lanes<T, 2>& x) {
    const Vec<T> g = gradient(x.p, x.g);
    x.state[0] = lerp(x.state[0], g);
    x.state[1] = maximum(beta2 * x.state[1], abs(g) + eps);
    x.p += size * x.state[0] / x.state[1];
  });
}

}  // namespace

void adam(const AdamCall& call) {
  dispatch_step(call.dtype, [&]<class T>() {
    if (call.amsgrad)
      adam_as<T, true, false>(call);
    else if (call.sizes.gradient != 0)
      adam_as<T, false, true>(call);
    else
      adam_as<T, false, false>(call);
  });
}
void adamax(const AdamaxCall& call) {
  dispatch_step(call.dtype, [&]<class T>() { adamax_as<T>(call); });
}

}  // namespace taeda::cpu::inline TAEDA_ISA
