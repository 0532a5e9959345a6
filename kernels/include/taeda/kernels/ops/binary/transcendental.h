// Powers, angles and logarithms of two operands.
#pragma once

#include "taeda/kernels/ops/declaration.h"
#include "taeda/kernels/ops/scalar_math.h"
#include "taeda/kernels/ops/unary/arithmetic.h"

namespace taeda {

struct Pow {
  // What it comes down to where the exponent is one number: most powers are squares and roots.
  using WithNumber = PowScalar;
  static constexpr OpDecl decl{
      .name = "pow",
      .doc = "x^y; integers to a negative power give 0, but 1 and -1 their power.",
      .accepts = Accepts::NoBool};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return pow(x, y);
  }
};

struct Atan2 {
  static constexpr OpDecl decl{
      .name = "atan2",
      .doc = "The angle of the point (y, x): the inverse tangent of x / y in the right quadrant.",
      .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return atan2(x, y);
  }
};

struct Hypot {
  static constexpr OpDecl decl{.name = "hypot",
                               .doc = "sqrt(x^2 + y^2), which does not overflow on the way.",
                               .accepts = Accepts::Floats};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return hypot(x, y);
  }
};

struct LogAddExp {
  static constexpr OpDecl decl{.name = "logaddexp",
                               .doc = "log(exp(x) + exp(y)).",
                               .accepts = Accepts::Floats,
                               .in_place = false};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    const T larger = maximum(x, y);
    const T distance = select(x == y, T(0), abs(x - y));
    return larger + log1p_exp_minus(distance);
  }
};

struct LogAddExp2 {
  static constexpr OpDecl decl{.name = "logaddexp2",
                               .doc = "log2(2^x + 2^y).",
                               .accepts = Accepts::Floats,
                               .in_place = false};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    const T larger = maximum(x, y);
    const T distance = select(x == y, T(0), abs(x - y));
    return larger + log1p(exp2(-distance)) * T(1.44269504088896340736);
  }
};

struct XLogY {
  static constexpr OpDecl decl{.name = "xlogy",
                               .doc = "x * log(y); 0 where x is 0 and y is not NaN.",
                               .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return select((x == 0) & (y == y), T(0), x * log(y));
  }
};

struct XLog1PY {
  static constexpr OpDecl decl{.name = "xlog1py",
                               .doc = "x * log(1 + y); 0 where x is 0 and y is not NaN.",
                               .promote = Promote::ToFloat,
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return select((x == 0) & (y == y), T(0), x * log1p(y));
  }
};

}  // namespace taeda
