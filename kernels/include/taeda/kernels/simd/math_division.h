// Remainders and floor division, exact for every quotient.
#pragma once

#include "taeda/kernels/simd/math_core.h"

namespace taeda::cpu::inline TAEDA_ISA {

// x - trunc(x / y) * y. The rounded quotient is at most one too large, and the remainder that an
// fma then leaves is exact; quotients that are too long for that go to the library.
template <class T>
Vec<T> fmod(Vec<T> x, Vec<T> y) {
  const auto library = [](T a, T b) { return std::fmod(a, b); };
  if constexpr (!kHasFma) return map_lanes(x, y, library);
  const Vec<T> a = abs(x), b = abs(y);
  const Vec<T> quotient = trunc(a / b);
  const Mask<T> hard =
      !((quotient < Vec<T>(pick<T>(0x1p22f, 0x1p51))) & (b < Vec<T>(kInfinity<T>)));
  if (any(hard)) [[unlikely]]
    return map_lanes(x, y, library);
  Vec<T> rest = fma(-quotient, b, a);
  rest = select(rest < Vec<T>(0), rest + b, rest);
  return copysign(rest, x);
}

template <class T>
Vec<T> remainder(Vec<T> x, Vec<T> y) {
  const Vec<T> rest = fmod(x, y);
  const Mask<T> wrong_sign = (rest != Vec<T>(0)) & ((rest < Vec<T>(0)) ^ (y < Vec<T>(0)));
  return select(wrong_sign, rest + y, rest);
}

template <class T>
Vec<T> divide_floor(Vec<T> x, Vec<T> y) {
  const Vec<T> rest = fmod(x, y), plain = x / y;
  Vec<T> quotient = (x - rest) / y;
  const Mask<T> below = (rest != Vec<T>(0)) & ((rest < Vec<T>(0)) ^ (y < Vec<T>(0)));
  quotient = select(below, quotient - Vec<T>(1), quotient);
  const Vec<T> floored = floor(quotient);
  const Vec<T> whole = select(quotient - floored > Vec<T>(0.5), floored + Vec<T>(1), floored);
  const Vec<T> result = select(quotient == Vec<T>(0), copysign(Vec<T>(0), plain), whole);
  return select(y == Vec<T>(0), plain, result);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
