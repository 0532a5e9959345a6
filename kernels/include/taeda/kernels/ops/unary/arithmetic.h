// Arithmetic, rounding and bounds of one operand.
#pragma once

#include "taeda/kernels/ops/declaration.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda {

struct Neg {
  static constexpr OpDecl decl{.name = "neg", .doc = "-x.", .accepts = Accepts::NoBool};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return -x;
  }
};

struct Abs {
  static constexpr OpDecl decl{.name = "abs", .doc = "The absolute value |x|."};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return abs(x);
  }
};

struct Sign {
  static constexpr OpDecl decl{.name = "sign", .doc = "-1, 0 or 1 by the sign of x; 0 for NaN."};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return select(x > 0, T(1), select(x < 0, T(-1), T(0)));
  }
};

struct Square {
  static constexpr OpDecl decl{.name = "square", .doc = "x * x."};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return x * x;
  }
};

struct Reciprocal {
  static constexpr OpDecl decl{.name = "reciprocal", .doc = "1 / x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return T(1) / x;
  }
};

struct Sqrt {
  static constexpr OpDecl decl{
      .name = "sqrt", .doc = "The square root of x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return sqrt(x);
  }
};

struct Rsqrt {
  static constexpr OpDecl decl{.name = "rsqrt", .doc = "1 / sqrt(x).", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return rsqrt(x);
  }
};

struct Floor {
  static constexpr OpDecl decl{.name = "floor",
                               .doc = "The largest integer that is not above x.",
                               .accepts = Accepts::NoBool};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    if constexpr (std::is_integral_v<T>)
      return x;
    else
      return floor(x);
  }
};

struct Ceil {
  static constexpr OpDecl decl{.name = "ceil",
                               .doc = "The smallest integer that is not below x.",
                               .accepts = Accepts::NoBool};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    if constexpr (std::is_integral_v<T>)
      return x;
    else
      return ceil(x);
  }
};

struct Round {
  static constexpr OpDecl decl{.name = "round",
                               .doc = "The nearest integer; ties go to the even one.",
                               .accepts = Accepts::NoBool};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    if constexpr (std::is_integral_v<T>)
      return x;
    else
      return rint(x);
  }
};

struct Trunc {
  static constexpr OpDecl decl{
      .name = "trunc", .doc = "The integer part of x.", .accepts = Accepts::NoBool};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    if constexpr (std::is_integral_v<T>)
      return x;
    else
      return trunc(x);
  }
};

struct Frac {
  static constexpr OpDecl decl{.name = "frac",
                               .doc = "The fractional part x - trunc(x), with the sign of x.",
                               .accepts = Accepts::Floats};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return x - trunc(x);
  }
};

struct Deg2Rad {
  static constexpr OpDecl decl{
      .name = "deg2rad", .doc = "Degrees to radians: x * pi / 180.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return x * T(0.01745329251994329577);
  }
};

struct Rad2Deg {
  static constexpr OpDecl decl{
      .name = "rad2deg", .doc = "Radians to degrees: x * 180 / pi.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return x * T(57.29577951308232088);
  }
};

struct ClampScalar {
  static constexpr OpDecl decl{.name = "clamp_scalar",
                               .doc = "min(max(x, min), max) with scalar bounds; NaN stays.",
                               .parameters = "min=-inf, max=inf",
                               .in_place = false,
                               .method = false};
  template <class T, class P>
  TAEDA_HD T operator()(T x, P p) const {
    const T low = value_of<T>(p[0]), high = value_of<T>(p[1]);
    const T raised = select(x < low, low, x);
    return select(raised > high, high, raised);
  }
};

struct NanToNum {
  static constexpr OpDecl decl{
      .name = "nan_to_num",
      .doc = "x with NaN and the infinities replaced; bounds of NaN mean the largest finite value.",
      .parameters = "nan=0.0, posinf=nan, neginf=nan"};
  template <class T>
  TAEDA_HD T operator()(T x, Params p) const {
    if constexpr (std::is_integral_v<T>) {
      return x;
    } else {
      constexpr auto largest = std::numeric_limits<element_of<T>>::max();
      const T above = p[1] == p[1] ? T(p[1]) : T(largest);
      const T below = p[2] == p[2] ? T(p[2]) : T(-largest);
      const T finite = select(x > T(largest), above, select(x < T(-largest), below, x));
      return select(isnan(x), T(p[0]), finite);
    }
  }
};

// Forms that other operations reduce to; not operations by themselves.
struct Identity {
  static constexpr OpDecl decl{.name = "identity", .doc = "x."};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return x;
  }
};

struct Cube {
  static constexpr OpDecl decl{.name = "cube", .doc = "x * x * x."};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return x * x * x;
  }
};

struct InverseSquare {
  static constexpr OpDecl decl{.name = "inverse_square", .doc = "1 / (x * x)."};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return T(1) / (x * x);
  }
};

struct PowScalar {
  static constexpr OpDecl decl{
      .name = "pow_scalar",
      .doc = "x^exponent; exact products and roots where the exponent is a small one.",
      .parameters = "exponent=1.0",
      .in_place = false,
      .method = false};
  template <class T>
  TAEDA_HD T operator()(T x, Params p) const {
    return pow(x, value_of<T>(p[0]));
  }

  // The operation that an exponent amounts to.
  template <class T, class Run>
  static void simplify(Params p, Run run) {
    const double exponent = p[0];
    if (exponent == 1) return run(Identity{});
    if (exponent == 2) return run(Square{});
    if (exponent == 3) return run(Cube{});
    if constexpr (std::is_floating_point_v<T>) {
      if (exponent == 0.5) return run(Sqrt{});
      if (exponent == -0.5) return run(Rsqrt{});
      if (exponent == -1) return run(Reciprocal{});
      if (exponent == -2) return run(InverseSquare{});
    }
    run(PowScalar{});
  }
};

}  // namespace taeda
