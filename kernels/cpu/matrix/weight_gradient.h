// The gradients of a linear layer's parameters.
#pragma once

#include "taeda/kernels/ops/matmul.h"

namespace taeda::cpu::inline TAEDA_ISA {

void linear_weight_gradient(const LinearWeightGradientCall& call);

}  // namespace taeda::cpu::inline TAEDA_ISA
