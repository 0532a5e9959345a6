// The kernels of the sampling family.
#pragma once

#include "taeda/kernels/ops/sampling.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

void run_pad(const PadCall& call);
void run_pad_backward(const PadBackwardCall& call);

}  // namespace taeda::cpu::inline TAEDA_ISA
