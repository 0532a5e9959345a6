// Means and sums of squared deviations in one reading of the memory.
#pragma once

#include "taeda/kernels/ops/reduce.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

void run_moments(const MomentsCall& call);

}  // namespace taeda::cpu::inline TAEDA_ISA
