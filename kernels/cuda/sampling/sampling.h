// The kernels of the sampling family.
#pragma once

#include "taeda/kernels/ops/sampling.h"

namespace taeda::cuda {

void run_pad(const PadCall& call);
void run_pad_backward(const PadBackwardCall& call);

}  // namespace taeda::cuda
