// Products of bfloat16 matrices in the tile registers of AMX.
#pragma once

#include "matrix/engine.h"
#include "taeda/kernels/simd/bfloat16_pairs.h"

#ifdef TAEDA_BFLOAT16_PAIRS

namespace taeda::cpu::inline TAEDA_ISA {

// The product of two bfloat16 matrices, only where has_bfloat16_pairs(). False where the machine
// has no AMX-BF16 or the system does not lend its registers: the same for all products of a
// process. k runs in blocks of 32 from its first value, whatever the shapes and strides are.
bool multiply_in_tiles(const Product<float>& product);

}  // namespace taeda::cpu::inline TAEDA_ISA
#endif
