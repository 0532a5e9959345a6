// Conversion of runs of elements between any two dtypes.
#pragma once

#include "taeda/kernels/dtype.h"
#include "taeda/kernels/simd/vec.h"
#include "taeda/kernels/value_as.h"

namespace taeda::cpu::inline TAEDA_ISA {

// to[i * to_stride] = from[i * from_stride], strides in elements.
using Convert = void (*)(void* to, int64_t to_stride, const void* from, int64_t from_stride,
                         int64_t count);

Convert converter(DType to, DType from);

}  // namespace taeda::cpu::inline TAEDA_ISA
