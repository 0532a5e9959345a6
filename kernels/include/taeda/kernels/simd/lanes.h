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

// table[index % 32] of a table of 32; where there is no instruction for it, lane by lane.
inline Vec<float> lookup(const float (&table)[32], Vec<int32_t> index) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  const __m512 found =
      _mm512_permutex2var_ps(_mm512_loadu_ps(table), (__m512i)index.v, _mm512_loadu_ps(table + 16));
  return Vec<float>((Vec<float>::Native)found);
#else
  Vec<float>::Native result;
  for (int i = 0; i < Vec<float>::size; ++i) result[i] = table[index.v[i] & 31];
  return Vec<float>(result);
#endif
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
