// The gradient of a convolution's input.
#include "convolution.h"
#include "image_product.h"

namespace taeda::cuda {

void convolution_input_gradient(const ConvolutionInputGradientCall& call) {
  run_image_product<false>(call.grad_input, call.weight, call.grad_out, call.bias, call.geometry);
}

}  // namespace taeda::cuda
