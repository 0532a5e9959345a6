// Predicates and bits of one operand.
#pragma once

#include "taeda/kernels/ops/declaration.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda {

struct LogicalNot {
  static constexpr OpDecl decl{.name = "logical_not", .doc = "x == 0.", .result = Result::Bool};
  template <class T>
  TAEDA_HD auto operator()(T x) const {
    return x == 0;
  }
};

struct BitwiseNot {
  static constexpr OpDecl decl{.name = "bitwise_not",
                               .doc = "Each bit inverted; for bool the logical not.",
                               .accepts = Accepts::Bits};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return ~x;
  }
};

struct IsNan {
  static constexpr OpDecl decl{
      .name = "isnan", .doc = "Whether x is NaN.", .result = Result::Bool, .in_place = false};
  template <class T>
  TAEDA_HD auto operator()(T x) const {
    if constexpr (std::is_integral_v<T>)
      return false;
    else
      return isnan(x);
  }
};

struct IsInf {
  static constexpr OpDecl decl{.name = "isinf",
                               .doc = "Whether x is an infinity.",
                               .result = Result::Bool,
                               .in_place = false};
  template <class T>
  TAEDA_HD auto operator()(T x) const {
    if constexpr (std::is_integral_v<T>)
      return false;
    else
      return abs(x) == infinity<T>();
  }
};

struct IsPosInf {
  static constexpr OpDecl decl{.name = "isposinf",
                               .doc = "Whether x is positive infinity.",
                               .result = Result::Bool,
                               .in_place = false};
  template <class T>
  TAEDA_HD auto operator()(T x) const {
    if constexpr (std::is_integral_v<T>)
      return false;
    else
      return x == infinity<T>();
  }
};

struct IsNegInf {
  static constexpr OpDecl decl{.name = "isneginf",
                               .doc = "Whether x is negative infinity.",
                               .result = Result::Bool,
                               .in_place = false};
  template <class T>
  TAEDA_HD auto operator()(T x) const {
    if constexpr (std::is_integral_v<T>)
      return false;
    else
      return x == -infinity<T>();
  }
};

struct IsFinite {
  static constexpr OpDecl decl{.name = "isfinite",
                               .doc = "Whether x is neither an infinity nor NaN.",
                               .result = Result::Bool,
                               .in_place = false};
  template <class T>
  TAEDA_HD auto operator()(T x) const {
    if constexpr (std::is_integral_v<T>)
      return true;
    else
      return abs(x) < infinity<T>();
  }
};

struct SignBit {
  static constexpr OpDecl decl{.name = "signbit",
                               .doc = "Whether the sign bit is set: of -0 it is.",
                               .result = Result::Bool,
                               .in_place = false};
  template <class T>
  TAEDA_HD auto operator()(T x) const {
    if constexpr (std::is_integral_v<T>)
      return x < 0;
    else
      return signbit(x);
  }
};

}  // namespace taeda
