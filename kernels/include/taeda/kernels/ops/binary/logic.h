// Comparisons, logic and bits of two operands.
#pragma once

#include "taeda/kernels/ops/declaration.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda {

struct Equal {
  static constexpr OpDecl decl{.name = "eq", .doc = "x == y.", .result = Result::Bool};
  template <class T>
  TAEDA_HD auto operator()(T x, T y) const {
    return x == y;
  }
};

struct NotEqual {
  static constexpr OpDecl decl{.name = "ne", .doc = "x != y.", .result = Result::Bool};
  template <class T>
  TAEDA_HD auto operator()(T x, T y) const {
    return x != y;
  }
};

struct Less {
  static constexpr OpDecl decl{.name = "lt", .doc = "x < y.", .result = Result::Bool};
  template <class T>
  TAEDA_HD auto operator()(T x, T y) const {
    return x < y;
  }
};

struct LessEqual {
  static constexpr OpDecl decl{.name = "le", .doc = "x <= y.", .result = Result::Bool};
  template <class T>
  TAEDA_HD auto operator()(T x, T y) const {
    return x <= y;
  }
};

struct Greater {
  static constexpr OpDecl decl{.name = "gt", .doc = "x > y.", .result = Result::Bool};
  template <class T>
  TAEDA_HD auto operator()(T x, T y) const {
    return x > y;
  }
};

struct GreaterEqual {
  static constexpr OpDecl decl{.name = "ge", .doc = "x >= y.", .result = Result::Bool};
  template <class T>
  TAEDA_HD auto operator()(T x, T y) const {
    return x >= y;
  }
};

struct LogicalAnd {
  static constexpr OpDecl decl{
      .name = "logical_and", .doc = "x != 0 and y != 0.", .result = Result::Bool};
  template <class T>
  TAEDA_HD auto operator()(T x, T y) const {
    return (x != 0) & (y != 0);
  }
};

struct LogicalOr {
  static constexpr OpDecl decl{
      .name = "logical_or", .doc = "x != 0 or y != 0.", .result = Result::Bool};
  template <class T>
  TAEDA_HD auto operator()(T x, T y) const {
    return (x != 0) | (y != 0);
  }
};

struct LogicalXor {
  static constexpr OpDecl decl{.name = "logical_xor",
                               .doc = "Whether just one of x and y is not 0.",
                               .result = Result::Bool};
  template <class T>
  TAEDA_HD auto operator()(T x, T y) const {
    return (x != 0) ^ (y != 0);
  }
};

struct BitwiseAnd {
  static constexpr OpDecl decl{
      .name = "bitwise_and", .doc = "The bits that x and y have both.", .accepts = Accepts::Bits};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return x & y;
  }
};

struct BitwiseOr {
  static constexpr OpDecl decl{
      .name = "bitwise_or", .doc = "The bits that x or y has.", .accepts = Accepts::Bits};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return x | y;
  }
};

struct BitwiseXor {
  static constexpr OpDecl decl{
      .name = "bitwise_xor", .doc = "The bits in which x and y differ.", .accepts = Accepts::Bits};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return x ^ y;
  }
};

struct BitwiseLeftShift {
  static constexpr OpDecl decl{.name = "bitwise_left_shift",
                               .doc = "x * 2^y; 0 where y is negative or not below the width.",
                               .accepts = Accepts::Integers};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    constexpr T width = sizeof(T) * 8;
    return y < 0 || y >= width ? T(0) : x << y;
  }
};

struct BitwiseRightShift {
  static constexpr OpDecl decl{
      .name = "bitwise_right_shift",
      .doc = "x / 2^y rounded down; the sign fills where y is negative or not below the width.",
      .accepts = Accepts::Integers};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    constexpr T last = sizeof(T) * 8 - 1;
    if constexpr (std::is_unsigned_v<T>)
      return y > last ? T(0) : x >> y;
    else
      return x >> (y < 0 || y > last ? last : y);
  }
};

}  // namespace taeda
