// Second derivatives: the rules of the operations that are gradients of activations themselves. All
// are linear in their first input, the gradient, so the rule for that is the operation again.
#include <cmath>
#include <numbers>

#include "rules.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;

// `curvature(params, x)` is the second derivative of the activation.
template <class Op, auto curvature>
void second_derivative() {
  using Attributes = typename Elementwise<Op>::Attributes;
  rule<Elementwise<Op>>(
      wrt(0, save_input(1),
          [](const Attributes& a, T g, T x) { return apply<Op>(a.params, g, x); }),
      wrt(1, save_inputs, [](const Attributes& a, T g, T first, T x) {
        return g * first * curvature(a.params, x);
      }));
}

// Activations that are straight in pieces: the second derivative is zero.
template <class... Ops>
void straight() {
  const auto one = []<class Op>() {
    using Attributes = typename Elementwise<Op>::Attributes;
    rule<Elementwise<Op>>(
        wrt(0, save_input(1),
            [](const Attributes& a, T g, T x) { return apply<Op>(a.params, g, x); }),
        wrt(1, save_nothing, [](T g) { return zeros_like(g); }));
  };
  (one.template operator()<Ops>(), ...);
}

using Params3 = const ParamValues&;

Tensor sigmoid_curvature(Params3, T y) { return one_minus(y * 2.0); }  // in terms of the result
Tensor tanh_curvature(Params3, T y) { return y * -2.0; }

Tensor gelu_curvature(Params3, T x) {
  const Tensor square = x * x;
  const Tensor density = apply<Exp>(square * -0.5) * (1 / std::sqrt(2 * std::numbers::pi));
  return density * (apply<Sub>(number(2.0), square));
}

// Of x * sigmoid(z(x)), given z' and z''.
Tensor gated_curvature(T x, T s, T z1, const Tensor* z2) {
  const Tensor slope = s * one_minus(s);
  Tensor curvature = slope * z1 * 2.0 + x * slope * one_minus(s * 2.0) * (z1 * z1);
  return z2 ? curvature + x * slope * *z2 : curvature;
}
Tensor gelu_tanh_curvature(Params3, T x) {
  constexpr double cubic = 0.044715;
  const double scale = 2 * std::sqrt(2 / std::numbers::pi);
  const Tensor square = x * x;
  const Tensor s = apply<Sigmoid>((x + x * square * cubic) * scale);
  const Tensor z1 = (square * (3 * cubic) + 1.0) * scale, z2 = x * (6 * cubic * scale);
  return gated_curvature(x, s, z1, &z2);
}
Tensor silu_curvature(Params3, T x) {
  const Tensor s = apply<Sigmoid>(x), slope = s * one_minus(s);
  return slope * 2.0 + x * slope * one_minus(s * 2.0);
}
Tensor mish_curvature(Params3, T x) {
  const Tensor s = apply<Sigmoid>(x), t = apply<Tanh>(apply<Softplus>(x));
  const Tensor rest = one_minus(t * t), t1 = rest * s;
  const Tensor t2 = t * t1 * s * -2.0 + rest * s * one_minus(s);
  return t1 * 2.0 + x * t2;
}
Tensor elu_curvature(Params3 params, T x) {
  const double alpha = params[0], scale = params[1], input_scale = params[2];
  const Tensor curve = apply<Exp>(x * input_scale) * (alpha * scale * input_scale * input_scale);
  return zero_where(apply<Greater>(x, number(0.0)), curve);
}
Tensor softplus_curvature(Params3 params, T x) {
  const Tensor z = x * params[0], s = apply<Sigmoid>(z);
  return zero_where(apply<Greater>(z, number(params[1])), s * one_minus(s) * params[0]);
}
Tensor logsigmoid_curvature(Params3, T x) {
  const Tensor s = apply<Sigmoid>(x);
  return -(s * one_minus(s));
}
Tensor hardswish_curvature(Params3, T x) {
  const Tensor inside = apply<Less>(apply<Abs>(x), number(3.0));
  return apply<Where>(inside, number(1.0 / 3), zeros_like(x));
}

const Rules rules([] {
  straight<ReluBackward, ThresholdBackward, LeakyReluBackward, HardTanhBackward, HardShrinkBackward,
           HardSigmoidBackward, ClampScalarBackward>();
  second_derivative<SigmoidBackward, sigmoid_curvature>();
  second_derivative<TanhBackward, tanh_curvature>();
  second_derivative<GeluBackward, gelu_curvature>();
  second_derivative<GeluTanhBackward, gelu_tanh_curvature>();
  second_derivative<SiluBackward, silu_curvature>();
  second_derivative<MishBackward, mish_curvature>();
  second_derivative<EluBackward, elu_curvature>();
  second_derivative<SoftplusBackward, softplus_curvature>();
  second_derivative<LogSigmoidBackward, logsigmoid_curvature>();
  second_derivative<HardSwishBackward, hardswish_curvature>();
});

}  // namespace
}  // namespace taeda::autograd
