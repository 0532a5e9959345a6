#include <cmath>
#include <numbers>

#include "rules.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;
constexpr double kPi = std::numbers::pi, kLn2 = std::numbers::ln2, kLn10 = std::numbers::ln10;
const double kTwoBySqrtPi = 2 / std::sqrt(kPi);

// A gradient of zero that is there: the function is constant in pieces.
template <class Op>
void zero_rule() {
  rule<Elementwise<Op>>(save_nothing, [](T g) { return zeros_like(g); });
}

// The derivative of digamma: its recurrence up to where the asymptotic series is exact enough
// (Abramowitz and Stegun 6.4.6 and 6.4.12), with the reflection formula for arguments below a half.
Tensor trigamma(T x) {
  const Tensor low = apply<Less>(x, number(0.5));
  const Tensor sine = apply<Sin>(x * kPi);
  const Tensor reflected = number(kPi * kPi) / (sine * sine);
  Tensor z = apply<Where>(low, one_minus(x), x);
  Tensor sum = number(0.0) * z;
  for (int i = 0; i < 12; ++i) {
    sum = sum + apply<Reciprocal>(z * z);
    z = z + 1.0;
  }
  const Tensor r = apply<Reciprocal>(z), r2 = r * r;
  constexpr double bernoulli[] = {5.0 / 66, -1.0 / 30, 1.0 / 42, -1.0 / 30, 1.0 / 6};
  Tensor series = r2 * bernoulli[0];
  for (int i = 1; i < 5; ++i) series = (series + bernoulli[i]) * r2;
  sum = sum + r + r2 * 0.5 + series * r;
  return apply<Where>(low, reflected - sum, sum);
}

Tensor logit_gradient(const ParamValues& params, T g, T x) {
  const Tensor slope = g / (x * one_minus(x));
  const double eps = params[0];
  if (!(eps >= 0)) return slope;  // without bounds, as the function: not a number outside of (0, 1)
  const Tensor inside =
      apply<LogicalAnd>(apply<GreaterEqual>(x, number(eps)), apply<LessEqual>(x, number(1 - eps)));
  return where_or_zero(inside, slope);
}

const Rules arithmetic([] {
  rule<Elementwise<Neg>>(save_nothing, [](T g) { return -g; });
  rule<Elementwise<Abs>>(save_inputs, [](T g, T x) { return g * apply<Sign>(x); });
  zero_rule<Sign>();
  rule<Elementwise<Square>>(save_inputs, [](T g, T x) { return g * x * 2.0; });
  rule<Elementwise<Reciprocal>>(save_result, [](T g, T y) { return -g * y * y; });
  rule<Elementwise<Sqrt>>(save_result, [](T g, T y) { return g / (y * 2.0); });
  rule<Elementwise<Rsqrt>>(save_result, [](T g, T y) { return g * (y * y * y) * -0.5; });
  zero_rule<Floor>();
  zero_rule<Ceil>();
  zero_rule<Round>();
  zero_rule<Trunc>();
  rule<Elementwise<Frac>>(save_nothing, [](T g) { return g; });
  rule<Elementwise<Deg2Rad>>(save_nothing, [](T g) { return g * (kPi / 180); });
  rule<Elementwise<Rad2Deg>>(save_nothing, [](T g) { return g * (180 / kPi); });
  rule<Elementwise<ClampScalar>>(save_inputs,
                                 [](const Elementwise<ClampScalar>::Attributes& a, T g, T x) {
                                   return over_gradient<ClampScalarBackward>(a.params, g, x);
                                 });
  rule<Elementwise<NanToNum>>(save_inputs,
                              [](T g, T x) { return where_or_zero(apply<IsFinite>(x), g); });
  rule<Elementwise<PowScalar>>(save_inputs,
                               [](const Elementwise<PowScalar>::Attributes& a, T g, T x) {
                                 const double exponent = a.params[0];
                                 if (exponent == 0) return zeros_like(g);
                                 return g * (apply<PowScalar>({exponent - 1}, x) * exponent);
                               });
});

const Rules transcendental([] {
  rule<Elementwise<Exp>>(save_result, [](T g, T y) { return g * y; });
  rule<Elementwise<Exp2>>(save_result, [](T g, T y) { return g * y * kLn2; });
  rule<Elementwise<Expm1>>(save_result, [](T g, T y) { return g * (y + 1.0); });
  rule<Elementwise<Log>>(save_inputs, [](T g, T x) { return g / x; });
  rule<Elementwise<Log2>>(save_inputs, [](T g, T x) { return g / (x * kLn2); });
  rule<Elementwise<Log10>>(save_inputs, [](T g, T x) { return g / (x * kLn10); });
  rule<Elementwise<Log1p>>(save_inputs, [](T g, T x) { return g / (x + 1.0); });
  rule<Elementwise<Sin>>(save_inputs, [](T g, T x) { return g * apply<Cos>(x); });
  rule<Elementwise<Cos>>(save_inputs, [](T g, T x) { return -g * apply<Sin>(x); });
  rule<Elementwise<Tan>>(save_result, [](T g, T y) { return g * (y * y + 1.0); });
  rule<Elementwise<Asin>>(save_inputs, [](T g, T x) { return g * apply<Rsqrt>(one_minus(x * x)); });
  rule<Elementwise<Acos>>(save_inputs,
                          [](T g, T x) { return -g * apply<Rsqrt>(one_minus(x * x)); });
  rule<Elementwise<Atan>>(save_inputs, [](T g, T x) { return g / (x * x + 1.0); });
  rule<Elementwise<Sinh>>(save_inputs, [](T g, T x) { return g * apply<Cosh>(x); });
  rule<Elementwise<Cosh>>(save_inputs, [](T g, T x) { return g * apply<Sinh>(x); });
  rule<Elementwise<Tanh>>(save_result, [](T g, T y) { return over_gradient<TanhBackward>(g, y); });
  rule<Elementwise<Asinh>>(save_inputs, [](T g, T x) { return g * apply<Rsqrt>(x * x + 1.0); });
  rule<Elementwise<Acosh>>(save_inputs, [](T g, T x) { return g * apply<Rsqrt>(x * x + -1.0); });
  rule<Elementwise<Atanh>>(save_inputs, [](T g, T x) { return g / one_minus(x * x); });
  rule<Elementwise<Erf>>(save_inputs,
                         [](T g, T x) { return g * apply<Exp>(-(x * x)) * kTwoBySqrtPi; });
  rule<Elementwise<Erfc>>(save_inputs,
                          [](T g, T x) { return g * apply<Exp>(-(x * x)) * -kTwoBySqrtPi; });
  rule<Elementwise<Erfinv>>(save_result,
                            [](T g, T y) { return g * apply<Exp>(y * y) * (1 / kTwoBySqrtPi); });
  rule<Elementwise<Lgamma>>(save_inputs, [](T g, T x) { return g * apply<Digamma>(x); });
  rule<Elementwise<Digamma>>(save_inputs, [](T g, T x) { return g * trigamma(x); });
  rule<Elementwise<Sinc>>(save_inputs, [](T g, T x) {
    const Tensor angle = x * kPi;
    const Tensor slope = (apply<Cos>(angle) * angle - apply<Sin>(angle)) / (angle * x);
    return g * zero_where(apply<Equal>(x, number(0.0)), slope);
  });
  rule<Elementwise<Logit>>(save_inputs, [](const Elementwise<Logit>::Attributes& a, T g, T x) {
    return logit_gradient(a.params, g, x);
  });
});

const Rules activations([] {
  rule<Elementwise<Sigmoid>>(save_result,
                             [](T g, T y) { return over_gradient<SigmoidBackward>(g, y); });
  rule<Elementwise<Relu>>(save_result, [](T g, T y) { return over_gradient<ReluBackward>(g, y); });
  rule<Elementwise<Relu6>>(
      save_inputs, [](T g, T x) { return over_gradient<HardTanhBackward>({0.0, 6.0}, g, x); });
  rule<Elementwise<Gelu>>(save_inputs, [](T g, T x) { return over_gradient<GeluBackward>(g, x); });
  rule<Elementwise<GeluTanh>>(save_inputs,
                              [](T g, T x) { return over_gradient<GeluTanhBackward>(g, x); });
  rule<Elementwise<Silu>>(save_inputs, [](T g, T x) { return over_gradient<SiluBackward>(g, x); });
  rule<Elementwise<Mish>>(save_inputs, [](T g, T x) { return over_gradient<MishBackward>(g, x); });
  rule<Elementwise<Softplus>>(save_inputs,
                              [](const Elementwise<Softplus>::Attributes& a, T g, T x) {
                                return over_gradient<SoftplusBackward>(a.params, g, x);
                              });
  rule<Elementwise<LogSigmoid>>(save_inputs,
                                [](T g, T x) { return over_gradient<LogSigmoidBackward>(g, x); });
  rule<Elementwise<LeakyRelu>>(save_inputs,
                               [](const Elementwise<LeakyRelu>::Attributes& a, T g, T x) {
                                 return over_gradient<LeakyReluBackward>(a.params, g, x);
                               });
  rule<Elementwise<Elu>>(save_inputs, [](const Elementwise<Elu>::Attributes& a, T g, T x) {
    return over_gradient<EluBackward>(a.params, g, x);
  });
  rule<Elementwise<Selu>>(save_inputs, [](T g, T x) {
    return over_gradient<EluBackward>({1.6732632423543772848, 1.0507009873554804934, 1.0}, g, x);
  });
  rule<Elementwise<Celu>>(save_inputs, [](const Elementwise<Celu>::Attributes& a, T g, T x) {
    return over_gradient<EluBackward>({a.params[0], 1.0, 1 / a.params[0]}, g, x);
  });
  rule<Elementwise<HardTanh>>(save_inputs,
                              [](const Elementwise<HardTanh>::Attributes& a, T g, T x) {
                                return over_gradient<HardTanhBackward>(a.params, g, x);
                              });
  rule<Elementwise<HardShrink>>(save_inputs,
                                [](const Elementwise<HardShrink>::Attributes& a, T g, T x) {
                                  return over_gradient<HardShrinkBackward>(a.params, g, x);
                                });
  rule<Elementwise<SoftShrink>>(save_inputs,
                                [](const Elementwise<SoftShrink>::Attributes& a, T g, T x) {
                                  return over_gradient<HardShrinkBackward>(a.params, g, x);
                                });
  rule<Elementwise<HardSigmoid>>(save_inputs,
                                 [](T g, T x) { return over_gradient<HardSigmoidBackward>(g, x); });
  rule<Elementwise<HardSwish>>(save_inputs,
                               [](T g, T x) { return over_gradient<HardSwishBackward>(g, x); });
  rule<Elementwise<SoftSign>>(save_inputs, [](T g, T x) {
    const Tensor below = apply<Abs>(x) + 1.0;
    return g / (below * below);
  });
  rule<Elementwise<Threshold>>(save_inputs,
                               [](const Elementwise<Threshold>::Attributes& a, T g, T x) {
                                 return over_gradient<ThresholdBackward>({a.params[0]}, g, x);
                               });
});

const Rules logic([] {
  constexpr const char* reason = "the result is boolean or integer";
  no_rule<Elementwise<LogicalNot>>(reason);
  no_rule<Elementwise<BitwiseNot>>(reason);
  no_rule<Elementwise<IsNan>>(reason);
  no_rule<Elementwise<IsInf>>(reason);
  no_rule<Elementwise<IsPosInf>>(reason);
  no_rule<Elementwise<IsNegInf>>(reason);
  no_rule<Elementwise<IsFinite>>(reason);
  no_rule<Elementwise<SignBit>>(reason);
});

}  // namespace
}  // namespace taeda::autograd
