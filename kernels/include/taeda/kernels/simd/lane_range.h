// Loads of some lanes of a vector, of memory that ends between the others.
#pragma once

#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Stands for lanes [first, end) of Vec<T>; memory of the others is never touched.
template <class T>
class LaneRange {
 public:
  // Any bounds: they are limited to the lanes that exist.
  LaneRange(int64_t first = 0, int64_t end = 0)
      : first_(static_cast<int>(first < 0              ? 0
                                : first > Vec<T>::size ? Vec<T>::size
                                                       : first)),
        end_(static_cast<int>(end < first_         ? first_
                              : end > Vec<T>::size ? Vec<T>::size
                                                   : end)) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
    mask_ = ((uint32_t{1} << end_) - 1) & ~((uint32_t{1} << first_) - 1);
#elif defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
    constexpr int words = sizeof(T) / 4;
    const __m256i numbers = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    mask_ = _mm256_andnot_si256(_mm256_cmpgt_epi32(_mm256_set1_epi32(first_ * words), numbers),
                                _mm256_cmpgt_epi32(_mm256_set1_epi32(end_ * words), numbers));
#endif
  }

  // What the vector at `from` holds in these lanes; the others are those of `rest`.
  Vec<T> load_over(Vec<T> rest, const T* from) const {
    using Native [[maybe_unused]] = typename Vec<T>::Native;
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
    if constexpr (sizeof(T) == 4) {
      return Vec<T>(
          (Native)_mm512_mask_loadu_ps((__m512)rest.v, static_cast<__mmask16>(mask_), from));
    } else {
      return Vec<T>(
          (Native)_mm512_mask_loadu_pd((__m512d)rest.v, static_cast<__mmask8>(mask_), from));
    }
#elif defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
    if constexpr (sizeof(T) == 4) {
      return Vec<T>(
          (Native)_mm256_blendv_ps((__m256)rest.v, _mm256_maskload_ps(from, mask_), (__m256)mask_));
    } else {
      return Vec<T>((Native)_mm256_blendv_pd((__m256d)rest.v, _mm256_maskload_pd(from, mask_),
                                             (__m256d)mask_));
    }
#else
    for (int i = first_; i < end_; ++i) rest.v[i] = from[i];
    return rest;
#endif
  }

  // The same, where the others are zero.
  Vec<T> load(const T* from) const {
    using Native = typename Vec<T>::Native;
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
    if constexpr (sizeof(T) == 4) {
      return Vec<T>((Native)_mm512_maskz_loadu_ps(static_cast<__mmask16>(mask_), from));
    } else {
      return Vec<T>((Native)_mm512_maskz_loadu_pd(static_cast<__mmask8>(mask_), from));
    }
#elif defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
    if constexpr (sizeof(T) == 4)
      return Vec<T>((Native)_mm256_maskload_ps(from, mask_));
    else
      return Vec<T>((Native)_mm256_maskload_pd(from, mask_));
#else
    Native lanes{};
    for (int i = first_; i < end_; ++i) lanes[i] = from[i];
    return Vec<T>(lanes);
#endif
  }

 private:
  int first_, end_;
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  uint32_t mask_;
#elif defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
  __m256i mask_;
#endif
};

}  // namespace taeda::cpu::inline TAEDA_ISA
