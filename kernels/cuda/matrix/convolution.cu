// Convolution: a matrix product whose right factor is gathered from the images on their way to the
// tiles.
#include "convolution.h"

#include "../families.h"
#include "image_product.h"

namespace taeda::cuda {
namespace {

void forward(const ConvolutionCall& call) {
  run_image_product<true>(call.input, call.weight, call.out, call.bias, call.geometry);
  if (call.activation < 0 || call.out.numel() == 0) return;
  elementwise_kernels().run({.arity = Arity::Unary,
                             .op = call.activation,
                             .compute = call.out.dtype,
                             .out = call.out,
                             .inputs = {&call.out, 1},
                             .params = call.activation_params});
}

}  // namespace

ConvolutionKernels convolution_kernels() {
  return {.forward = forward,
          .input_gradient = convolution_input_gradient,
          .weight_gradient = convolution_weight_gradient};
}

}  // namespace taeda::cuda
