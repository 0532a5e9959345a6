// Logarithms, the inverse hyperbolic functions and powers.
#pragma once

#include "taeda/kernels/simd/math_exponential.h"

namespace taeda::cpu::inline TAEDA_ISA {

// x = 2^exponent (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), of a normal positive x.
template <class T>
struct LogParts {
  Vec<T> exponent, f;

  explicit LogParts(Vec<T> x) {
    using I = BitsOf<T>;
    constexpr I root = std::bit_cast<I>(pick<T>(0x1.6a09e6p-1f, 0x1.6a09e667f3bcdp-1));
    constexpr I one = std::bit_cast<I>(T(1));
    constexpr I mantissa = (I{1} << kMantissaBits<T>)-1;
    const Vec<I> bits = bits_as<I>(x) + Vec<I>(one - root);
    exponent =
        small_integers(shift_right_logical(bits, kMantissaBits<T>)) - Vec<T>(kExponentBias<T>);
    f = bits_as<T>((bits & Vec<I>(mantissa)) + Vec<I>(root)) - Vec<T>(1);
  }

  // Subnormals are scaled up first.
  static LogParts of_any(Vec<T> x) {
    const Mask<T> subnormal = x < Vec<T>(std::numeric_limits<T>::min());
    LogParts parts(select(subnormal, x * Vec<T>(pick<T>(0x1p25f, 0x1p54)), x));
    parts.exponent -= select(subnormal, Vec<T>(pick<T>(25, 54)), Vec<T>(0));
    return parts;
  }

  // log(1 + f) = f - (half_square - correction), by 2 atanh(f / (2 + f)).
  Vec<T> half_square() const { return Vec<T>(0.5) * f * f; }
  Vec<T> correction(Vec<T> half) const {
    const Vec<T> s = f / (Vec<T>(2) + f), z = s * s;
    return s * fma(polynomial(coefficients::kLog<T>, z), z, half);
  }
};

// Infinity and NaN stay, zero gives minus infinity, less gives NaN.
template <class T>
Vec<T> log_of_special(Vec<T> x, Vec<T> result) {
  result = select(x < Vec<T>(kInfinity<T>), result, x);
  result = select(x == Vec<T>(0), Vec<T>(-kInfinity<T>), result);
  return select(x < Vec<T>(0), Vec<T>(kNaN<T>), result);
}

template <class T>
Vec<T> log_of_parts(const LogParts<T>& parts) {
  const Vec<T> half = parts.half_square();
  const Vec<T> low = fma(parts.exponent, Vec<T>(pick<T>(0x1.7f7d1cp-20f, 0x1.cf79abc9e3b3ap-40)),
                         parts.correction(half));
  const Vec<T> high = parts.exponent * Vec<T>(pick<T>(0x1.62e4p-1f, 0x1.62e42fefap-1));
  return high - ((half - low) - parts.f);
}

#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
// x = 2^exponent (1 + r) / c with c near the inverse of the mantissa, from a table: no division.
// The parts of zero, infinity, NaN and less than zero add up to what is wanted.
template <class T>
Vec<T> log_by_steps(Vec<T> x) {
  Vec<T> exponent, mantissa;
  split(x, exponent, mantissa);
  const Vec<BitsOf<T>> sixteenth =
      shift_right_logical(bits_as<BitsOf<T>>(mantissa), kMantissaBits<T> - 4);
  const Vec<T> r = fma(mantissa, lookup(coefficients::kLogSteps<T>[0], sixteenth), Vec<T>(-1));
  const Vec<T> log_r = fma(polynomial(coefficients::kLogStep<T>, r), r * r, r);
  return fma(exponent, Vec<T>(0.69314718055994530942),
             lookup(coefficients::kLogSteps<T>[1], sixteenth) + log_r);
}
#endif

template <class T>
Vec<T> log(Vec<T> x) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  return log_by_steps(x);
#else
  return log_of_special(x, log_of_parts(LogParts<T>::of_any(x)));
#endif
}
// The same of what is known to be positive, finite and not subnormal.
template <class T>
Vec<T> log_of_normal(Vec<T> x) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  return log_by_steps(x);
#else
  return log_of_parts(LogParts<T>(x));
#endif
}

template <class T>
Vec<T> log1p(Vec<T> x) {
  const Vec<T> u = Vec<T>(1) + x;
  LogParts<T> parts(u);
  // What rounding took from 1 + x (Knuth's sum of two), as a part of u.
  const Vec<T> x_part = u - Vec<T>(1);
  Vec<T> lost = ((Vec<T>(1) - (u - x_part)) + (x - x_part)) / u;
  const Mask<T> near_one = parts.exponent == Vec<T>(0);
  parts.f = select(near_one, x, parts.f);
  lost = select(near_one, Vec<T>(0), lost);
  const Vec<T> half = parts.half_square();
  const Vec<T> low = fma(parts.exponent, Vec<T>(pick<T>(0x1.7f7d1cp-20f, 0x1.cf79abc9e3b3ap-40)),
                         parts.correction(half) + lost);
  const Vec<T> high = parts.exponent * Vec<T>(pick<T>(0x1.62e4p-1f, 0x1.62e42fefap-1));
  const Vec<T> result = log_of_special(u, high - ((half - low) - parts.f));
  return select((x == Vec<T>(0)) | (x == Vec<T>(kInfinity<T>)), x, result);
}

// log(1 + e^-distance) of a distance that is not negative.
inline Vec<double> log1p_exp_minus(Vec<double> distance) { return log1p(exp(-distance)); }
inline Vec<float> log1p_exp_minus(Vec<float> distance) {
  const Vec<float> e = exp_by_parts<0>(-distance), s = e / (e + Vec<float>(2)), z = s * s;
  const Vec<float> half = Vec<float>(0.5) * e * e;
  return e - (half - s * fma(polynomial(coefficients::kLogUnit, z), z, half));
}

// log(x) / log(base) of both parts of log(1 + f), so that the factor adds no error of its own.
template <class T>
Vec<T> log_to_base(Vec<T> x, T factor_high, T factor_low, T exponent_high, T exponent_low) {
  using I = BitsOf<T>;
  const LogParts<T> parts = LogParts<T>::of_any(x);
  const Vec<T> half = parts.half_square();
  // `high` has so few digits that its products are exact.
  constexpr I upper = static_cast<I>(~I{0} << (sizeof(T) == 4 ? 12 : 32));
  const Vec<T> difference = parts.f - half;
  const Vec<T> high = bits_as<T>(bits_as<I>(difference) & Vec<I>(upper));
  const Vec<T> low = ((parts.f - high) - half) + parts.correction(half);
  const Vec<T> tail = fma(low + high, Vec<T>(factor_low), low * Vec<T>(factor_high));
  const Vec<T> main = high * Vec<T>(factor_high);
  const Vec<T> whole = parts.exponent * Vec<T>(exponent_high);
  const Vec<T> sum = whole + main;
  const Vec<T> rest = (whole - sum) + main;
  return log_of_special(x, sum + (fma(parts.exponent, Vec<T>(exponent_low), rest) + tail));
}
template <class T>
Vec<T> log2(Vec<T> x) {
  return log_to_base<T>(x, pick<T>(0x1.714p+0f, 0x1.71547652p+0),
                        pick<T>(0x1.47652cp-12f, 0x1.705fc2eefa2p-33), 1, 0);
}
template <class T>
Vec<T> log10(Vec<T> x) {
  return log_to_base<T>(
      x, pick<T>(0x1.bcap-2f, 0x1.bcb7b152p-2), pick<T>(0x1.7b1526p-14f, 0x1.b9438ca9aadd5p-36),
      pick<T>(0x1.344p-2f, 0x1.34413508p-2), pick<T>(0x1.3509f8p-18f, 0x1.f79fef311f12bp-34));
}

inline Vec<double> asinh(Vec<double> x) {
  const Vec<double> a = abs(x), square = a * a;
  const Vec<double> small = log1p(a + square / (Vec<double>(1) + sqrt(Vec<double>(1) + square)));
  const Vec<double> large = log(a) + Vec<double>(0.69314718055994530942);
  return copysign(select(a > Vec<double>(0x1p28), large, small), x);
}
inline Vec<double> acosh(Vec<double> x) {
  const Vec<double> t = x - Vec<double>(1);
  const Vec<double> small = log1p(t + sqrt(t * (t + Vec<double>(2))));
  const Vec<double> large = log(x) + Vec<double>(0.69314718055994530942);
  const Vec<double> result = select(x > Vec<double>(0x1p28), large, small);
  return select(x < Vec<double>(1), Vec<double>(kNaN<double>), result);
}
inline Vec<double> atanh(Vec<double> x) {
  const Vec<double> a = abs(x);
  return copysign(Vec<double>(0.5) * log1p(Vec<double>(2) * a / (Vec<double>(1) - a)), x);
}
inline Vec<float> asinh(Vec<float> x) {
  return by_double(x, [](Vec<double> wide) { return asinh(wide); });
}
inline Vec<float> acosh(Vec<float> x) {
  return by_double(x, [](Vec<double> wide) { return acosh(wide); });
}
// Beyond 1/2: half of log((1 + a) / (1 - a)).
inline Vec<float> atanh(Vec<float> x) {
  using V = Vec<float>;
  const V a = abs(x), z = a * a;
  const V near = fma(a * z, polynomial(coefficients::kAtanh, z), a);
  const V far = V(0.5) * log((V(1) + a) / (V(1) - a));
  return copysign(select(a <= V(0.5), near, far), x);
}

template <class T>
Vec<T> logsigmoid(Vec<T> x) {
  return select(x < Vec<T>(0), x, Vec<T>(0)) - log1p_exp_minus(abs(x));
}

// a^y for floats that came from single precision, a positive and finite: their product needs 32
// bits more than theirs.
inline Vec<double> power_of_positive(Vec<double> a, Vec<double> y) {
  const LogParts<double> parts(a);
  const Vec<double> divisor = parts.f + Vec<double>(2), guess = reciprocal_short(divisor);
  const Vec<double> inverse = fma(fma(-divisor, guess, Vec<double>(1)), guess, guess);
  const Vec<double> s = parts.f * inverse, z = s * s;
  const Vec<double> log_f = fma(s * z, polynomial(coefficients::kLogPower, z), s + s);
  const Vec<double> log_a = fma(parts.exponent, Vec<double>(0.69314718055994530942), log_f);
  const Vec<double> x = bounded(y * log_a, Vec<double>(-700), Vec<double>(700));
  const Vec<double> magic = kRoundingMagic<double>;
  const Vec<double> shifted = fma(x, Vec<double>(1.44269504088896340736), magic);
  const Vec<double> r = fma(shifted - magic, Vec<double>(-0.69314718055994530942), x);
  const Vec<double> e = fma(polynomial(coefficients::kExpPower, r), r * r, r) + Vec<double>(1);
  return bits_as<double>(bits_as<int64_t>(e) + (bits_as<int64_t>(shifted) << 52));
}
// e^(y log|x|) with a sign by the parity of y; zeros, infinities and NaN apart.
inline Vec<float> pow(Vec<float> x, Vec<float> y) {
  const Vec<float> a = abs(x), zero(0), infinity = kInfinity<float>;
  const Mask<float> is_zero = a == zero, grows = y > zero;
  Vec<float> result = by_double(
      a, y, [](Vec<double> base, Vec<double> power) { return power_of_positive(base, power); });
  const Mask<float> vanishes = is_zero ^ ~grows;
  result = select(is_zero | (a == infinity), select(vanishes, zero, infinity), result);
  const Vec<float> half = Vec<float>(0.5) * y;
  const Mask<float> integer = rint(y) == y, odd = integer & (rint(half) != half);
  result = select(odd, copysign(result, x), result);
  const Mask<float> undefined = (x < zero) & (a < infinity) & ~integer;
  result = select(undefined, Vec<float>(kNaN<float>), result);
  result = select(isnan(x) | isnan(y), x + y, result);
  const Mask<float> unit =
      (x == Vec<float>(1)) | (y == zero) | ((x == Vec<float>(-1)) & (abs(y) == infinity));
  return select(unit, Vec<float>(1), result);
}
inline Vec<double> pow(Vec<double> x, Vec<double> y) {
  return map_lanes(x, y, [](double a, double b) { return std::pow(a, b); });
}

}  // namespace taeda::cpu::inline TAEDA_ISA
