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

struct LogisticLoss {
  static constexpr OpDecl decl{.name = "logistic_loss",
                               .doc = "y * log(1 + exp(-x)) + (1 - y) * log(1 + exp(x)).",
                               .accepts = Accepts::Floats,
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    const T smooth = log1p_exp_minus(abs(x)), zero = T(0);
    const T of_one = select(x < zero, -x, zero) + smooth,
            of_zero = select(x < zero, zero, x) + smooth;
    return y * of_one + (T(1) - y) * of_zero;
  }
};

}  // namespace taeda
