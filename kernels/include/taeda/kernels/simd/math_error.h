// The error function and its kin. Floats are computed as doubles with short polynomials: in single
// precision the tail's factors would each cost an ulp.
#pragma once

#include "taeda/kernels/simd/lanes.h"
#include "taeda/kernels/simd/math_exponential.h"

namespace taeda::cpu::inline TAEDA_ISA {

// e^(-scale a^2) with the square exact, without which the relative error would grow with it.
template <bool is_short>
Vec<double> exp_of_square(Vec<double> a, double scale) {
  const Vec<double> square = a * a;
  if constexpr (is_short) {
    return exp_short(Vec<double>(-scale) * square);
  } else {
    const Vec<double> lost = product_error(a, a, square);
    const Vec<double> e = exp(Vec<double>(-scale) * square);
    return fma(Vec<double>(-scale) * lost, e, e);
  }
}

// factor * erfc(z) for z = a / width >= 0 and scale = 1 / width^2, with the polynomial in
// (z - 3) / (z + 3). The factor comes before what may underflow.
template <bool is_short>
Vec<double> times_erfc(Vec<double> factor, Vec<double> a, double width, double scale) {
  a = select(a > Vec<double>(50), Vec<double>(50), a);
  const Vec<double> centre = 3 * width;
  Vec<double> inverse;
  if constexpr (is_short)
    inverse = reciprocal_short(a + centre);
  else
    inverse = Vec<double>(1) / (a + centre);
  const Vec<double> t = (a - centre) * inverse;
  Vec<double> value;
  if constexpr (is_short)
    value = polynomial(coefficients::kErfcShort, t);
  else
    value = polynomial(coefficients::kErfc, t);
  return factor * (value * (inverse * Vec<double>(width))) * exp_of_square<is_short>(a, scale);
}

// For |x| <= 1.
template <bool is_short>
Vec<double> erf_near_zero(Vec<double> x) {
  const Vec<double> z = x * x;
  Vec<double> rest;
  if constexpr (is_short)
    rest = polynomial(coefficients::kErfShort, z);
  else
    rest = polynomial(coefficients::kErf, z);
  // 2 / sqrt(pi) in two parts.
  const Vec<double> low = fma(x * z, rest, x * Vec<double>(0x1.1ae3a914fed80p-56));
  return fma(x, Vec<double>(0x1.20dd750429b6dp+0), low);
}

template <bool is_short>
Vec<double> erf_of(Vec<double> x) {
  const Vec<double> a = abs(x), upper = times_erfc<is_short>(Vec<double>(1), a, 1, 1);
  return copysign(select(a < Vec<double>(1), erf_near_zero<is_short>(a), Vec<double>(1) - upper),
                  x);
}
template <bool is_short>
Vec<double> erfc_of(Vec<double> x) {
  const Vec<double> a = abs(x), upper = times_erfc<is_short>(Vec<double>(1), a, 1, 1);
  return select(a < Vec<double>(0.4), Vec<double>(1) - erf_near_zero<is_short>(x),
                select(x < Vec<double>(0), Vec<double>(2) - upper, upper));
}
// factor * Phi(x), the distribution function of the standard normal distribution.
template <bool is_short>
Vec<double> times_normal_cdf_of(Vec<double> factor, Vec<double> x) {
  const Vec<double> upper =
      times_erfc<is_short>(Vec<double>(0.5) * factor, abs(x), 1.41421356237309504880, 0.5);
  // Beyond 40 the tail is zero, and infinity less infinity must not arise.
  return select(x > Vec<double>(40), factor, select(x > Vec<double>(0), factor - upper, upper));
}

inline Vec<double> erf(Vec<double> x) { return erf_of<false>(x); }
inline Vec<double> erfc(Vec<double> x) { return erfc_of<false>(x); }
inline Vec<double> times_normal_cdf(Vec<double> factor, Vec<double> x) {
  return times_normal_cdf_of<false>(factor, x);
}
// The tail beyond 1 is so small beside 1 that single precision does.
inline Vec<float> erf(Vec<float> x) {
  // Near 1 it does only where products are not rounded before they are added.
  if constexpr (!kHasFma) {
    return by_double(x, [](Vec<double> wide) { return erf_of<true>(wide); });
  }
  const Vec<float> a = abs(x), z = a * a;
  const Vec<float> low =
      fma(a * z, polynomial(coefficients::kErfNear, z), a * Vec<float>(-0x1.f7ac92p-25f));
  const Vec<float> near = fma(a, Vec<float>(0x1.20dd76p+0f), low);
  const Vec<float> b = bounded(a, Vec<float>(0), Vec<float>(4));
  const Vec<float> inverse = Vec<float>(1) / (b + Vec<float>(3)), t = (b - Vec<float>(3)) * inverse;
  const Vec<float> tail = polynomial(coefficients::kErfcMiddle, t) * inverse * exp(-(b * b));
  return copysign(select(a < Vec<float>(1), near, Vec<float>(1) - tail), x);
}
inline Vec<float> erfc(Vec<float> x) {
  return by_double(x, [](Vec<double> wide) { return erfc_of<true>(wide); });
}
// In single precision: Phi(-a) = e^(-a^2 / 2) tail(a), the tail from polynomials on intervals of
// 1/2; e^r as 1 + (e^r - 1), so that the product is rounded once.
inline Vec<float> times_normal_cdf_by_lookup(Vec<float> factor, Vec<float> x) {
  using V = Vec<float>;
  const V limit(50), magic = kRoundingMagic<float>;
  const V b = bounded(x, -limit, limit);
  const V a = bounded(abs(b), V(0), V(15.5));  // where Phi(-a) is far below any float
  const V shifted = fma(a, V(2), magic);
  const Vec<int32_t> interval = bits_as<int32_t>(shifted);
  const V h = fma(shifted - magic, V(-0.5), a);
  constexpr int degree = 6;
  V slope = lookup(coefficients::kNormalTail[degree], interval);
  for (int power = degree - 1; power > 0; --power) {
    slope = fma(slope, h, lookup(coefficients::kNormalTail[power], interval));
  }
  const V rest_of_tail = fma(h, slope, lookup(coefficients::kNormalTail[degree + 1], interval));
  const V product =
      fma(factor, lookup(coefficients::kNormalTail[0], interval), factor * rest_of_tail);
  const V square = b * b, lost = fma(b, b, -square);
  ExpParts<float> parts(square * V(-0.5));
  const V r = parts.r, rest = fma(lost, V(-0.5), parts.r_low);
  parts.r = r + rest;
  parts.r_low = (r - parts.r) + rest;
  const V lower = scale_by_power(fma(product, parts.minus_one_careful(), product), parts.power);
  // Infinity less infinity must not arise.
  return select(x > limit, factor, select(x > V(0), factor - lower, lower));
}
inline Vec<float> times_normal_cdf(Vec<float> factor, Vec<float> x) {
  if constexpr (kHasLookup) {
    return times_normal_cdf_by_lookup(factor, x);
  } else {
    return by_double(factor, x,
                     [](Vec<double> y, Vec<double> z) { return times_normal_cdf_of<true>(y, z); });
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA
