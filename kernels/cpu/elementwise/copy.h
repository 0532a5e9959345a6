// Copies between strided arrays of any dtype.
#pragma once

#include "taeda/kernels/array.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

// out = in, which has the shape of `out`, converted to its dtype.
void copy_array(const Array& out, const Array& in);
// Each element becomes *value, one element of the dtype of `out`.
void fill_array(const Array& out, const void* value);

}  // namespace taeda::cpu::inline TAEDA_ISA
