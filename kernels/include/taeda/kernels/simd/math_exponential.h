// Exponentials and what follows from them.
#pragma once

#include "taeda/kernels/simd/math_core.h"

namespace taeda::cpu::inline TAEDA_ISA {

// x = power * ln(2) + r with |r| <= ln(2) / 2; ln(2) in two parts, the first short enough for an
// exact product (W. Cody, W. Waite, "Software Manual for the Elementary Functions", 1980).
template <class T>
struct ExpParts {
  Vec<T> power;
  Vec<BitsOf<T>> biased;  // power + 2 * bias
  Vec<T> r, r_low;        // r_low: what rounding took from r

  ExpParts() = default;
  explicit ExpParts(Vec<T> x) {
    const Vec<T> shifted = fma(x, Vec<T>(1.44269504088896340736), Vec<T>(kRoundingMagic<T>));
    power = shifted - Vec<T>(kRoundingMagic<T>);
    const Vec<T> low = pick<T>(-0x1.7f7d1cp-20f, -0x1.cf79abc9e3b3ap-40);
    const Vec<T> head = fma(power, Vec<T>(-pick<T>(0x1.62e4p-1f, 0x1.62e42fefap-1)), x);
    r = fma(power, low, head);
    r_low = fma(power, low, head - r);
    biased = biased_power(shifted);
  }

  // Of an integer in the low bits beside the magic number.
  static Vec<BitsOf<T>> biased_power(Vec<T> shifted) {
    constexpr BitsOf<T> magic = std::bit_cast<BitsOf<T>>(kRoundingMagic<T>);
    return bits_as<BitsOf<T>>(shifted) - Vec<BitsOf<T>>(magic - 2 * kExponentBias<T>);
  }

  // e^r - 1.
  Vec<T> minus_one() const { return fma(polynomial(coefficients::kExp<T>, r), r * r, r); }
  // The same within little more than half an ulp.
  Vec<T> minus_one_careful() const {
    return r + fma(polynomial(coefficients::kExp<T>, r), r * r, r_low);
  }
};

// e^x * 2^shift, exact where e^x alone would overflow.
template <int shift, class T>
Vec<T> exp_by_parts(Vec<T> x) {
  // Beyond these the result is infinite or zero; NaN stays.
  const Vec<T> top = pick<T>(90, 712), bottom = pick<T>(-105, -748) - (shift > 0 ? shift : 0);
  x = bounded(x, bottom, top);
  const ExpParts<T> parts(x);
  return scale_by_power(Vec<T>(1) + parts.minus_one(), parts.power + Vec<T>(shift));
}
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
// The same of x = power * ln(2) + r with |r| <= ln(2) / 32 and a power in sixteenths, of which the
// scaling takes the integer below. Far out r says nothing, but the power alone gives infinity, zero
// or NaN.
template <int shift, class T>
Vec<T> exp_by_steps(Vec<T> x) {
  const Vec<T> magic = kRoundingMagic<T> / 16;
  const Vec<T> shifted = fma(x, Vec<T>(1.44269504088896340736), magic);
  const Vec<T> power = shifted - magic;
  const Vec<T> head = fma(power, Vec<T>(-pick<T>(0x1.62e4p-1f, 0x1.62e42fefap-1)), x);
  const Vec<T> low = pick<T>(-0x1.7f7d1cp-20f, -0x1.cf79abc9e3b3ap-40);
  const Vec<T> r = within_one(fma(power, low, head));
  const Vec<T> step = lookup(coefficients::kExpSteps<T>[0], bits_as<BitsOf<T>>(shifted));
  const Vec<T> minus_one = fma(polynomial(coefficients::kExpStep<T>, r), r * r, r);
  return scale_by_power(fma(step, minus_one, step), shift == 0 ? power : power + Vec<T>(shift));
}
#endif

template <int shift = 0, class T>
Vec<T> exp(Vec<T> x) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  return exp_by_steps<shift>(x);
#else
  return exp_by_parts<shift>(x);
#endif
}

template <class T>
Vec<T> exp2(Vec<T> x) {
  const Vec<T> top = pick<T>(130, 1026), bottom = pick<T>(-152, -1077);
  x = bounded(x, bottom, top);
  const Vec<T> shifted = x + Vec<T>(kRoundingMagic<T>);
  ExpParts<T> parts;
  parts.power = shifted - Vec<T>(kRoundingMagic<T>);
  parts.r = (x - parts.power) * Vec<T>(0.69314718055994530942);
  return scale_by_power(Vec<T>(1) + parts.minus_one(), parts.power);
}

template <class T>
Vec<T> expm1(Vec<T> x) {
  const Vec<T> top = pick<T>(89, 710), bottom = pick<T>(-20, -40);
  const ExpParts<T> parts(bounded(x, bottom, top));
  const Vec<T> small = parts.minus_one_careful();
  // 2^power (small + 1) - 1, at half size lest 2^128 overflow.
  const Vec<BitsOf<T>> half_exponent = parts.biased - Vec<BitsOf<T>>(kExponentBias<T> + 1);
  const Vec<T> half_scale = bits_as<T>(half_exponent << kMantissaBits<T>);
  const Vec<T> half = fma(half_scale, small, half_scale - Vec<T>(0.5));
  // Without a power the halves of subnormals would be lost, and the sign of zero.
  return select(half_scale == Vec<T>(0.5), select(x == Vec<T>(0), x, small), half + half);
}

// factor * e^x where e^x alone may be subnormal or zero.
template <class T>
Vec<T> times_exp(Vec<T> factor, Vec<T> x) {
  constexpr int shift = 64;
  return factor * exp<shift>(x) * Vec<T>(static_cast<T>(0x1p-64));
}

// factor / (1 + e^-x), with the sum from the parts of the exponential: one rounding less.
template <class T>
Vec<T> times_sigmoid_by_exp(Vec<T> factor, Vec<T> x) {
  const Vec<T> limit = pick<T>(87, 700);
  const ExpParts<T> parts(-bounded(x, -limit, limit));
  const Vec<BitsOf<T>> exponent = parts.biased - Vec<BitsOf<T>>(kExponentBias<T>);
  const Vec<T> scale = bits_as<T>(exponent << kMantissaBits<T>);
  const Vec<T> small = parts.minus_one_careful();
  // Whichever order makes the inner sum exact, or so small that its rounding does not count.
  const Vec<T> sum =
      select(scale > Vec<T>(pick<T>(0x1p23f, 0x1p52)), fma(scale, small, Vec<T>(1)) + scale,
             fma(scale, small, scale + Vec<T>(1)));
  const Vec<T> result = factor / sum;
  const Mask<T> tail = x < -limit;
  if (!any(tail)) [[likely]]
    return result;
  return select(tail, times_exp(factor, x), result);
}
// The same, near zero from polynomials, which take half as long. Each element goes its own way
// whatever its neighbours are.
template <class T>
Vec<T> times_sigmoid(Vec<T> factor, Vec<T> x) {
  if constexpr (sizeof(T) == 4 && kHasLookup) {
    constexpr float width = coefficients::kSigmoidWidth;
    const Vec<T> a = abs(x);
    const Vec<T> lower = times_piecewise(coefficients::kSigmoidPieces, width, factor, a);
    const Vec<T> result = select(x > Vec<T>(0), factor - lower, lower);
    const Mask<T> near = a < Vec<T>(15.5f * width);
    if (!any(!near)) [[likely]]
      return result;
    return select(near, result, times_sigmoid_by_exp(factor, x));
  } else {
    return times_sigmoid_by_exp(factor, x);
  }
}
template <class T>
Vec<T> sigmoid(Vec<T> x) {
  return times_sigmoid(Vec<T>(1), x);
}

// 1 - 2 / (e^(2 |x|) + 1), and a polynomial where that would cancel; or polynomials of tanh(x) / x
// up to where the result is one.
template <class T>
Vec<T> tanh(Vec<T> x) {
  if constexpr (sizeof(T) == 4 && kHasLookup) {
    const Vec<T> b = bounded(abs(x), Vec<T>(0), Vec<T>(9.125f));
    const Vec<T> result =
        times_piecewise(coefficients::kTanhPieces, coefficients::kTanhWidth, b, b);
    return copysign(bounded(result, Vec<T>(0), Vec<T>(1)), x);
  }
  const Vec<T> a = abs(x), z = a * a;
  const Vec<T> near = fma(a * z, polynomial(coefficients::kTanh<T>, z), a);
  const Vec<T> far = Vec<T>(1) - Vec<T>(2) / (exp(a + a) + Vec<T>(1));
  return copysign(select(a < Vec<T>(0.625), near, far), x);
}

// e^x in 30 bits, for float results that are computed as doubles. Zero below -700, no overflow to
// 700.
inline Vec<double> exp_short(Vec<double> x) {
  x = select(x < Vec<double>(-700), Vec<double>(-700), x);
  const Vec<double> magic = kRoundingMagic<double>;
  const Vec<double> shifted = fma(x, Vec<double>(1.44269504088896340736), magic);
  const Vec<double> r = fma(shifted - magic, Vec<double>(-0.69314718055994530942), x);
  const Vec<double> e = fma(polynomial(coefficients::kExpShort, r), r * r, r) + Vec<double>(1);
  // Shifted up to the exponent field, the magic number itself falls out.
  return bits_as<double>(bits_as<int64_t>(e) + (bits_as<int64_t>(shifted) << 52));
}

// factor * tanh(log(1 + e^x)): n / (n + 2) with n = e^x (e^x + 2); e^x alone far below zero, 1
// above.
inline Vec<double> times_tanh_softplus(Vec<double> factor, Vec<double> x) {
  const Vec<double> e = exp(select(x > Vec<double>(30), Vec<double>(30), x));
  const Vec<double> n = e * (e + Vec<double>(2));
  const Vec<double> result =
      select(x > Vec<double>(30), factor, factor * (n / (n + Vec<double>(2))));
  const Mask<double> tail = x < Vec<double>(-690);
  if (!any(tail)) [[likely]]
    return result;
  return select(tail, times_exp(factor, x), result);
}
inline Vec<float> times_tanh_softplus(Vec<float> factor, Vec<float> x) {
  return by_double(factor, x, [](Vec<double> a, Vec<double> b) {
    const Vec<double> e = exp_short(select(b > Vec<double>(30), Vec<double>(30), b));
    const Vec<double> n = e * (e + Vec<double>(2));
    return a * (n / (n + Vec<double>(2)));
  });
}

inline Vec<double> sinh(Vec<double> x) {
  const Vec<double> magnitude = abs(x), t = expm1(magnitude);
  const Vec<double> small = Vec<double>(0.5) * (t + t / (t + Vec<double>(1)));
  return copysign(select(magnitude > Vec<double>(22), exp<-1>(magnitude), small), x);
}
inline Vec<float> sinh(Vec<float> x) {
  // Where e^-x takes a binade off the result, errors of e^x double.
  const Vec<float> z = x * x, half = exp_by_parts<-1>(abs(x));
  const Vec<float> near = fma(x * z, polynomial(coefficients::kSinh, z), x);
  const Vec<float> far = copysign(half - Vec<float>(0.25) / half, x);
  return select(z < Vec<float>(1), near, far);
}
template <class T>
Vec<T> cosh(Vec<T> x) {
  const Vec<T> half = exp<-1>(abs(x));
  return half + Vec<T>(0.25) / half;
}

}  // namespace taeda::cpu::inline TAEDA_ISA
