// Elementwise operations of one operand.
#pragma once

#include "taeda/kernels/ops/declaration.h"

namespace taeda {

struct Neg {
  static constexpr OpDecl decl{.name = "neg", .doc = "-x.", .accepts = Accepts::NoBool};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return -x;
  }
};

struct Abs {
  static constexpr OpDecl decl{.name = "abs", .doc = "The absolute value."};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return abs(x);
  }
};

struct Exp {
  static constexpr OpDecl decl{.name = "exp", .doc = "e^x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return exp(x);
  }
};

struct Sqrt {
  static constexpr OpDecl decl{
      .name = "sqrt", .doc = "The square root.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return sqrt(x);
  }
};

struct Relu {
  static constexpr OpDecl decl{
      .name = "relu", .doc = "max(x, 0).", .accepts = Accepts::NoBool};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return select(x < 0, T(0), x);  // NaN stays
  }
};

struct LogicalNot {
  static constexpr OpDecl decl{.name = "logical_not", .doc = "x == 0.", .result = Result::Bool};
  template <class T>
  TAEDA_HD auto operator()(T x) const {
    return x == 0;
  }
};

using UnaryOps = OpList<Neg, Abs, Exp, Sqrt, Relu, LogicalNot>;

}  // namespace taeda
