// A comparison's result as the bits of an integer, to visit the lanes where it holds.
#pragma once

#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Bit i tells whether the mask holds in lane i.
template <class T>
uint32_t lane_bits(Mask<T> mask) {
#if defined(__AVX512DQ__) && TAEDA_VECTOR_BYTES == 64
  if constexpr (sizeof(T) == 4)
    return _mm512_movepi32_mask((__m512i)mask.m);
  else
    return _mm512_movepi64_mask((__m512i)mask.m);
#elif defined(__AVX2__) && TAEDA_VECTOR_BYTES == 32
  if constexpr (sizeof(T) == 4)
    return static_cast<uint32_t>(_mm256_movemask_ps((__m256)mask.m));
  else
    return static_cast<uint32_t>(_mm256_movemask_pd((__m256d)mask.m));
#else
  uint32_t bits = 0;
  for (int i = 0; i < Vec<T>::size; ++i) bits |= static_cast<uint32_t>(mask[i]) << i;
  return bits;
#endif
}

}  // namespace taeda::cpu::inline TAEDA_ISA
