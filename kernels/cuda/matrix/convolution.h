// The own kernels of convolution.
#pragma once

#include "taeda/kernels/ops/convolution.h"

namespace taeda::cuda {

void convolution_input_gradient(const ConvolutionInputGradientCall& call);
void convolution_weight_gradient(const ConvolutionWeightGradientCall& call);
// The gradient of the bias, where it has data: grad_out summed over images and positions.
void bias_gradient(const Array& grad_bias, const Array& grad_out);

}  // namespace taeda::cuda
