// The error function and its kin. Floats are computed as doubles with short polynomials: in single
// precision the tail's factors would each cost an ulp.
#pragma once

#include "taeda/kernels/simd/lanes.h"
#include "taeda/kernels/simd/math_exponential.h"
#include "taeda/kernels/simd/math_logarithm.h"

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
  if constexpr (kHasLookup) {
    const Vec<float> b = bounded(a, Vec<float>(0), Vec<float>(4));
    const Vec<float> tail =
        times_piecewise(coefficients::kErfcPieces, coefficients::kErfcWidth, Vec<float>(1), b);
    return copysign(select(a < Vec<float>(1), near, Vec<float>(1) - tail), x);
  }
  const Vec<float> b = bounded(a, Vec<float>(0), Vec<float>(4));
  const Vec<float> inverse = Vec<float>(1) / (b + Vec<float>(3)), t = (b - Vec<float>(3)) * inverse;
  const Vec<float> tail = polynomial(coefficients::kErfcMiddle, t) * inverse * exp(-(b * b));
  return copysign(select(a < Vec<float>(1), near, Vec<float>(1) - tail), x);
}
inline Vec<float> erfc(Vec<float> x) {
  return by_double(x, [](Vec<double> wide) { return erfc_of<true>(wide); });
}
// The inverse of erf: x times a function of w = -log(1 - x^2), after M. Giles, "Approximating the
// erfinv function", 2011. His polynomials are within 4e-7; a step of Newton in doubles follows,
// where erfc(r) e^(r^2) needs no exponential and the other terms share one.
inline Vec<float> erfinv(Vec<float> x) {
  using V = Vec<float>;
  const V a = abs(x);
  const auto with_sign = [&](V root) {
    const V magnitude = select(a == V(1), V(kInfinity<float>), root);
    return select(x < V(0), -magnitude, magnitude);
  };
  if constexpr (kHasLookup) {
    const V root = times_piecewise(coefficients::kErfinvPieces, coefficients::kErfinvWidth, a,
                                   -log(fma(-a, a, V(1))));
    return with_sign(root);
  }
  const V w = -log((V(1) - a) * (V(1) + a));
  const V centre = w - V(2.5f), tail = sqrt(w) - V(3);
  const V factor = select(w < V(5), polynomial(coefficients::kErfinvCentre, centre),
                          polynomial(coefficients::kErfinvTail, tail));
  const V root = by_double(a, factor * a, [](Vec<double> y, Vec<double> r) {
    const Vec<double> inverse = reciprocal_short(r + Vec<double>(3));
    const Vec<double> scaled = polynomial(coefficients::kErfcShort, (r - Vec<double>(3)) * inverse);
    const Vec<double> growth = exp_short(r * r);
    const Vec<double> near = (y - r * polynomial(coefficients::kErfNearest, r * r)) * growth;
    const Vec<double> far = fma(y - Vec<double>(1), growth, scaled * inverse);
    // sqrt(pi) / 2 is the slope of the inverse at zero.
    return fma(select(y < Vec<double>(0.1), near, far), Vec<double>(0.88622692545275801365), r);
  });
  return with_sign(root);
}
// x * Phi(x); zero at minus infinity.
inline Vec<double> gelu(Vec<double> x) {
  return select(x < Vec<double>(-700), Vec<double>(-0.0), times_normal_cdf(x, x));
}
// Phi(x) and its derivative.
inline NormalAt<Vec<double>> normal_at(Vec<double> x) {
  return {times_normal_cdf(Vec<double>(1), x),
          exp_of_square<false>(bounded(x, Vec<double>(-50), Vec<double>(50)), 0.5) *
              Vec<double>(0.39894228040143267794)};
}

// Single precision: Phi(-a) = e^(-a^2 / 2) tail(a) for 0 <= a <= 24, whence it is zero. The tail
// comes from polynomials on quarters of the powers of two of a + 1; e^r is 1 + (e^r - 1), so that
// the product is rounded once.
class NormalTail {
 public:
  using V = Vec<float>;
  static constexpr float kEnd = 24;
  static constexpr float kPeak = 0.39894228040143267794f;  // of the density

  explicit NormalTail(V a) {
    const Vec<int32_t> bits = bits_as<int32_t>(a + V(1));
    const Vec<int32_t> centre = (bits & Vec<int32_t>(-1 << 21)) | Vec<int32_t>(1 << 20);
    const Vec<int32_t> interval = shift_right_logical(bits, 21);
    const V h = a - (bits_as<float>(centre) - V(1));
    constexpr int degree = 6;
    V slope = lookup(coefficients::kNormalTail[degree], interval);
    for (int power = degree - 1; power > 0; --power) {
      slope = fma(slope, h, lookup(coefficients::kNormalTail[power], interval));
    }
    head_ = lookup(coefficients::kNormalTail[0], interval);
    rest_ = fma(h, slope, lookup(coefficients::kNormalTail[degree + 1], interval));

    const V square = a * a, lost = fma(a, a, -square);
    const V shifted = fma(square, V(-0.72134752044448170368f), V(kRoundingMagic<float>));
    power_ = shifted - V(kRoundingMagic<float>);
    // -2 r, and so the signs and powers of two of its polynomial.
    const V q = fma(power_, V(0x1.62e4p+0f), square) + fma(power_, V(0x1.7f7d1cp-19f), lost);
    constexpr auto& c = coefficients::kExp<float>;
    constexpr float by_power[] = {-0.5f, c[0] / 4, c[1] / -8, c[2] / 16, c[3] / -32, c[4] / 64};
    small_ = q * polynomial(by_power, q);
  }

  // factor * Phi(-a).
  V times_cdf(V factor) const {
    const V product = fma(factor, head_, factor * rest_);
    return scale_by_power(fma(product, small_, product), power_);
  }
  V density() const { return scale_by_power(fma(V(kPeak), small_, V(kPeak)), power_); }

 private:
  V head_, rest_, small_, power_;
};

inline Vec<float> gelu(Vec<float> x) {
  using V = Vec<float>;
  if constexpr (kHasLookup) {
    // Near zero polynomials do without an exponential.
    constexpr float width = coefficients::kNormalWidth;
    const V a = abs(x);
    V lower = times_piecewise(coefficients::kNormalPieces, width, x, a);
    // Each element goes its own way whatever its neighbours are.
    const Mask<float> near = a < V(15.5f * width);
    if (any(!near)) [[unlikely]] {
      const V b = bounded(x, V(-NormalTail::kEnd), V(NormalTail::kEnd));
      lower = select(near, lower, NormalTail(abs(b)).times_cdf(b));
    }
    return select(x > V(0), x - lower, lower);
  } else {
    return by_double(x, [](Vec<double> y) {
      return select(y < Vec<double>(-40), Vec<double>(-0.0), times_normal_cdf_of<true>(y, y));
    });
  }
}
inline NormalAt<Vec<float>> normal_at(Vec<float> x) {
  using V = Vec<float>;
  const V a = bounded(abs(x), V(0), V(NormalTail::kEnd));
  // The square in two parts: its rounding would count for more the larger it is.
  const V square = a * a, lost = product_error(a, a, square);
  const V power = exp(square * V(-0.5f));
  V density = fma(power * V(-0.5f), lost, power) * V(NormalTail::kPeak);
  if constexpr (kHasLookup) {
    constexpr float width = coefficients::kNormalWidth;
    V lower = times_piecewise(coefficients::kNormalPieces, width, V(1), a);
    const Mask<float> near = a < V(15.5f * width);
    if (any(!near)) [[unlikely]] {
      const NormalTail tail(a);
      lower = select(near, lower, tail.times_cdf(V(1)));
      density = select(near, density, tail.density());
    }
    return {select(x > V(0), V(1) - lower, lower), density};
  } else {
    return {
        by_double(x, [](Vec<double> y) { return times_normal_cdf_of<true>(Vec<double>(1), y); }),
        density};
  }
}
// The derivative of gelu.
inline Vec<float> gelu_slope(Vec<float> x) {
  using V = Vec<float>;
  const auto by_density = [&] {
    const auto [cdf, density] = normal_at(x);
    return cdf + finite_product(x, density);
  };
  if constexpr (kHasLookup) {
    constexpr float width = coefficients::kGeluSlopeWidth;
    const V a = abs(x), lower = times_piecewise(coefficients::kGeluSlopePieces, width, V(1), a);
    const V slope = select(x > V(0), V(1) - lower, lower);
    // Each element goes its own way whatever its neighbours are.
    const Mask<float> near = a < V(15.5f * width);
    if (any(!near)) [[unlikely]]
      return select(near, slope, by_density());
    return slope;
  } else {
    return by_density();
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA
