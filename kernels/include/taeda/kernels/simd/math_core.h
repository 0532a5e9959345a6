// What the vector functions share: constants by type, polynomials, powers of two, exact products.
#pragma once

#include <limits>

#include "taeda/kernels/ops/scalar_math.h"
#include "taeda/kernels/simd/lanes.h"
#include "taeda/kernels/simd/math_coefficients.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
using BitsOf = typename MaskElement<T>::type;

// The constant of the type's own precision.
template <class T>
constexpr T pick(float single_value, double double_value) {
  if constexpr (sizeof(T) == 4)
    return single_value;
  else
    return double_value;
}

template <class T>
inline constexpr int kMantissaBits = sizeof(T) == 4 ? 23 : 52;
template <class T>
inline constexpr int kExponentBias = sizeof(T) == 4 ? 127 : 1023;
// Adding it leaves the nearest integer in the low bits of the sum.
template <class T>
inline constexpr T kRoundingMagic = pick<T>(0x1.8p23f, 0x1.8p52);

template <class T>
inline constexpr T kInfinity = std::numeric_limits<T>::infinity();
template <class T>
inline constexpr T kNaN = std::numeric_limits<T>::quiet_NaN();

// The sum of c[i] x^i. Long ones run as two chains, of the even and the odd powers.
template <class T, size_t Count>
Vec<T> polynomial(const T (&c)[Count], Vec<T> x) {
  if constexpr (Count < 7) {
    Vec<T> sum = c[Count - 1];
    for (size_t i = Count - 1; i-- > 0;) sum = fma(sum, x, Vec<T>(c[i]));
    return sum;
  } else {
    const Vec<T> square = x * x;
    Vec<T> last = c[Count - 1], before = c[Count - 2];
    size_t i = Count - 2;
    for (; i >= 2; i -= 2) {
      last = fma(last, square, Vec<T>(c[i - 1]));
      before = fma(before, square, Vec<T>(c[i - 2]));
    }
    if (i == 0) return fma(last, x, before);
    return fma(fma(before, x, Vec<T>(c[0])), Vec<T>(1), last * square);
  }
}

// factor * f(a) for 0 <= a < 15.5 width, where piece k of 16 holds the polynomial of f around
// k * width: [power][piece], and last what rounding took from the constant terms.
template <size_t Rows>
Vec<float> times_piecewise(const float (&pieces)[Rows][16], float width, Vec<float> factor,
                           Vec<float> a) {
  using V = Vec<float>;
  const V shifted = fma(a, V(1 / width), V(kRoundingMagic<float>));
  const Vec<int32_t> piece = bits_as<int32_t>(shifted);
  const V h = fma(shifted - V(kRoundingMagic<float>), V(-width), a);
  V slope = lookup(pieces[Rows - 2], piece);
  for (size_t power = Rows - 3; power > 0; --power) {
    slope = fma(slope, h, lookup(pieces[power], piece));
  }
  const V rest = fma(h, slope, lookup(pieces[Rows - 1], piece));
  return fma(factor, lookup(pieces[0], piece), factor * rest);
}

// x * 2^power of an integer power; the result may overflow or become subnormal, rounded once.
template <class T>
Vec<T> scale_by_power(Vec<T> x, Vec<T> power) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  using Native = typename Vec<T>::Native;
  if constexpr (sizeof(T) == 4)
    return Vec<T>((Native)_mm512_scalef_ps((__m512)x.v, (__m512)power.v));
  else
    return Vec<T>((Native)_mm512_scalef_pd((__m512d)x.v, (__m512d)power.v));
#else
  // In two steps, of which one is exact.
  constexpr BitsOf<T> magic = std::bit_cast<BitsOf<T>>(kRoundingMagic<T>);
  const Vec<BitsOf<T>> biased = bits_as<BitsOf<T>>(power + Vec<T>(kRoundingMagic<T>)) -
                                Vec<BitsOf<T>>(magic - 2 * kExponentBias<T>);
  const Vec<BitsOf<T>> half = shift_right_logical(biased, 1);
  const Vec<T> first = bits_as<T>(half << kMantissaBits<T>);
  const Vec<T> second = bits_as<T>((biased - half) << kMantissaBits<T>);
  return x * first * second;
#endif
}

#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
// x = mantissa * 2^exponent, 3/4 <= mantissa < 3/2, also of subnormal numbers. The exponents of
// zero and infinity are infinite; what is less than zero has a NaN for a mantissa.
template <class T>
void split(Vec<T> x, Vec<T>& exponent, Vec<T>& mantissa) {
  using Native = typename Vec<T>::Native;
  constexpr auto range = _MM_MANT_NORM_p75_1p5;
  if constexpr (sizeof(T) == 4) {
    mantissa.v = (Native)_mm512_getmant_ps((__m512)x.v, range, _MM_MANT_SIGN_nan);
    exponent.v = (Native)(_mm512_getexp_ps((__m512)x.v) - _mm512_getexp_ps((__m512)mantissa.v));
  } else {
    mantissa.v = (Native)_mm512_getmant_pd((__m512d)x.v, range, _MM_MANT_SIGN_nan);
    exponent.v = (Native)(_mm512_getexp_pd((__m512d)x.v) - _mm512_getexp_pd((__m512d)mantissa.v));
  }
}

// x within -1 and 1, also where it is NaN.
template <class T>
Vec<T> within_one(Vec<T> x) {
  constexpr int smaller_magnitude = 2;
  using Native = typename Vec<T>::Native;
  const Vec<T> one(1);
  if constexpr (sizeof(T) == 4)
    return Vec<T>((Native)_mm512_range_ps((__m512)x.v, (__m512)one.v, smaller_magnitude));
  else
    return Vec<T>((Native)_mm512_range_pd((__m512d)x.v, (__m512d)one.v, smaller_magnitude));
}
#endif

// 1 / sqrt(x).
template <class T>
Vec<T> rsqrt(Vec<T> x) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  if constexpr (sizeof(T) == 4) {
    // 14 bits, and one step of Newton's method for the rest; of zero and infinity the first is
    // exact, and the step would make them NaN.
    const Vec<T> first((typename Vec<T>::Native)_mm512_rsqrt14_ps((__m512)x.v));
    const Vec<T> error = fma(-(x * first), first, Vec<T>(1));
    const Vec<T> refined = fma(first * Vec<T>(0.5f), error, first);
    return select(error == error, refined, first);
  }
#endif
  return Vec<T>(1) / sqrt(x);
}

// What rounding took from p = a * b: exact, but for overflow (T. Dekker 1971 where there is no
// fma).
template <class T>
Vec<T> product_error(Vec<T> a, Vec<T> b, Vec<T> p) {
  if constexpr (kHasFma) {
    return fma(a, b, -p);
  } else {
    using I = BitsOf<T>;
    constexpr I upper = static_cast<I>(~I{0} << (sizeof(T) == 4 ? 12 : 27));
    const Vec<T> a_high = bits_as<T>(bits_as<I>(a) & Vec<I>(upper)), a_low = a - a_high;
    const Vec<T> b_high = bits_as<T>(bits_as<I>(b) & Vec<I>(upper)), b_low = b - b_high;
    return ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low;
  }
}

// Integers in [0, 2^22) as floats.
inline Vec<float> small_integers(Vec<int32_t> x) { return convert<float>(x); }
inline Vec<double> small_integers(Vec<int64_t> x) {
  return bits_as<double>(x | Vec<int64_t>(0x4330000000000000)) - Vec<double>(0x1p52);
}

template <class T>
Mask<T> mask_of(Mask<BitsOf<T>> mask)
  requires(!std::is_same_v<T, BitsOf<T>>)
{
  return {mask.m};
}

// Calls a function of doubles for floats: where single precision would need special care.
template <class Function>
Vec<float> by_double(Vec<float> x, Function function) {
  Vec<double> low, high;
  widen(x, low, high);
  return narrow(function(low), function(high));
}
template <class Function>
Vec<float> by_double(Vec<float> x, Vec<float> y, Function function) {
  Vec<double> x_low, x_high, y_low, y_high;
  widen(x, x_low, x_high);
  widen(y, y_low, y_high);
  return narrow(function(x_low, y_low), function(x_high, y_high));
}

}  // namespace taeda::cpu::inline TAEDA_ISA
