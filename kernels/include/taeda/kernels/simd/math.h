// The transcendental functions of vectors. Errors over all exponents in units of the last place, as
// tests/kernels/test_accuracy.py bounds them: float32 at most 2; float64 at most 2.6, but erfc and
// what follows from it (gelu) at most 6.
#pragma once

#include "taeda/kernels/simd/math_circular.h"
#include "taeda/kernels/simd/math_division.h"
#include "taeda/kernels/simd/math_error.h"
#include "taeda/kernels/simd/math_exponential.h"
#include "taeda/kernels/simd/math_gamma.h"
#include "taeda/kernels/simd/math_logarithm.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Rare, and long as a vector: one lane after another.
inline Vec<double> erfinv(Vec<double> x) {
  return map_lanes(x, [](double lane) { return taeda::erfinv(lane); });
}

// Away from zero is a step of the bits up, towards it one down.
template <class T>
Vec<T> nextafter(Vec<T> x, Vec<T> y) {
  using I = BitsOf<T>;
  const Vec<I> bits = bits_as<I>(x);
  const Mask<I> away{((x < y) ^ (x < Vec<T>(0))).m};
  const Vec<T> next = bits_as<T>(bits + select(away, Vec<I>(1), Vec<I>(-1)));
  const Vec<T> least = copysign(Vec<T>(std::numeric_limits<T>::denorm_min()), y);
  const Vec<T> moved = select(x == Vec<T>(0), least, next);
  return select(isnan(x) | isnan(y), x + y, select(x == y, y, moved));
}

inline Vec<double> hypot(Vec<double> x, Vec<double> y) {
  return map_lanes(x, y, [](double a, double b) { return std::hypot(a, b); });
}
// Squares of floats neither overflow nor vanish as doubles.
inline Vec<float> hypot(Vec<float> x, Vec<float> y) {
  const Vec<float> finite =
      by_double(x, y, [](Vec<double> a, Vec<double> b) { return sqrt(a * a + b * b); });
  const Vec<float> infinity = kInfinity<float>;
  return select((abs(x) == infinity) | (abs(y) == infinity), infinity, finite);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
