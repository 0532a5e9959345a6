// The gradients of attention.
#pragma once

#include "taeda/kernels/ops/attention.h"

namespace taeda::cuda {

void attention_backward(const AttentionBackwardCall& call);

}  // namespace taeda::cuda
