#include "rules.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;

Tensor ascending(T a, T b) { return apply<Less>(precise(a), precise(b)); }

const Rules rules([] {
  rule<Elementwise<Where>>(
      wrt(1, save_input(0), [](T g, T condition) { return where_or_zero(condition, g); }),
      wrt(2, save_input(0), [](T g, T condition) { return zero_where(condition, g); }));
  rule<Elementwise<AddCMul>>(
      wrt(0, save_nothing, [](T g) { return g; }),
      wrt(1, save_input(2),
          [](const Elementwise<AddCMul>::Attributes& a, T g, T z) { return g * z * a.params[0]; }),
      wrt(2, save_input(1),
          [](const Elementwise<AddCMul>::Attributes& a, T g, T y) { return g * y * a.params[0]; }));
  rule<Elementwise<AddCDiv>>(
      wrt(0, save_nothing, [](T g) { return g; }),
      wrt(1, save_input(2),
          [](const Elementwise<AddCDiv>::Attributes& a, T g, T z) { return g / z * a.params[0]; }),
      wrt(2, save_input(1) | save_input(2),
          [](const Elementwise<AddCDiv>::Attributes& a, T g, T y, T z) {
            return g * (y / z / z) * -a.params[0];
          }));
  // Where the bounds cross, the upper one wins.
  rule<Elementwise<Clamp>>(
      wrt(0, save_inputs,
          [](T g, T x, T low, T high) {
            return where_or_zero(
                apply<LogicalAnd>(apply<GreaterEqual>(x, low), apply<LessEqual>(x, high)), g);
          }),
      wrt(1, save_inputs,
          [](T g, T x, T low, T high) {
            return where_or_zero(apply<LogicalAnd>(ascending(low, high), apply<Less>(x, low)), g);
          }),
      wrt(2, save_inputs, [](T g, T x, T low, T high) {
        return where_or_zero(apply<LogicalOr>(apply<Greater>(x, high), ascending(high, low)), g);
      }));
  rule<Elementwise<Lerp>>(
      wrt(0, save_input(2), [](T g, T weight) { return g * one_minus(precise(weight)); }),
      wrt(1, save_input(2), [](T g, T weight) { return g * weight; }),
      wrt(2, save_input(0) | save_input(1), [](T g, T x, T y) { return g * (precise(y) - x); }));
});

}  // namespace
}  // namespace taeda::autograd
