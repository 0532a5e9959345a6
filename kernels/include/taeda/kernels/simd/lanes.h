// Moves between lanes, and products of half lanes.
#pragma once

#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

namespace detail {
template <class V, int... I>
V interleaved(V a, V b, int offset, std::integer_sequence<int, I...>) {
  constexpr int count = sizeof...(I);
  if (offset == 0) return __builtin_shufflevector(a, b, (I / 2 + I % 2 * count)...);
  return __builtin_shufflevector(a, b, (count / 2 + I / 2 + I % 2 * count)...);
}
template <class V, int... I>
V every_other(V a, V b, int offset, std::integer_sequence<int, I...>) {
  if (offset == 0) return __builtin_shufflevector(a, b, (2 * I)...);
  return __builtin_shufflevector(a, b, (2 * I + 1)...);
}
}  // namespace detail

// a0 b0 a1 b1 ...: first and second half of the lanes.
template <class T>
inline void interleave(Vec<T> a, Vec<T> b, Vec<T>& first, Vec<T>& second) {
  using Lanes = std::make_integer_sequence<int, Vec<T>::size>;
  first.v = detail::interleaved(a.v, b.v, 0, Lanes{});
  second.v = detail::interleaved(a.v, b.v, 1, Lanes{});
}
// The inverse: lanes of even and of odd number.
template <class T>
inline void deinterleave(Vec<T> first, Vec<T> second, Vec<T>& even, Vec<T>& odd) {
  using Lanes = std::make_integer_sequence<int, Vec<T>::size>;
  even.v = detail::every_other(first.v, second.v, 0, Lanes{});
  odd.v = detail::every_other(first.v, second.v, 1, Lanes{});
}

#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
inline constexpr bool kHasLookup = true;
#else
inline constexpr bool kHasLookup = false;
#endif

// table[index % 16] of a table of 16; where there is no instruction for it, lane by lane.
inline Vec<float> lookup(const float (&table)[16], Vec<int32_t> index) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  const __m512 found = _mm512_permutexvar_ps((__m512i)index.v, _mm512_loadu_ps(table));
  return Vec<float>((Vec<float>::Native)found);
#else
  Vec<float>::Native result;
  for (int i = 0; i < Vec<float>::size; ++i) result[i] = table[index.v[i] & 15];
  return Vec<float>(result);
#endif
}
inline Vec<double> lookup(const double (&table)[16], Vec<int64_t> index) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  const __m512d found =
      _mm512_permutex2var_pd(_mm512_loadu_pd(table), (__m512i)index.v, _mm512_loadu_pd(table + 8));
  return Vec<double>((Vec<double>::Native)found);
#else
  Vec<double>::Native result;
  for (int i = 0; i < Vec<double>::size; ++i) result[i] = table[index.v[i] & 15];
  return Vec<double>(result);
#endif
}

// Writes the elements whose flag is set side by side and counts them, as many as a vector holds at
// a time; up to a vector beyond the last may be written.
template <class T>
inline int64_t compress_vectors(T* to, const T* from, const bool* flags, int64_t count) {
  T* next = to;
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__)
  constexpr int width = 64 / sizeof(T);
  for (int64_t i = 0; i < count; i += width) {
    const __m512i x = _mm512_loadu_si512(from + i);
    if constexpr (sizeof(T) == 4) {
      const __m128i set = _mm_loadu_si128(reinterpret_cast<const __m128i*>(flags + i));
      const __mmask16 mask = _mm_test_epi8_mask(set, set);
      _mm512_storeu_si512(next, _mm512_maskz_compress_epi32(mask, x));
      next += std::popcount(static_cast<uint32_t>(mask));
    } else {
      const __m128i set = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(flags + i));
      const __mmask8 mask = static_cast<__mmask8>(_mm_test_epi8_mask(set, set));
      _mm512_storeu_si512(next, _mm512_maskz_compress_epi64(mask, x));
      next += std::popcount(static_cast<uint32_t>(mask));
    }
  }
#else
  for (int64_t i = 0; i < count; ++i) {
    *next = from[i];
    next += flags[i];
  }
#endif
  return next - to;
}

// The 64-bit products of the lower halves of the lanes, as unsigned integers.
inline Vec<int64_t> multiply_lower_halves(Vec<int64_t> a, Vec<int64_t> b) {
  using Native = Vec<int64_t>::Native;
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  return Vec<int64_t>((Native)_mm512_mul_epu32((__m512i)a.v, (__m512i)b.v));
#elif defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
  return Vec<int64_t>((Native)_mm256_mul_epu32((__m256i)a.v, (__m256i)b.v));
#else
  typedef uint64_t Unsigned __attribute__((vector_size(kVectorBytes)));
  const Unsigned lower = Unsigned{} + 0xffffffffu;
  return Vec<int64_t>((Native)(((Unsigned)a.v & lower) * ((Unsigned)b.v & lower)));
#endif
}

}  // namespace taeda::cpu::inline TAEDA_ISA
