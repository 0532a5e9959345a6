// Arithmetic of two operands.
#pragma once

#include "taeda/kernels/ops/declaration.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda {

// The forms of add and sub without a factor.
struct PlainAdd {
  static constexpr OpDecl decl{.name = "add", .doc = "x + y."};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return x + y;
  }
};

struct PlainSub {
  static constexpr OpDecl decl{.name = "sub", .doc = "x - y."};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return x - y;
  }
};

struct Add {
  static constexpr OpDecl decl{.name = "add", .doc = "x + alpha * y.", .parameters = "alpha=1.0"};
  template <class T, class P>
  TAEDA_HD T operator()(T x, T y, P p) const {
    return fma(value_of<T>(p[0]), y, x);
  }

  template <class T, class Run>
  static void simplify(Params p, Run run) {
    if (p[0] == 1) return run(PlainAdd{});
    run(Add{});
  }
};

struct Sub {
  static constexpr OpDecl decl{.name = "sub",
                               .doc = "x - alpha * y.",
                               .accepts = Accepts::NoBool,
                               .parameters = "alpha=1.0"};
  template <class T, class P>
  TAEDA_HD T operator()(T x, T y, P p) const {
    return fma(T(-value_of<T>(p[0])), y, x);
  }

  template <class T, class Run>
  static void simplify(Params p, Run run) {
    if (p[0] == 1) return run(PlainSub{});
    run(Sub{});
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

struct FloorDivide {
  static constexpr OpDecl decl{.name = "floor_divide",
                               .doc = "x / y rounded down; an integer by zero is a RuntimeError.",
                               .accepts = Accepts::NoBool};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return divide_floor(x, y);
  }
};

struct TruncDivide {
  static constexpr OpDecl decl{
      .name = "trunc_divide",
      .doc = "x / y rounded towards zero; an integer by zero is a RuntimeError.",
      .accepts = Accepts::NoBool,
      .in_place = false,
      .method = false};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    if constexpr (std::is_integral_v<T>)
      return divide_trunc(x, y);
    else
      return trunc(x / y);
  }
};

struct Remainder {
  static constexpr OpDecl decl{
      .name = "remainder",
      .doc = "x - y * floor(x / y), which has the sign of y; an integer by zero is a RuntimeError.",
      .accepts = Accepts::NoBool};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return remainder(x, y);
  }
};

struct Fmod {
  static constexpr OpDecl decl{
      .name = "fmod",
      .doc = "x - y * trunc(x / y), which has the sign of x; an integer by zero is a RuntimeError.",
      .accepts = Accepts::NoBool};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return fmod(x, y);
  }
};

struct Maximum {
  static constexpr OpDecl decl{.name = "maximum",
                               .doc = "The larger of x and y; NaN where either is NaN.",
                               .in_place = false};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return maximum(x, y);
  }
};

struct Minimum {
  static constexpr OpDecl decl{.name = "minimum",
                               .doc = "The smaller of x and y; NaN where either is NaN.",
                               .in_place = false};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return minimum(x, y);
  }
};

struct Fmax {
  static constexpr OpDecl decl{.name = "fmax",
                               .doc = "The larger of x and y; the other where one is NaN.",
                               .in_place = false};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return select((x >= y) | (y != y), x, y);
  }
};

struct Fmin {
  static constexpr OpDecl decl{.name = "fmin",
                               .doc = "The smaller of x and y; the other where one is NaN.",
                               .in_place = false};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return select((x <= y) | (y != y), x, y);
  }
};

struct CopySign {
  static constexpr OpDecl decl{
      .name = "copysign", .doc = "|x| with the sign of y.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return copysign(x, y);
  }
};

struct NextAfter {
  static constexpr OpDecl decl{
      .name = "nextafter",
      .doc = "The next number after x in the direction of y, of float32 or float64.",
      .accepts = Accepts::Floats};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return nextafter(x, y);
  }
};

struct Heaviside {
  static constexpr OpDecl decl{.name = "heaviside",
                               .doc = "0 where x < 0, y where x is 0, 1 where x > 0; NaN stays."};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return select(x == 0, y, select(x < 0, T(0), select(x > 0, T(1), x)));
  }
};

struct ParametricRelu {
  static constexpr OpDecl decl{.name = "parametric_relu",
                               .doc = "x where x > 0, else slope * x.",
                               .accepts = Accepts::Floats,
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T x, T slope) const {
    return select(x > 0, x, slope * x);
  }
};

struct Gcd {
  static constexpr OpDecl decl{
      .name = "gcd", .doc = "The greatest common divisor.", .accepts = Accepts::Integers};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    return gcd(x, y);
  }
};

struct Lcm {
  static constexpr OpDecl decl{
      .name = "lcm", .doc = "The least common multiple.", .accepts = Accepts::Integers};
  template <class T>
  TAEDA_HD T operator()(T x, T y) const {
    const T divisor = gcd(x, y);
    return divisor == 0 ? T(0) : abs(divide_trunc(x, divisor) * y);
  }
};

}  // namespace taeda
