#include <numbers>

#include "rules.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;

Tensor times(T g, double factor) { return factor == 1 ? g : g * factor; }

template <class Op>
void zero_rule() {
  rule<Elementwise<Op>>(wrt(0, save_nothing, [](T g) { return zeros_like(g); }),
                        wrt(1, save_nothing, [](T g) { return zeros_like(g); }));
}

// The gradient of what wins: all of it, half of it at a tie.
template <class Loses>
Tensor share(T g, T own, T other) {
  const Tensor halved = apply<Where>(apply<Equal>(own, other), g * 0.5, g);
  return zero_where(apply<Loses>(own, other), halved);
}

Tensor first_is_larger(T x, T y) {
  return apply<LogicalOr>(apply<GreaterEqual>(x, y), apply<IsNan>(y));
}
Tensor first_is_smaller(T x, T y) {
  return apply<LogicalOr>(apply<LessEqual>(x, y), apply<IsNan>(y));
}

const Rules arithmetic([] {
  rule<Elementwise<Add>>(wrt(0, save_nothing, [](T g) { return g; }),
                         wrt(1, save_nothing, [](const Elementwise<Add>::Attributes& a, T g) {
                           return times(g, a.params[0]);
                         }));
  rule<Elementwise<Sub>>(wrt(0, save_nothing, [](T g) { return g; }),
                         wrt(1, save_nothing, [](const Elementwise<Sub>::Attributes& a, T g) {
                           return a.params[0] == 1 ? -g : g * -a.params[0];
                         }));
  rule<Elementwise<Mul>>(wrt(0, save_input(1), [](T g, T y) { return g * y; }),
                         wrt(1, save_input(0), [](T g, T x) { return g * x; }));
  rule<Elementwise<Div>>(wrt(0, save_input(1), [](T g, T y) { return g / y; }),
                         wrt(1, save_inputs, [](T g, T x, T y) { return -g * ((x / y) / y); }));
  zero_rule<FloorDivide>();
  zero_rule<TruncDivide>();
  rule<Elementwise<Remainder>>(
      wrt(0, save_nothing, [](T g) { return g; }),
      wrt(1, save_inputs, [](T g, T x, T y) { return -g * apply<FloorDivide>(x, y); }));
  rule<Elementwise<Fmod>>(
      wrt(0, save_nothing, [](T g) { return g; }),
      wrt(1, save_inputs, [](T g, T x, T y) { return -g * apply<TruncDivide>(x, y); }));
  rule<Elementwise<Maximum>>(
      wrt(0, save_inputs, [](T g, T x, T y) { return share<Less>(g, x, y); }),
      wrt(1, save_inputs, [](T g, T x, T y) { return share<Less>(g, y, x); }));
  rule<Elementwise<Minimum>>(
      wrt(0, save_inputs, [](T g, T x, T y) { return share<Greater>(g, x, y); }),
      wrt(1, save_inputs, [](T g, T x, T y) { return share<Greater>(g, y, x); }));
  rule<Elementwise<Fmax>>(
      wrt(0, save_inputs, [](T g, T x, T y) { return where_or_zero(first_is_larger(x, y), g); }),
      wrt(1, save_inputs, [](T g, T x, T y) { return zero_where(first_is_larger(x, y), g); }));
  rule<Elementwise<Fmin>>(
      wrt(0, save_inputs, [](T g, T x, T y) { return where_or_zero(first_is_smaller(x, y), g); }),
      wrt(1, save_inputs, [](T g, T x, T y) { return zero_where(first_is_smaller(x, y), g); }));
  rule<Elementwise<CopySign>>(
      wrt(0, save_input(0) | save_result,
          [](T g, T x, T r) { return g * (apply<Sign>(x) * apply<Sign>(r)); }),
      wrt(1, save_nothing, [](T g) { return zeros_like(g); }));
  rule<Elementwise<Heaviside>>(wrt(0, save_nothing, [](T g) { return zeros_like(g); }),
                               wrt(1, save_input(0), [](T g, T x) {
                                 return where_or_zero(apply<Equal>(x, number(0.0)), g);
                               }));
  rule<Elementwise<ParametricRelu>>(
      wrt(0, save_inputs,
          [](T g, T x, T slope) {
            return apply<Where>(apply<Greater>(x, number(0.0)), g, g * slope);
          }),
      wrt(1, save_input(0),
          [](T g, T x) { return zero_where(apply<Greater>(x, number(0.0)), g * x); }));
  no_rule<Elementwise<NextAfter>>("a step between neighbouring numbers has no slope");
});

Tensor power_slope(T x, T exponent) {
  const Tensor y = precise(exponent);
  return zero_where(apply<Equal>(y, number(0.0)), y * apply<Pow>(x, y + -1.0));
}

// The logarithm of the base; its limit times the result at a base of zero, where it is infinite.
Tensor logarithm_of_base(T base, T y, T result) {
  const Tensor x = precise(base);
  const Tensor at_zero =
      apply<LogicalAnd>(apply<Equal>(x, number(0.0)), apply<GreaterEqual>(y, number(0.0)));
  return zero_where(at_zero, result * apply<Log>(x));
}

// What x is multiplied by in x * log(y), which is zero for an x of zero.
template <class Log>
Tensor factor_of(T x, T logarithm_of, double pole) {
  const Tensor y = precise(logarithm_of);
  const Tensor flat =
      apply<LogicalAnd>(apply<Equal>(x, number(0.0)), apply<LessEqual>(y, number(pole)));
  return zero_where(flat, apply<Log>(y));
}

const Rules transcendental([] {
  rule<Elementwise<Pow>>(wrt(0, save_inputs, [](T g, T x, T y) { return g * power_slope(x, y); }),
                         wrt(1, save_inputs | save_result,
                             [](T g, T x, T y, T r) { return g * logarithm_of_base(x, y, r); }));
  rule<Elementwise<Atan2>>(wrt(0, save_inputs,
                               [](T g, T x, T number) {
                                 const Tensor y = precise(number);
                                 return g * (y / (x * x + y * y));
                               }),
                           wrt(1, save_inputs, [](T g, T number, T y) {
                             const Tensor x = precise(number);
                             return -g * (x / (x * x + y * y));
                           }));
  rule<Elementwise<Hypot>>(
      wrt(0, save_input(0) | save_result, [](T g, T x, T r) { return g * (x / r); }),
      wrt(1, save_input(1) | save_result, [](T g, T y, T r) { return g * (y / r); }));
  rule<Elementwise<LogAddExp>>(
      wrt(0, save_inputs, [](T g, T x, T y) { return g * apply<Sigmoid>(x - y); }),
      wrt(1, save_inputs, [](T g, T x, T y) { return g * apply<Sigmoid>(y - x); }));
  rule<Elementwise<LogAddExp2>>(
      wrt(0, save_inputs,
          [](T g, T x, T y) { return g * apply<Sigmoid>((x - y) * std::numbers::ln2); }),
      wrt(1, save_inputs,
          [](T g, T x, T y) { return g * apply<Sigmoid>((y - x) * std::numbers::ln2); }));
  rule<Elementwise<XLogY>>(
      wrt(0, save_inputs, [](T g, T x, T y) { return g * factor_of<Log>(x, y, 0.0); }),
      wrt(1, save_inputs, [](T g, T x, T y) { return g * x / y; }));
  rule<Elementwise<XLog1PY>>(
      wrt(0, save_inputs, [](T g, T x, T y) { return g * factor_of<Log1p>(x, y, -1.0); }),
      wrt(1, save_inputs, [](T g, T x, T y) { return g * x / (y + 1.0); }));
});

template <class... Ops>
void no_rules(const char* reason) {
  (no_rule<Elementwise<Ops>>(reason), ...);
}

// What the distance of two numbers gains by the first.
Tensor huber_slope(double bound, T x, T y) { return apply<HardTanh>({-bound, bound}, x - y); }

const Rules distances([] {
  rule<Elementwise<SquaredDifference>>(
      wrt(0, save_inputs, [](T g, T x, T y) { return g * ((x - y) * 2.0); }),
      wrt(1, save_inputs, [](T g, T x, T y) { return g * ((y - x) * 2.0); }));
  rule<Elementwise<LogisticLoss>>(
      wrt(0, save_inputs, [](T g, T x, T y) { return g * (apply<Sigmoid>(x) - y); }),
      wrt(1, save_input(0), [](T g, T x) { return -g * x; }));
  rule<Elementwise<HuberDistance>>(
      wrt(0, save_inputs,
          [](const Elementwise<HuberDistance>::Attributes& a, T g, T x, T y) {
            return g * huber_slope(a.params[0], x, y);
          }),
      wrt(1, save_inputs, [](const Elementwise<HuberDistance>::Attributes& a, T g, T x, T y) {
        return g * huber_slope(a.params[0], y, x);
      }));
});

const Rules logic([] {
  no_rules<Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, LogicalAnd, LogicalOr,
           LogicalXor>("the result is boolean");
  no_rules<Gcd, Lcm, BitwiseAnd, BitwiseOr, BitwiseXor, BitwiseLeftShift, BitwiseRightShift>(
      "takes integers only");
});

}  // namespace
}  // namespace taeda::autograd
