// Circular functions and their inverses.
#pragma once

#include "taeda/kernels/simd/math_core.h"

namespace taeda::cpu::inline TAEDA_ISA {

// x = quadrant * pi / 2 + r (+ r_low), |r| <= pi / 4, for |x| up to 2^19: pi / 2 in three parts,
// the first two so short that their products are exact (Cody and Waite).
template <class T>
struct Quadrant;

template <>
struct Quadrant<double> {
  static constexpr double kLimit = 0x1p19;
  Vec<int64_t> quadrant;
  Vec<double> r, r_low;

  explicit Quadrant(Vec<double> x) {
    const Vec<double> magic = kRoundingMagic<double>;
    const Vec<double> shifted = fma(x, Vec<double>(0.63661977236758134308), magic);
    const Vec<double> n = shifted - magic;
    quadrant = bits_as<int64_t>(shifted);
    const Vec<double> first = x - n * Vec<double>(0x1.921fb544p+0);
    const Vec<double> second_part = n * Vec<double>(0x1.0b4611a6p-34);
    const Vec<double> second = first - second_part;
    const Vec<double> tail =
        ((first - second) - second_part) - n * Vec<double>(0x1.3198a2e037073p-69);
    r = second + tail;
    r_low = (second - r) + tail;
  }
};

template <>
struct Quadrant<float> {
  static constexpr float kLimit = kHasFma ? 0x1p17f : 0x1p19f;
  Vec<int32_t> quadrant;
  Vec<float> r;

  explicit Quadrant(Vec<float> x) {
    if constexpr (kHasFma) {
      // Products within a fused operation are exact, so each part may have all its digits.
      const Vec<float> magic = kRoundingMagic<float>;
      const Vec<float> shifted = fma(x, Vec<float>(0.63661977236758134308), magic);
      const Vec<float> n = shifted - magic;
      quadrant = bits_as<int32_t>(shifted);
      r = fma(n, Vec<float>(-0x1.921fb6p+0f), x);
      r = fma(n, Vec<float>(0x1.777a5cp-25f), r);
      r = fma(n, Vec<float>(0x1.ee59dap-50f), r);
    } else {
      by_way_of_double(x);
    }
  }

 private:
  void by_way_of_double(Vec<float> x) {
    Vec<double> halves[2], counts[2];
    widen(x, halves[0], halves[1]);
    for (int i = 0; i < 2; ++i) {
      counts[i] = rint(halves[i] * Vec<double>(0.63661977236758134308));
      const Vec<double> first = halves[i] - counts[i] * Vec<double>(0x1.921fb544p+0);
      halves[i] = first - counts[i] * Vec<double>(0x1.0b4611a626331p-34);
    }
    quadrant = convert<int32_t>(narrow(counts[0], counts[1]));
    r = narrow(halves[0], halves[1]);
  }
};

template <class T>
Vec<T> sin_kernel(Vec<T> r) {
  const Vec<T> z = r * r;
  return fma(z * r, polynomial(coefficients::kSin<T>, z), r);
}
template <class T>
Vec<T> cos_kernel(Vec<T> r) {
  const Vec<T> z = r * r;
  return fma(z, fma(z, polynomial(coefficients::kCos<T>, z), Vec<T>(-0.5)), Vec<T>(1));
}
inline Vec<float> sin_of(const Quadrant<float>& parts) { return sin_kernel(parts.r); }
inline Vec<float> cos_of(const Quadrant<float>& parts) { return cos_kernel(parts.r); }
inline Vec<double> sin_of(const Quadrant<double>& parts) {
  using V = Vec<double>;
  const V r = parts.r, z = r * r, low = parts.r_low * fma(z, V(-0.5), V(1));
  return r + fma(z * r, polynomial(coefficients::kSin<double>, z), low);
}
inline Vec<double> cos_of(const Quadrant<double>& parts) {
  using V = Vec<double>;
  const V r = parts.r, z = r * r, main = fma(z, V(-0.5), V(1));
  const V low = fma(-r, parts.r_low, fma(z, V(-0.5), V(1) - main));
  return main + fma(z * z, polynomial(coefficients::kCos<double>, z), low);
}

// Lanes that the reduction does not reach are rare: the library takes them, by way of double.
// Apart, lest the loop around it keeps in memory what this needs there.
template <class T, class Function>
[[gnu::noinline, gnu::cold]] Vec<T> by_library(Vec<T> x, Function library) {
  return map_lanes(x, [=](T lane) { return static_cast<T>(library(static_cast<double>(lane))); });
}
template <class T, class Function>
Vec<T> with_large_lanes(Vec<T> x, Vec<T> result, Function library) {
  const Mask<T> large = !(abs(x) <= Vec<T>(Quadrant<T>::kLimit));
  if (!any(large)) [[likely]]
    return result;
  return select(large, by_library(x, library), result);
}

// sin(x + turns * pi / 2) with 0 <= x.
template <class T>
Vec<T> sin_shifted(Vec<T> x, int turns) {
  using I = BitsOf<T>;
  const Quadrant<T> parts(x);
  const Vec<I> quadrant = parts.quadrant + Vec<I>(turns);
  const Mask<T> use_cos{((quadrant & Vec<I>(1)) != Vec<I>(0)).m};
  const Vec<T> value = select(use_cos, cos_of(parts), sin_of(parts));
  const Vec<I> sign = (quadrant << (static_cast<int>(sizeof(T)) * 8 - 2)) & Vec<I>(kSignBit<T>);
  return bits_as<T>(bits_as<I>(value) ^ sign);
}
template <class T>
Vec<T> sin(Vec<T> x) {
  using I = BitsOf<T>;
  const Vec<I> sign = bits_as<I>(x) & Vec<I>(kSignBit<T>);
  const Vec<T> result = bits_as<T>(bits_as<I>(sin_shifted(abs(x), 0)) ^ sign);
  return with_large_lanes(x, result, [](double lane) { return std::sin(lane); });
}
template <class T>
Vec<T> cos(Vec<T> x) {
  return with_large_lanes(x, sin_shifted(abs(x), 1), [](double lane) { return std::cos(lane); });
}

// Of the angle 2 pi turn, 0 <= turn <= 1, whose reduction is exact.
template <class T>
void sin_cos_of_turn(Vec<T> turn, Vec<T>& sine, Vec<T>& cosine) {
  using I = BitsOf<T>;
  constexpr int top = static_cast<int>(sizeof(T)) * 8 - 2;
  const Vec<T> quarters = turn * Vec<T>(4);
  const Vec<T> shifted = quarters + Vec<T>(kRoundingMagic<T>);
  const Vec<T> rest = quarters - (shifted - Vec<T>(kRoundingMagic<T>));
  const Vec<T> r = rest * Vec<T>(1.57079632679489661923);
  const Vec<I> quadrant = bits_as<I>(shifted);
  const Mask<T> odd{((quadrant & Vec<I>(1)) != Vec<I>(0)).m};
  const Vec<T> along = cos_kernel(r), across = sin_kernel(r);
  const Vec<I> sine_sign = (quadrant & Vec<I>(2)) << top;
  const Vec<I> cosine_sign = ((quadrant + Vec<I>(1)) & Vec<I>(2)) << top;
  sine = bits_as<T>(bits_as<I>(select(odd, along, across)) ^ sine_sign);
  cosine = bits_as<T>(bits_as<I>(select(odd, across, along)) ^ cosine_sign);
}

inline Vec<double> tan(Vec<double> x) {
  const Quadrant<double> parts(x);
  const Vec<double> sine = sin_of(parts), cosine = cos_of(parts);
  const Mask<double> odd{((parts.quadrant & Vec<int64_t>(1)) != Vec<int64_t>(0)).m};
  const Vec<double> result = select(odd, -cosine, sine) / select(odd, sine, cosine);
  return with_large_lanes(x, select(x == Vec<double>(0), x, result),
                          [](double lane) { return std::tan(lane); });
}
inline Vec<float> tan(Vec<float> x) {
  return by_double(x, [](Vec<double> wide) { return tan(wide); });
}

template <class T>
Vec<T> sinpi(Vec<T> x) {
  const Vec<T> rest = x - Vec<T>(2) * rint(Vec<T>(0.5) * x);
  const Vec<T> one = copysign(Vec<T>(1), rest);
  const Vec<T> inner = select(abs(rest) > Vec<T>(0.5), one - rest, rest);
  return sin(inner * Vec<T>(3.14159265358979323846));
}

// pi / 2 is kHalfPi + kHalfPiLow.
template <class T>
inline constexpr T kHalfPi = static_cast<T>(1.57079632679489661923);
template <class T>
inline constexpr T kHalfPiLow = pick<T>(-0x1.777a5cp-25f, 0x1.1a62633145c07p-54);

// asin(x) - x for |x| <= 1/2.
template <class T>
Vec<T> asin_rest(Vec<T> x) {
  const Vec<T> z = x * x;
  return x * z * polynomial(coefficients::kAsin<T>, z);
}
// Beyond 1/2: asin(x) = pi / 2 - 2 asin(sqrt((1 - x) / 2)).
template <class T>
Vec<T> asin(Vec<T> x) {
  const Vec<T> a = abs(x);
  const Mask<T> outer = a > Vec<T>(0.5);
  const Vec<T> y = select(outer, sqrt(Vec<T>(0.5) * (Vec<T>(1) - a)), a);
  const Vec<T> rest = asin_rest(y);
  const Vec<T> beyond =
      (Vec<T>(kHalfPi<T>) - Vec<T>(2) * y) - (Vec<T>(2) * rest - Vec<T>(kHalfPiLow<T>));
  return copysign(select(outer, beyond, y + rest), x);
}
template <class T>
Vec<T> acos(Vec<T> x) {
  const Vec<T> a = abs(x);
  const Mask<T> outer = a > Vec<T>(0.5);
  const Vec<T> y = select(outer, sqrt(Vec<T>(0.5) * (Vec<T>(1) - a)), x);
  const Vec<T> rest = asin_rest(y);
  const Vec<T> inner = Vec<T>(kHalfPi<T>) - (y - (Vec<T>(kHalfPiLow<T>) - rest));
  const Vec<T> twice = Vec<T>(2) * (y + rest);
  const Vec<T> beyond =
      select(x < Vec<T>(0), Vec<T>(2 * kHalfPi<T>) - (twice - Vec<T>(2 * kHalfPiLow<T>)), twice);
  return select(outer, beyond, inner);
}

// atan(numerator / denominator) of positive values: the quotient is brought into [0, tan(pi / 8)]
// by atan(q) = pi / 4 + atan((q - 1) / (q + 1)) = pi / 2 - atan(1 / q), with one division.
template <class T>
Vec<T> atan_of_magnitude(Vec<T> q) {
  const Mask<T> large = q > Vec<T>(2.414213562373095), medium = q > Vec<T>(0.4142135623730950);
  const Vec<T> numerator = select(large, Vec<T>(-1), select(medium, q - Vec<T>(1), q));
  const Vec<T> denominator = select(large, q, select(medium, q + Vec<T>(1), Vec<T>(1)));
  const Vec<T> x = numerator / denominator, z = x * x;
  const Vec<T> offset =
      select(large, Vec<T>(kHalfPi<T>), select(medium, Vec<T>(kHalfPi<T> / 2), Vec<T>(0)));
  const Vec<T> low =
      select(large, Vec<T>(kHalfPiLow<T>), select(medium, Vec<T>(kHalfPiLow<T> / 2), Vec<T>(0)));
  return offset + (x + fma(x * z, polynomial(coefficients::kAtan<T>, z), low));
}
template <class T>
Vec<T> atan(Vec<T> x) {
  return copysign(atan_of_magnitude(abs(x)), x);
}
template <class T>
Vec<T> atan2(Vec<T> y, Vec<T> x) {
  const Vec<T> a = abs(y), b = abs(x);
  // Zeros count as 0 / 1 and two infinities as 1 / 1.
  const Mask<T> same = (a == b) & ((a == Vec<T>(0)) | (a == Vec<T>(kInfinity<T>)));
  const Vec<T> quotient = select(same, select(a == Vec<T>(0), Vec<T>(0), Vec<T>(1)), a / b);
  const Vec<T> angle = atan_of_magnitude(quotient);
  const Vec<T> turned = Vec<T>(2 * kHalfPi<T>) - (angle - Vec<T>(2 * kHalfPiLow<T>));
  const Vec<T> result = copysign(select(signbit(x), turned, angle), y);
  return select(isnan(x), x, result);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
