// What the own kernels of convolution share with those that call a library.
#pragma once

#include "taeda/kernels/ops/convolution.h"

namespace taeda::cuda {

// The gradient of the bias, where it has data: grad_out summed over images and positions.
void bias_gradient(const Array& grad_bias, const Array& grad_out);

}  // namespace taeda::cuda
