// Vectors of floats that are read from and written to memory of float16 or bfloat16.
#pragma once

#include <algorithm>

#include "taeda/kernels/half.h"
#include "taeda/kernels/simd/bfloat16_pairs.h"
#include "taeda/kernels/simd/partial.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Whether that takes a few instructions; elsewhere runs are converted element by element.
#if defined(__F16C__)
inline constexpr bool kHasHalfVectors = true;
#else
inline constexpr bool kHasHalfVectors = false;
#endif

template <class T>
inline constexpr bool is_half = std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

// As many elements as the vector has lanes.
template <class T>
inline Vec<T> load_lanes(const T* from) {
  return Vec<T>::load(from);
}
inline Vec<float> load_lanes(const Half* from) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  return Vec<float>((Vec<float>::Native)_mm512_cvtph_ps(bits));
#elif defined(__F16C__) && TAEDA_VECTOR_BYTES == 32
  const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  return Vec<float>((Vec<float>::Native)_mm256_cvtph_ps(bits));
#else
  Vec<float>::Native lanes;
  for (int i = 0; i < Vec<float>::size; ++i) lanes[i] = from[i];
  return Vec<float>(lanes);
#endif
}
inline Vec<float> load_lanes(const BFloat16* from) {
  typedef uint16_t Bits __attribute__((vector_size(kVectorBytes / 2)));
  Bits bits;
  std::memcpy(&bits, from, sizeof(bits));
  return bits_as<float>(Vec<int32_t>(__builtin_convertvector(bits, Vec<int32_t>::Native)) << 16);
}

template <class T>
inline void store_lanes(Vec<T> value, T* to) {
  value.store(to);
}
inline void store_lanes(Vec<float> value, Half* to) {
#if defined(__F16C__)
  constexpr int nearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
#endif
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  const __m256i bits = _mm512_cvtps_ph((__m512)value.v, nearest);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), bits);
#elif defined(__F16C__) && TAEDA_VECTOR_BYTES == 32
  const __m128i bits = _mm256_cvtps_ph((__m256)value.v, nearest);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bits);
#else
  for (int i = 0; i < Vec<float>::size; ++i) to[i] = Half(value[i]);
#endif
}
inline void store_lanes(Vec<float> value, BFloat16* to) {
#if defined(TAEDA_BFLOAT16_PAIRS)
  // The instruction takes subnormal numbers for zero.
  constexpr int subnormal = 0x20;
  if (has_bfloat16_pairs() && !_mm512_fpclass_ps_mask((__m512)value.v, subnormal)) [[likely]] {
    __m256i rounded;
    // Assembly, because the rest of the library must run without it.
    asm("vcvtneps2bf16 %1, %0" : "=v"(rounded) : "v"((__m512)value.v));
    return _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), rounded);
  }
  const __m512i word = (__m512i)value.v, upper = _mm512_srli_epi32(word, 16);
  const __m512i odd = _mm512_and_si512(upper, _mm512_set1_epi32(1));
  const __m512i sum = _mm512_add_epi32(word, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  const __mmask16 nan = _mm512_cmp_ps_mask((__m512)value.v, (__m512)value.v, _CMP_UNORD_Q);
  const __m512i result =
      _mm512_mask_or_epi32(_mm512_srli_epi32(sum, 16), nan, upper, _mm512_set1_epi32(0x40));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtepi32_epi16(result));
#else
  typedef uint16_t Bits __attribute__((vector_size(kVectorBytes / 2)));
  const Vec<int32_t> word = bits_as<int32_t>(value), upper = shift_right_logical(word, 16);
  const Vec<int32_t> rounded =
      shift_right_logical(word + Vec<int32_t>(0x7fff) + (upper & Vec<int32_t>(1)), 16);
  const Mask<int32_t> nan{isnan(value).m};
  const Vec<int32_t> result = select(nan, upper | Vec<int32_t>(0x40), rounded);
  const Bits bits = __builtin_convertvector(result.v, Bits);
  std::memcpy(to, &bits, sizeof(bits));
#endif
}

// The first `count` elements, of at most a vector; the other lanes are zero.
template <class T>
  requires is_half<T>
inline Vec<float> load_some(const T* from, int64_t count) {
  if (count == Vec<float>::size) return load_lanes(from);
  alignas(kVectorBytes) T lanes[Vec<float>::size] = {};
#if defined(__AVX512BW__) && TAEDA_VECTOR_BYTES == 64
  const auto mask = static_cast<__mmask16>((1u << count) - 1);
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), _mm256_maskz_loadu_epi16(mask, from));
#else
  std::copy_n(from, count, lanes);
#endif
  return load_lanes(lanes);
}
template <class T>
  requires is_half<T>
inline void store_some(Vec<float> value, T* to, int64_t count) {
  if (count == Vec<float>::size) return store_lanes(value, to);
  alignas(kVectorBytes) T lanes[Vec<float>::size];
  store_lanes(value, lanes);
#if defined(__AVX512BW__) && TAEDA_VECTOR_BYTES == 64
  const auto mask = static_cast<__mmask16>((1u << count) - 1);
  _mm256_mask_storeu_epi16(to, mask, _mm256_load_si256(reinterpret_cast<const __m256i*>(lanes)));
#else
  std::copy_n(lanes, count, to);
#endif
}

}  // namespace taeda::cpu::inline TAEDA_ISA
