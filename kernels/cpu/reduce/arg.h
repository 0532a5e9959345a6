#pragma once

#include "taeda/kernels/ops/reduce.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

void run_arg_reduce(const ArgReduceCall& call);

}  // namespace taeda::cpu::inline TAEDA_ISA
