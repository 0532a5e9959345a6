// Loads and stores of the first lanes of a vector, cheap enough for inner loops.
#pragma once

#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Stands for the first `count` lanes of Vec<T>; memory beyond them is never touched.
template <class T>
class FirstLanes {
 public:
  explicit FirstLanes(int count) : count_(count) {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
    mask_ = static_cast<uint32_t>((uint64_t{1} << count) - 1);
#elif defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
    mask_ = _mm256_loadu_si256(
        reinterpret_cast<const __m256i*>(kWindow + 8 - count * static_cast<int>(sizeof(T) / 4)));
#endif
  }

  // The other lanes are zero.
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
      return Vec<T>((Native)_mm256_maskload_ps(reinterpret_cast<const float*>(from), mask_));
    else
      return Vec<T>((Native)_mm256_maskload_pd(reinterpret_cast<const double*>(from), mask_));
#else
    Native lanes{};
    for (int i = 0; i < count_; ++i) lanes[i] = from[i];
    return Vec<T>(lanes);
#endif
  }

  void store(T* to, Vec<T> value) const {
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
    if constexpr (sizeof(T) == 4) {
      _mm512_mask_storeu_ps(to, static_cast<__mmask16>(mask_), (__m512)value.v);
    } else {
      _mm512_mask_storeu_pd(to, static_cast<__mmask8>(mask_), (__m512d)value.v);
    }
#elif defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
    if constexpr (sizeof(T) == 4)
      _mm256_maskstore_ps(reinterpret_cast<float*>(to), mask_, (__m256)value.v);
    else
      _mm256_maskstore_pd(reinterpret_cast<double*>(to), mask_, (__m256d)value.v);
#else
    for (int i = 0; i < count_; ++i) to[i] = value.v[i];
#endif
  }

 private:
  int count_;
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  uint32_t mask_;
#elif defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
  alignas(32) static constexpr int32_t kWindow[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  __m256i mask_;
#endif
};

// The first `count` elements, of at most a vector; the other lanes are zero.
template <class T>
inline Vec<T> load_some(const T* from, int64_t count) {
  return count == Vec<T>::size ? Vec<T>::load(from)
                               : FirstLanes<T>(static_cast<int>(count)).load(from);
}
template <class T>
inline void store_some(Vec<T> value, T* to, int64_t count) {
  if (count == Vec<T>::size)
    value.store(to);
  else
    FirstLanes<T>(static_cast<int>(count)).store(to, value);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
