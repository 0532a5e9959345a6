// Vec<T>: as many floats, doubles or integers as one register of the instruction set being compiled
// for holds. Only included by sources of a CPU backend, which are compiled once per instruction
// set.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

// The inline namespace keeps the instruction sets apart should two ever meet in one binary.
#ifndef TAEDA_ISA
#define TAEDA_ISA portable
#endif

// Tests compile the width of one instruction set for another: the compiler splits the registers.
#ifndef TAEDA_VECTOR_BYTES
#if defined(__AVX512F__)
#define TAEDA_VECTOR_BYTES 64
#elif defined(__AVX2__)
#define TAEDA_VECTOR_BYTES 32
#else
#define TAEDA_VECTOR_BYTES 16
#endif
#endif

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int kVectorBytes = TAEDA_VECTOR_BYTES;

template <class T>
struct MaskElement;
template <>
struct MaskElement<float> {
  using type = int32_t;
};
template <>
struct MaskElement<double> {
  using type = int64_t;
};
template <>
struct MaskElement<int32_t> {
  using type = int32_t;
};
template <>
struct MaskElement<int64_t> {
  using type = int64_t;
};

template <class T>
struct Vec {
  using Element = T;
  using MaskT = typename MaskElement<T>::type;
  static constexpr int size = kVectorBytes / static_cast<int>(sizeof(T));
  typedef T Native __attribute__((vector_size(kVectorBytes)));
  typedef MaskT NativeMask __attribute__((vector_size(kVectorBytes)));

  Native v;

  Vec() = default;
  Vec(Native native) : v(native) {}
  // Every arithmetic literal of the maths converts to a vector of that value.
  template <class S, class = std::enable_if_t<std::is_arithmetic_v<S>>>
  Vec(S value) : v(static_cast<T>(value) - Native{}) {}

  static Vec load(const T* from) {
    Vec result;
    std::memcpy(&result.v, from, sizeof(Native));
    return result;
  }
  void store(T* to) const { std::memcpy(to, &v, sizeof(Native)); }

  T operator[](int i) const { return v[i]; }

  friend Vec operator+(Vec a, Vec b) { return a.v + b.v; }
  friend Vec operator-(Vec a, Vec b) { return a.v - b.v; }
  friend Vec operator*(Vec a, Vec b) { return a.v * b.v; }
  friend Vec operator/(Vec a, Vec b) { return a.v / b.v; }
  friend Vec operator-(Vec a) { return -a.v; }
  Vec& operator+=(Vec b) { return v += b.v, *this; }
  Vec& operator-=(Vec b) { return v -= b.v, *this; }
  Vec& operator*=(Vec b) { return v *= b.v, *this; }
};

// The result of a comparison: all bits of a lane set or none.
template <class T>
struct Mask {
  typename Vec<T>::NativeMask m;

  friend Mask operator&(Mask a, Mask b) { return {a.m & b.m}; }
  friend Mask operator|(Mask a, Mask b) { return {a.m | b.m}; }
  friend Mask operator^(Mask a, Mask b) { return {a.m ^ b.m}; }
  friend Mask operator~(Mask a) { return {~a.m}; }
  friend Mask operator!(Mask a) { return {~a.m}; }
  bool operator[](int i) const { return m[i] != 0; }
};

// Non-templates of each element type, so that literals convert on either side.
#define TAEDA_COMPARE(T)                                                 \
  inline Mask<T> operator<(Vec<T> a, Vec<T> b) { return {a.v < b.v}; }   \
  inline Mask<T> operator<=(Vec<T> a, Vec<T> b) { return {a.v <= b.v}; } \
  inline Mask<T> operator>(Vec<T> a, Vec<T> b) { return {a.v > b.v}; }   \
  inline Mask<T> operator>=(Vec<T> a, Vec<T> b) { return {a.v >= b.v}; } \
  inline Mask<T> operator==(Vec<T> a, Vec<T> b) { return {a.v == b.v}; } \
  inline Mask<T> operator!=(Vec<T> a, Vec<T> b) { return {a.v != b.v}; } \
  inline Vec<T> select(Mask<T> mask, Vec<T> a, Vec<T> b) { return Vec<T>(mask.m ? a.v : b.v); }
TAEDA_COMPARE(float)
TAEDA_COMPARE(double)
TAEDA_COMPARE(int32_t)
TAEDA_COMPARE(int64_t)
#undef TAEDA_COMPARE

#define TAEDA_BITS(T)                                                       \
  inline Vec<T> operator&(Vec<T> a, Vec<T> b) { return Vec<T>(a.v & b.v); } \
  inline Vec<T> operator|(Vec<T> a, Vec<T> b) { return Vec<T>(a.v | b.v); } \
  inline Vec<T> operator^(Vec<T> a, Vec<T> b) { return Vec<T>(a.v ^ b.v); } \
  inline Vec<T> operator<<(Vec<T> a, int n) { return Vec<T>(a.v << n); }    \
  inline Vec<T> operator>>(Vec<T> a, int n) { return Vec<T>(a.v >> n); }
TAEDA_BITS(int32_t)
TAEDA_BITS(int64_t)
#undef TAEDA_BITS

// The same bits seen as lanes of another type of the same size.
template <class To, class From>
Vec<To> bits_as(Vec<From> x) {
  static_assert(sizeof(To) == sizeof(From));
  return Vec<To>((typename Vec<To>::Native)x.v);
}

template <class To, class From>
Vec<To> convert(Vec<From> x) {
  static_assert(sizeof(To) == sizeof(From));
  return Vec<To>(__builtin_convertvector(x.v, typename Vec<To>::Native));
}

// Shifts zeros in, as for an unsigned type.
template <class I>
Vec<I> shift_right_logical(Vec<I> x, int n) {
  typedef std::make_unsigned_t<I> Unsigned __attribute__((vector_size(kVectorBytes)));
  return Vec<I>((typename Vec<I>::Native)((Unsigned)x.v >> n));
}

template <class T>
bool any(Mask<T> mask) {
#if defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
  return !_mm256_testz_si256((__m256i)mask.m, (__m256i)mask.m);
#elif defined(__AVX512DQ__) && TAEDA_VECTOR_BYTES == 64
  if constexpr (sizeof(T) == 4)
    return _mm512_movepi32_mask((__m512i)mask.m) != 0;
  else
    return _mm512_movepi64_mask((__m512i)mask.m) != 0;
#else
  uint64_t words[kVectorBytes / 8], found = 0;
  std::memcpy(words, &mask.m, sizeof(words));
  for (uint64_t word : words) found |= word;
  return found != 0;
#endif
}

// The lower and upper half of the lanes as double, and back.
namespace detail {
typedef float HalfFloats __attribute__((vector_size(kVectorBytes / 2)));
template <int... I>
void widen(Vec<float> x, Vec<double>& low, Vec<double>& high, std::integer_sequence<int, I...>) {
  const HalfFloats first = __builtin_shufflevector(x.v, x.v, I...);
  const HalfFloats second = __builtin_shufflevector(x.v, x.v, (I + int{sizeof...(I)})...);
  low.v = __builtin_convertvector(first, Vec<double>::Native);
  high.v = __builtin_convertvector(second, Vec<double>::Native);
}
template <int... I>
Vec<float> narrow(Vec<double> low, Vec<double> high, std::integer_sequence<int, I...>) {
  const HalfFloats first = __builtin_convertvector(low.v, HalfFloats);
  const HalfFloats second = __builtin_convertvector(high.v, HalfFloats);
  return Vec<float>::Native(__builtin_shufflevector(first, second, I...));
}
}  // namespace detail
inline void widen(Vec<float> x, Vec<double>& low, Vec<double>& high) {
#if defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
  const __m256 all = (__m256)x.v;
  low.v = (Vec<double>::Native)_mm256_cvtps_pd(_mm256_castps256_ps128(all));
  high.v = (Vec<double>::Native)_mm256_cvtps_pd(_mm256_extractf128_ps(all, 1));
#else
  detail::widen(x, low, high, std::make_integer_sequence<int, Vec<double>::size>{});
#endif
}
inline Vec<float> narrow(Vec<double> low, Vec<double> high) {
  return detail::narrow(low, high, std::make_integer_sequence<int, Vec<float>::size>{});
}

// Calls function on each lane: for what has no vector form.
template <class T, class Function>
Vec<T> map_lanes(Vec<T> x, Function function) {
  typename Vec<T>::Native result{};
  for (int i = 0; i < Vec<T>::size; ++i) result[i] = function(x.v[i]);
  return result;
}
template <class T, class Function>
Vec<T> map_lanes(Vec<T> x, Vec<T> y, Function function) {
  typename Vec<T>::Native result{};
  for (int i = 0; i < Vec<T>::size; ++i) result[i] = function(x.v[i], y.v[i]);
  return result;
}

#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
inline constexpr bool kHasFma = true;
#else
inline constexpr bool kHasFma = false;
#endif
inline constexpr bool kIs256 = kVectorBytes == 32;
inline constexpr bool kIs512 = kVectorBytes == 64;

// a * b + c. Rounded once wherever the instruction set has it (x86-64-v3 up), else twice, on every
// path alike: the compiler never contracts by itself (-ffp-contract=off).
inline Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  return Vec<float>((Vec<float>::Native)_mm512_fmadd_ps((__m512)a.v, (__m512)b.v, (__m512)c.v));
#elif defined(__FMA__) && TAEDA_VECTOR_BYTES == 32
  return Vec<float>((Vec<float>::Native)_mm256_fmadd_ps((__m256)a.v, (__m256)b.v, (__m256)c.v));
#elif defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  Vec<float>::Native result;
  for (int i = 0; i < Vec<float>::size; ++i) result[i] = __builtin_fmaf(a.v[i], b.v[i], c.v[i]);
  return result;
#else
  return a * b + c;
#endif
}
inline Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  return Vec<double>(
      (Vec<double>::Native)_mm512_fmadd_pd((__m512d)a.v, (__m512d)b.v, (__m512d)c.v));
#elif defined(__FMA__) && TAEDA_VECTOR_BYTES == 32
  return Vec<double>(
      (Vec<double>::Native)_mm256_fmadd_pd((__m256d)a.v, (__m256d)b.v, (__m256d)c.v));
#elif defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  Vec<double>::Native result;
  for (int i = 0; i < Vec<double>::size; ++i) result[i] = __builtin_fma(a.v[i], b.v[i], c.v[i]);
  return result;
#else
  return a * b + c;
#endif
}

// The scalar twins take the same roundings as a lane of the vector.
template <class T>
inline T fma_scalar(T a, T b, T c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return std::fma(a, b, c);
#else
  return a * b + c;
#endif
}

inline Vec<float> sqrt(Vec<float> x) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  return Vec<float>((Vec<float>::Native)_mm512_sqrt_ps((__m512)x.v));
#elif defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
  return Vec<float>((Vec<float>::Native)_mm256_sqrt_ps((__m256)x.v));
#else
  return map_lanes(x, [](float lane) { return __builtin_sqrtf(lane); });
#endif
}
inline Vec<double> sqrt(Vec<double> x) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  return Vec<double>((Vec<double>::Native)_mm512_sqrt_pd((__m512d)x.v));
#elif defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
  return Vec<double>((Vec<double>::Native)_mm256_sqrt_pd((__m256d)x.v));
#else
  return map_lanes(x, [](double lane) { return __builtin_sqrt(lane); });
#endif
}

template <class T>
constexpr typename MaskElement<T>::type kSignBit =
    static_cast<typename MaskElement<T>::type>(uint64_t{1} << (sizeof(T) * 8 - 1));

template <class T>
Vec<T> abs(Vec<T> x) {
  using I = typename MaskElement<T>::type;
  return bits_as<T>(bits_as<I>(x) & Vec<I>(~kSignBit<T>));
}

template <class T>
Vec<T> copysign(Vec<T> magnitude, Vec<T> sign) {
  using I = typename MaskElement<T>::type;
  return bits_as<T>((bits_as<I>(magnitude) & Vec<I>(~kSignBit<T>)) |
                    (bits_as<I>(sign) & Vec<I>(kSignBit<T>)));
}

// To an integer: `rint` to the nearest, ties to even. The sign of zero stays.
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
#define TAEDA_ROUND(NAME, MODE)                                                        \
  inline Vec<float> NAME(Vec<float> x) {                                               \
    return Vec<float>((Vec<float>::Native)_mm512_roundscale_ps((__m512)x.v, MODE));    \
  }                                                                                    \
  inline Vec<double> NAME(Vec<double> x) {                                             \
    return Vec<double>((Vec<double>::Native)_mm512_roundscale_pd((__m512d)x.v, MODE)); \
  }
#elif defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
#define TAEDA_ROUND(NAME, MODE)                                                   \
  inline Vec<float> NAME(Vec<float> x) {                                          \
    return Vec<float>((Vec<float>::Native)_mm256_round_ps((__m256)x.v, MODE));    \
  }                                                                               \
  inline Vec<double> NAME(Vec<double> x) {                                        \
    return Vec<double>((Vec<double>::Native)_mm256_round_pd((__m256d)x.v, MODE)); \
  }
#endif
#if defined(TAEDA_ROUND)
TAEDA_ROUND(rint, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
TAEDA_ROUND(floor, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)
TAEDA_ROUND(ceil, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC)
TAEDA_ROUND(trunc, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)
#undef TAEDA_ROUND
#else
// Adding and taking away 2^23 (2^52) leaves the integer; larger values have no fraction.
template <class T>
Vec<T> rint(Vec<T> x) {
  constexpr T magic = sizeof(T) == 4 ? static_cast<T>(0x1p23) : static_cast<T>(0x1p52);
  const Vec<T> magnitude = abs(x);
  const Vec<T> shifted = magnitude + Vec<T>(magic);
  return copysign(select(magnitude < Vec<T>(magic), shifted - Vec<T>(magic), magnitude), x);
}
template <class T>
Vec<T> floor(Vec<T> x) {
  const Vec<T> rounded = rint(x);
  return copysign(select(rounded > x, rounded - Vec<T>(1), rounded), x);
}
template <class T>
Vec<T> ceil(Vec<T> x) {
  const Vec<T> rounded = rint(x);
  return copysign(select(rounded < x, rounded + Vec<T>(1), rounded), x);
}
template <class T>
Vec<T> trunc(Vec<T> x) {
  return copysign(floor(abs(x)), x);
}
#endif

template <class T>
Mask<T> isnan(Vec<T> x) {
  return x != x;
}
template <class T>
Mask<T> signbit(Vec<T> x) {
  using I = typename MaskElement<T>::type;
  return {bits_as<I>(x).v < typename Vec<I>::Native{}};
}

// min(max(x, low), high); NaN stays.
inline Vec<float> bounded(Vec<float> x, Vec<float> low, Vec<float> high) {
  // Of a NaN and a number these instructions return their second operand.
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  const __m512 raised = _mm512_max_ps((__m512)low.v, (__m512)x.v);
  return Vec<float>((Vec<float>::Native)_mm512_min_ps((__m512)high.v, raised));
#elif defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
  const __m256 raised = _mm256_max_ps((__m256)low.v, (__m256)x.v);
  return Vec<float>((Vec<float>::Native)_mm256_min_ps((__m256)high.v, raised));
#else
  return select(x > high, high, select(x < low, low, x));
#endif
}
inline Vec<double> bounded(Vec<double> x, Vec<double> low, Vec<double> high) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  const __m512d raised = _mm512_max_pd((__m512d)low.v, (__m512d)x.v);
  return Vec<double>((Vec<double>::Native)_mm512_min_pd((__m512d)high.v, raised));
#elif defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
  const __m256d raised = _mm256_max_pd((__m256d)low.v, (__m256d)x.v);
  return Vec<double>((Vec<double>::Native)_mm256_min_pd((__m256d)high.v, raised));
#else
  return select(x > high, high, select(x < low, low, x));
#endif
}

// The smaller or larger; NaN where either is NaN, and of zeros the second.
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
#define TAEDA_EXTREME(NAME, FUNCTION)                                                       \
  inline Vec<float> NAME(Vec<float> a, Vec<float> b) {                                      \
    const __m512 x = (__m512)a.v, y = (__m512)b.v;                                          \
    const __mmask16 ordered = _mm512_cmp_ps_mask(x, x, _CMP_ORD_Q);                         \
    return Vec<float>((Vec<float>::Native)_mm512_mask_##FUNCTION##_ps(x, ordered, x, y));   \
  }                                                                                         \
  inline Vec<double> NAME(Vec<double> a, Vec<double> b) {                                   \
    const __m512d x = (__m512d)a.v, y = (__m512d)b.v;                                       \
    const __mmask8 ordered = _mm512_cmp_pd_mask(x, x, _CMP_ORD_Q);                          \
    return Vec<double>((Vec<double>::Native)_mm512_mask_##FUNCTION##_pd(x, ordered, x, y)); \
  }
TAEDA_EXTREME(minimum, min)
TAEDA_EXTREME(maximum, max)
#elif defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
#define TAEDA_EXTREME(NAME, FUNCTION)                                                       \
  inline Vec<float> NAME(Vec<float> a, Vec<float> b) {                                      \
    const __m256 x = (__m256)a.v, y = (__m256)b.v;                                          \
    const __m256 unordered = _mm256_cmp_ps(x, x, _CMP_UNORD_Q);                             \
    return Vec<float>(                                                                      \
        (Vec<float>::Native)_mm256_blendv_ps(_mm256_##FUNCTION##_ps(x, y), x, unordered));  \
  }                                                                                         \
  inline Vec<double> NAME(Vec<double> a, Vec<double> b) {                                   \
    const __m256d x = (__m256d)a.v, y = (__m256d)b.v;                                       \
    const __m256d unordered = _mm256_cmp_pd(x, x, _CMP_UNORD_Q);                            \
    return Vec<double>(                                                                     \
        (Vec<double>::Native)_mm256_blendv_pd(_mm256_##FUNCTION##_pd(x, y), x, unordered)); \
  }
TAEDA_EXTREME(minimum, min)
TAEDA_EXTREME(maximum, max)
#endif
#undef TAEDA_EXTREME
template <class T>
Vec<T> minimum(Vec<T> a, Vec<T> b) {
  return select((a < b) | isnan(a), a, b);
}
template <class T>
Vec<T> maximum(Vec<T> a, Vec<T> b) {
  return select((a > b) | isnan(a), a, b);
}

// 1 / x within a few units of 2^-28 where the machine has an estimate to start from; for x whose
// inverse is normal.
inline Vec<double> reciprocal_short(Vec<double> x) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  const Vec<double> guess((Vec<double>::Native)_mm512_rcp14_pd((__m512d)x.v));
  return fma(fma(-x, guess, Vec<double>(1)), guess, guess);
#else
  return Vec<double>(1) / x;
#endif
}

}  // namespace taeda::cpu::inline TAEDA_ISA
