// Convolution (cross-correlation, as in every deep learning library) of one to three dimensions and
// its gradients. All arrays have three spatial axes; fewer are axes of size one in front.
#pragma once

#include "taeda/kernels/array.h"
#include "taeda/kernels/ops/declaration.h"

namespace taeda {

// Of depth, height and width.
struct ConvolutionGeometry {
  int64_t stride[3] = {1, 1, 1};
  int64_t padding[3] = {0, 0, 0};
  int64_t dilation[3] = {1, 1, 1};
  int64_t groups = 1;
};

// Size of the output along an axis.
constexpr int64_t convolution_size(const ConvolutionGeometry& geometry, int axis, int64_t input,
                                   int64_t kernel) {
  const int64_t reach = geometry.dilation[axis] * (kernel - 1) + 1;
  return (input + 2 * geometry.padding[axis] - reach) / geometry.stride[axis] + 1;
}

// out[n, o, z, y, x] = activation(bias[o] + sum over c, h, i, j of
//     input[n, c, z * stride - padding + h * dilation, ...] * weight[o, c, h, i, j])
//
// input (n, c, d, h, w), weight (o, c / groups, kd, kh, kw), bias (o) or without data, out (n, o,
// od, oh, ow); any strides and float dtypes; the maths runs in float64 where `out` is float64, else
// in float32. The order of the sums does not depend on the number of images, so that each gives the
// same bits alone or in a batch.
struct ConvolutionCall {
  Array out;
  Array input;
  Array weight;
  Array bias = {};
  ConvolutionGeometry geometry;
  int activation = -1;  // index in UnaryOps; none below 0
  Params activation_params = nullptr;
};

// The gradient of the input: the transposed convolution of the gradient of the output. `bias` (one
// a channel of grad_input) serves those who use it as a layer of its own.
struct ConvolutionInputGradientCall {
  Array grad_input;
  Array grad_out;
  Array weight;
  Array bias = {};
  ConvolutionGeometry geometry;
};

// The gradient of the weight, and of the bias where grad_bias has data: summed over images and
// positions in an order that depends on the shapes alone.
struct ConvolutionWeightGradientCall {
  Array grad_weight;
  Array grad_bias = {};
  Array grad_out;
  Array input;
  ConvolutionGeometry geometry;
};

struct ConvolutionKernels {
  void (*forward)(const ConvolutionCall& call);
  void (*input_gradient)(const ConvolutionInputGradientCall& call);
  void (*weight_gradient)(const ConvolutionWeightGradientCall& call);
};

}  // namespace taeda
