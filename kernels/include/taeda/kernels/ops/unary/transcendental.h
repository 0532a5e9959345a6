// Exponentials, logarithms, circular, hyperbolic and special functions.
#pragma once

#include "taeda/kernels/ops/declaration.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda {

struct Exp {
  static constexpr OpDecl decl{.name = "exp", .doc = "e^x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return exp(x);
  }
};

struct Exp2 {
  static constexpr OpDecl decl{.name = "exp2", .doc = "2^x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return exp2(x);
  }
};

struct Expm1 {
  static constexpr OpDecl decl{
      .name = "expm1", .doc = "e^x - 1, exact near zero too.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return expm1(x);
  }
};

struct Log {
  static constexpr OpDecl decl{
      .name = "log", .doc = "The natural logarithm of x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return log(x);
  }
};

struct Log2 {
  static constexpr OpDecl decl{
      .name = "log2", .doc = "The logarithm of x to base 2.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return log2(x);
  }
};

struct Log10 {
  static constexpr OpDecl decl{
      .name = "log10", .doc = "The logarithm of x to base 10.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return log10(x);
  }
};

struct Log1p {
  static constexpr OpDecl decl{
      .name = "log1p", .doc = "log(1 + x), exact near zero too.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return log1p(x);
  }
};

struct Sin {
  static constexpr OpDecl decl{.name = "sin", .doc = "The sine of x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return sin(x);
  }
};

struct Cos {
  static constexpr OpDecl decl{
      .name = "cos", .doc = "The cosine of x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return cos(x);
  }
};

struct Tan {
  static constexpr OpDecl decl{
      .name = "tan", .doc = "The tangent of x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return tan(x);
  }
};

struct Asin {
  static constexpr OpDecl decl{
      .name = "asin", .doc = "The inverse sine of x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return asin(x);
  }
};

struct Acos {
  static constexpr OpDecl decl{
      .name = "acos", .doc = "The inverse cosine of x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return acos(x);
  }
};

struct Atan {
  static constexpr OpDecl decl{
      .name = "atan", .doc = "The inverse tangent of x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return atan(x);
  }
};

struct Sinh {
  static constexpr OpDecl decl{
      .name = "sinh", .doc = "The hyperbolic sine of x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return sinh(x);
  }
};

struct Cosh {
  static constexpr OpDecl decl{
      .name = "cosh", .doc = "The hyperbolic cosine of x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return cosh(x);
  }
};

struct Tanh {
  static constexpr OpDecl decl{
      .name = "tanh", .doc = "The hyperbolic tangent of x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return tanh(x);
  }
};

struct Asinh {
  static constexpr OpDecl decl{
      .name = "asinh", .doc = "The inverse hyperbolic sine of x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return asinh(x);
  }
};

struct Acosh {
  static constexpr OpDecl decl{
      .name = "acosh", .doc = "The inverse hyperbolic cosine of x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return acosh(x);
  }
};

struct Atanh {
  static constexpr OpDecl decl{
      .name = "atanh", .doc = "The inverse hyperbolic tangent of x.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return atanh(x);
  }
};

struct Erf {
  static constexpr OpDecl decl{
      .name = "erf",
      .doc = "The error function 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x.",
      .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return erf(x);
  }
};

struct Erfc {
  static constexpr OpDecl decl{
      .name = "erfc", .doc = "1 - erf(x), exact for large x too.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return erfc(x);
  }
};

struct Erfinv {
  static constexpr OpDecl decl{
      .name = "erfinv", .doc = "The inverse of erf.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return erfinv(x);
  }
};

struct Lgamma {
  static constexpr OpDecl decl{
      .name = "lgamma", .doc = "log(|gamma(x)|).", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return lgamma(x);
  }
};

struct Digamma {
  static constexpr OpDecl decl{
      .name = "digamma", .doc = "The derivative of lgamma.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return digamma(x);
  }
};

struct Sinc {
  static constexpr OpDecl decl{
      .name = "sinc", .doc = "sin(pi x) / (pi x), 1 at zero.", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    const T scaled = T(3.14159265358979323846) * x;
    return select(x == 0, T(1), sinpi(x) / select(abs(x) == infinity<T>(), T(NAN), scaled));
  }
};

struct Logit {
  static constexpr OpDecl decl{
      .name = "logit",
      .doc = "log(x / (1 - x)), x first clamped to [eps, 1 - eps] where eps is not negative.",
      .promote = Promote::ToFloat,
      .parameters = "eps=-1.0"};
  template <class T>
  TAEDA_HD T operator()(T x, Params p) const {
    const bool clamped = p[0] >= 0;
    const T low = clamped ? T(p[0]) : -infinity<T>();
    const T high = clamped ? T(1 - p[0]) : infinity<T>();
    const T z = select(x < low, low, select(x > high, high, x));
    return log(z / (T(1) - z));
  }
};

}  // namespace taeda
