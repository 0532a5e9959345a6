// Distances of two operands that losses are means of.
#pragma once

#include "taeda/kernels/ops/declaration.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda {

struct SquaredDifference {
  static constexpr OpDecl decl{.name = "squared_difference",
                               .doc = "(x - y) ^ 2.",
                               .accepts = Accepts::NoBool,
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    const T difference = x - y;
    return difference * difference;
  }
};

struct HuberDistance {
  static constexpr OpDecl decl{
      .name = "huber_distance",
      .doc = "d^2 / 2 where d = abs(x - y) < bound, else bound * (d - bound / 2).",
      .accepts = Accepts::Floats,
      .parameters = "bound=1.0",
      .in_place = false,
      .method = false};
  template <class T>
  TAEDA_HD T operator()(T x, T y, Params p) const {
    const T difference = x - y, bound = T(p[0]);
    const T near =
        select(difference < -bound, -bound, select(difference > bound, bound, difference));
    return near * (difference - near * T(0.5));
  }
};

}  // namespace taeda
