// Elementwise operations of two operands.
#pragma once

#include "taeda/kernels/ops/declaration.h"

namespace taeda {

struct Add {
  static constexpr OpDecl decl{.name = "add", .doc = "x + y."};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return x + y;
  }
};

struct Sub {
  static constexpr OpDecl decl{.name = "sub", .doc = "x - y.", .accepts = Accepts::NoBool};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return x - y;
  }
};

struct Mul {
  static constexpr OpDecl decl{.name = "mul", .doc = "x * y."};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return x * y;
  }
};

struct Div {
  static constexpr OpDecl decl{.name = "div", .doc = "x / y.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return x / y;
  }
};

struct Less {
  static constexpr OpDecl decl{.name = "lt", .doc = "x < y.", .result = Result::Bool};
  template <class T>
  TAEDA_HD auto operator()(T x, T y) const {
    return x < y;
  }
};

using BinaryOps = OpList<Add, Sub, Mul, Div, Less>;

}  // namespace taeda
