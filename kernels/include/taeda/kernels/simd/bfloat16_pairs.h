// Whether the machine has AVX512-BF16: products of pairs of bfloat16, and rounding to them.
#pragma once

#include "taeda/kernels/simd/vec.h"

#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
#define TAEDA_BFLOAT16_PAIRS

namespace taeda::cpu::inline TAEDA_ISA {

namespace detail {
inline const bool kHasBFloat16Pairs = __builtin_cpu_supports("avx512bf16");
}
inline bool has_bfloat16_pairs() { return detail::kHasBFloat16Pairs; }

}  // namespace taeda::cpu::inline TAEDA_ISA
#endif
