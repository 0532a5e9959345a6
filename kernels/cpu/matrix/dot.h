// The product of two vectors.
#pragma once

#include "taeda/kernels/array.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

// *out = sum of a[i] * b[i], summed in T: in blocks, which are then added in pairs.
template <class T>
void multiply_vectors(const Array& out, const Array& a, const Array& b);

}  // namespace taeda::cpu::inline TAEDA_ISA
