// The functions that the operations are written in, for plain scalars: integers and device code.
// The vector forms of the CPU are in simd/math.h.
#pragma once

#include <math.h>  // lgamma_r is not in <cmath>

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "taeda/kernels/ops/declaration.h"

namespace taeda {

template <class T>
concept ScalarNumber = std::is_arithmetic_v<T>;
template <class T>
concept ScalarInteger = std::is_integral_v<T>;
template <class T>
concept ScalarFloat = std::is_floating_point_v<T>;

// A parameter as T. What an integer cannot hold becomes its nearest value, NaN zero.
template <class T>
TAEDA_HD inline T value_of(double parameter) {
  if constexpr (std::is_integral_v<T>) {
    constexpr T largest = std::numeric_limits<T>::max(), smallest = std::numeric_limits<T>::min();
    constexpr double limit = 2.0 * (largest / 2 + 1);  // one more than the largest, exactly
    if (parameter >= limit) return largest;
    if (parameter < smallest) return smallest;
    return parameter == parameter ? static_cast<T>(parameter) : T(0);
  } else {
    return T(parameter);
  }
}

// One that is of the type already.
template <ScalarInteger T>
TAEDA_HD inline T value_of(T parameter) {
  return parameter;
}

// The type of one element: of scalars the type itself, of vectors that of a lane.
template <class T>
struct ElementOf {
  using type = typename T::Element;
};
template <ScalarNumber T>
struct ElementOf<T> {
  using type = T;
};
template <class T>
using element_of = typename ElementOf<T>::type;

template <class T>
TAEDA_HD inline T infinity() {
  return T(std::numeric_limits<element_of<T>>::infinity());
}

#define TAEDA_SCALAR_UNARY(NAME) \
  template <ScalarFloat T>       \
  TAEDA_HD inline T NAME(T x) {  \
    return std::NAME(x);         \
  }
TAEDA_SCALAR_UNARY(exp)
TAEDA_SCALAR_UNARY(exp2)
TAEDA_SCALAR_UNARY(expm1)
TAEDA_SCALAR_UNARY(log)
TAEDA_SCALAR_UNARY(log2)
TAEDA_SCALAR_UNARY(log10)
TAEDA_SCALAR_UNARY(log1p)
TAEDA_SCALAR_UNARY(sqrt)
TAEDA_SCALAR_UNARY(sin)
TAEDA_SCALAR_UNARY(cos)
TAEDA_SCALAR_UNARY(tan)
TAEDA_SCALAR_UNARY(asin)
TAEDA_SCALAR_UNARY(acos)
TAEDA_SCALAR_UNARY(atan)
TAEDA_SCALAR_UNARY(sinh)
TAEDA_SCALAR_UNARY(cosh)
TAEDA_SCALAR_UNARY(tanh)
TAEDA_SCALAR_UNARY(asinh)
TAEDA_SCALAR_UNARY(acosh)
TAEDA_SCALAR_UNARY(atanh)
TAEDA_SCALAR_UNARY(erf)
TAEDA_SCALAR_UNARY(erfc)
TAEDA_SCALAR_UNARY(floor)
TAEDA_SCALAR_UNARY(ceil)
TAEDA_SCALAR_UNARY(trunc)
TAEDA_SCALAR_UNARY(rint)
#undef TAEDA_SCALAR_UNARY

template <ScalarFloat T>
TAEDA_HD inline T lgamma(T x) {
#if defined(__CUDA_ARCH__)
  return static_cast<T>(::lgamma(static_cast<double>(x)));
#else
  // Unlike lgamma it writes no global variable.
  int sign;
  return static_cast<T>(::lgamma_r(static_cast<double>(x), &sign));
#endif
}

#define TAEDA_SCALAR_BINARY(NAME)    \
  template <ScalarFloat T>           \
  TAEDA_HD inline T NAME(T x, T y) { \
    return std::NAME(x, y);          \
  }
TAEDA_SCALAR_BINARY(pow)
TAEDA_SCALAR_BINARY(atan2)
TAEDA_SCALAR_BINARY(hypot)
TAEDA_SCALAR_BINARY(fmod)
TAEDA_SCALAR_BINARY(copysign)
TAEDA_SCALAR_BINARY(nextafter)
#undef TAEDA_SCALAR_BINARY

template <ScalarFloat T>
TAEDA_HD inline T fma(T x, T y, T z) {
  return std::fma(x, y, z);
}
template <ScalarInteger T>
TAEDA_HD inline T fma(T x, T y, T z) {
  return x * y + z;
}

template <ScalarFloat T>
TAEDA_HD inline T rsqrt(T x) {
  return T(1) / sqrt(x);
}
template <ScalarNumber T>
TAEDA_HD inline T abs(T x) {
  if constexpr (std::is_floating_point_v<T>)
    return std::fabs(x);
  else
    return x < 0 ? -x : x;
}
template <ScalarFloat T>
TAEDA_HD inline bool isnan(T x) {
  return x != x;
}
template <ScalarFloat T>
TAEDA_HD inline bool signbit(T x) {
  return std::signbit(x);
}

// The smaller or larger; NaN where either is NaN.
template <ScalarNumber T>
TAEDA_HD inline T minimum(T a, T b) {
  return a < b || a != a ? a : b;
}
template <ScalarNumber T>
TAEDA_HD inline T maximum(T a, T b) {
  return a > b || a != a ? a : b;
}

// factor * sigmoid(x) and factor * tanh(log(1 + e^x)): products, because the second factor alone
// may underflow.
template <ScalarFloat T>
TAEDA_HD inline T times_sigmoid(T factor, T x) {
  const T e = exp(-abs(x));
  return factor * (x < 0 ? e : T(1)) / (1 + e);
}
// x * Phi(x) with the distribution function of the standard normal distribution; zero at minus
// infinity.
template <ScalarFloat T>
TAEDA_HD inline T gelu(T x) {
  const T upper = erfc(x * T(-0.70710678118654752440));
  return upper == 0 ? T(-0.0) : T(0.5) * x * upper;
}
// Phi and its derivative.
template <class T>
struct NormalAt {
  T cdf, density;
};
template <ScalarFloat T>
TAEDA_HD inline NormalAt<T> normal_at(T x) {
  return {T(0.5) * erfc(x * T(-0.70710678118654752440)),
          exp(T(-0.5) * x * x) * T(0.39894228040143267794)};
}
template <ScalarFloat T>
TAEDA_HD inline T times_tanh_softplus(T factor, T x) {
  const T e = exp(x > 20 ? T(20) : x), n = e * (e + 2);
  return x > 20 ? factor : factor * (n / (n + 2));
}
template <ScalarFloat T>
TAEDA_HD inline T sigmoid(T x) {
  return times_sigmoid(T(1), x);
}
// log(1 + e^-distance) of a distance that is not negative.
template <ScalarFloat T>
TAEDA_HD inline T log1p_exp_minus(T distance) {
  return log1p(exp(-distance));
}
// log(sigmoid(x)), which no large x makes zero too early.
template <ScalarFloat T>
TAEDA_HD inline T logsigmoid(T x) {
  return (x < 0 ? x : T(0)) - log1p_exp_minus(abs(x));
}
template <ScalarFloat T>
TAEDA_HD inline T sinpi(T x) {
  const T rest = x - 2 * rint(x / 2);  // in [-1, 1]
  const T inner = rest > T(0.5) ? 1 - rest : (rest < T(-0.5) ? -1 - rest : rest);
  return sin(inner * T(3.14159265358979323846));
}

// The doubled argument of tanh in the approximation of gelu.
template <class T>
TAEDA_HD inline T gelu_tanh_argument(T x) {
  return x * fma(T(0.07135481627260025) * x, x, T(1.59576912160573071176));
}
// x * tail for a tail that vanishes at the infinities faster than x grows.
template <class T>
TAEDA_HD inline T finite_product(T x, T tail) {
  return select(tail == 0, T(0), x * tail);
}
// The derivative of gelu.
template <class T>
TAEDA_HD inline T gelu_slope(T x) {
  const auto [cdf, density] = normal_at(x);
  return cdf + finite_product(x, density);
}

// The inverse of erf: an estimate (S. Winitzki, "A handy approximation for the error function and
// its inverse", 2008) made exact by Halley steps on erfc, which keeps its precision near the ends.
template <ScalarFloat T>
TAEDA_HD inline T erfinv(T x) {
  const double y = abs(static_cast<double>(x));
  if (!(y < 1)) {
    const T infinity = std::numeric_limits<T>::infinity();
    return y == 1 ? copysign(infinity, x) : std::numeric_limits<T>::quiet_NaN();
  }
  const double complement = 1 - y;
  const double log_product = std::log1p(-y * y);
  const double half = 4.330746750799873 + log_product / 2;  // 2 / (0.147 pi)
  double result = std::sqrt(std::sqrt(half * half - log_product / 0.147) - half);
  for (int step = 0; step < 3; ++step) {
    const double error = y < 0.5 ? y - std::erf(result) : std::erfc(result) - complement;
    const double newton = error * 0.88622692545275801365 * std::exp(result * result);
    result += newton / (1 - result * newton);
  }
  return static_cast<T>(x < 0 ? -result : result);
}

// The logarithmic derivative of the gamma function: recurrence up to 10, then the asymptotic series
// (Abramowitz and Stegun 6.3.5, 6.3.18); reflection below zero (6.3.7).
template <ScalarFloat T>
TAEDA_HD inline T digamma(T argument) {
  double x = static_cast<double>(argument);
  if (x == 0) return copysign(std::numeric_limits<T>::infinity(), -argument);
  double result = 0;
  if (x < 0) {
    const double fraction = x - std::trunc(x);
    if (fraction == 0 || fraction != fraction) return std::numeric_limits<T>::quiet_NaN();
    result = -3.14159265358979323846 / std::tan(3.14159265358979323846 * fraction);
    x = 1 - x;
  }
  while (x < 10) {
    result -= 1 / x;
    x += 1;
  }
  if (x == std::numeric_limits<double>::infinity()) return static_cast<T>(x);
  const double z = 1 / (x * x);
  const double series =
      z * (1.0 / 12 - z * (1.0 / 120 -
                           z * (1.0 / 252 -
                                z * (1.0 / 240 - z * (1.0 / 132 - z * (691.0 / 32760 - z / 12))))));
  return static_cast<T>(result + std::log(x) - 0.5 / x - series);
}

// Floor division and remainder as Python has them; by zero they are zero, since integers have no
// NaN.
template <ScalarInteger T>
TAEDA_HD inline T divide_trunc(T x, T y) {
#if !defined(__CUDA_ARCH__)
  if constexpr (sizeof(T) <= 4) {
    // Vectors divide floats only. An inexact quotient is no nearer to an integer than 1 / y, which
    // the significand tells apart: the integer part is exact.
    using Float = std::conditional_t<sizeof(T) <= 2, float, double>;
    const int32_t numerator = x, denominator = (y == 0) | (y == -1) ? 1 : y;
    const int32_t quotient =
        static_cast<int32_t>(static_cast<Float>(numerator) / static_cast<Float>(denominator));
    return static_cast<T>(y == 0 ? 0 : (y == -1 ? -numerator : quotient));
  }
#endif
  if (y == 0) return 0;
  return y == -1 ? -x : x / y;
}
template <ScalarInteger T>
TAEDA_HD inline T fmod(T x, T y) {
  return y == 0 ? T(0) : static_cast<T>(x - divide_trunc(x, y) * y);
}
template <ScalarNumber T>
TAEDA_HD inline T remainder(T x, T y) {
  const T rest = fmod(x, y);
  return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}
template <ScalarInteger T>
TAEDA_HD inline T divide_floor(T x, T y) {
  const T quotient = divide_trunc(x, y);
  return y != 0 && (x < 0) != (y < 0) && quotient * y != x ? quotient - 1 : quotient;
}
// floor(x / y) of the exact quotient, by way of the exact remainder, as in Python's float division.
template <ScalarFloat T>
TAEDA_HD inline T divide_floor(T x, T y) {
  if (y == 0) return x / y;
  const T rest = fmod(x, y);
  T quotient = (x - rest) / y;
  if (rest != 0 && (rest < 0) != (y < 0)) quotient -= 1;
  if (quotient == 0) return copysign(T(0), x / y);
  const T floored = floor(quotient);
  return quotient - floored > T(0.5) ? floored + 1 : floored;
}

// x^y by squaring; negative powers are zero but of 1 and -1.
template <ScalarInteger T>
TAEDA_HD inline T pow(T x, T y) {
  if (y < 0) {
    if (x == 1) return 1;
    return x == -1 ? (y & 1 ? -1 : 1) : 0;
  }
  T result = 1;
  for (; y != 0; y >>= 1) {
    if (y & 1) result *= x;
    x *= x;
  }
  return result;
}

// Euclid's algorithm on unsigned magnitudes, which the smallest integer has too.
template <ScalarInteger T>
TAEDA_HD inline T gcd(T x, T y) {
  using U = std::make_unsigned_t<T>;
  U a = x < 0 ? U(0) - U(x) : U(x), b = y < 0 ? U(0) - U(y) : U(y);
  while (b != 0) {
    const U rest = a % b;
    a = b;
    b = rest;
  }
  return static_cast<T>(a);
}

}  // namespace taeda
