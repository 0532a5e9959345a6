// Elementwise operations of three operands.
#pragma once

#include "taeda/kernels/ops/declaration.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda {

// The condition comes converted to the dtype of the maths: zero or not.
struct Where {
  static constexpr OpDecl decl{
      .name = "where", .doc = "x where the condition holds, else y.", .bound_by_hand = true};
  template <class T>
  TAEDA_HD T operator()(T condition, T x, T y) const {
    return select(condition != 0, x, y);
  }
};

struct AddCMul {
  static constexpr OpDecl decl{.name = "addcmul",
                               .doc = "x + value * y * z.",
                               .accepts = Accepts::NoBool,
                               .parameters = "value=1.0"};
  template <class T, class P>
  TAEDA_HD T operator()(T x, T y, T z, P p) const {
    return fma(value_of<T>(p[0]) * y, z, x);
  }
};

struct AddCDiv {
  static constexpr OpDecl decl{.name = "addcdiv",
                               .doc = "x + value * y / z.",
                               .accepts = Accepts::Floats,
                               .parameters = "value=1.0"};
  template <class T>
  TAEDA_HD T operator()(T x, T y, T z, Params p) const {
    return x + T(p[0]) * y / z;
  }
};

struct Clamp {
  static constexpr OpDecl decl{.name = "clamp",
                               .doc = "min(max(x, min), max); NaN where any of the three is NaN.",
                               .accepts = Accepts::NoBool,
                               .bound_by_hand = true};
  template <class T>
  TAEDA_HD T operator()(T x, T low, T high) const {
    return minimum(maximum(x, low), high);
  }
};

struct Lerp {
  static constexpr OpDecl decl{.name = "lerp",
                               .doc = "x + weight * (y - x), exact at both ends.",
                               .accepts = Accepts::Floats};
  template <class T>
  TAEDA_HD T operator()(T x, T y, T weight) const {
    const T distance = y - x;
    return select(abs(weight) < T(0.5), fma(weight, distance, x), fma(weight - T(1), distance, y));
  }
};

using TernaryOps = OpList<Where, AddCMul, AddCDiv, Clamp, Lerp>;

}  // namespace taeda
