// Two-dimensional convolution (cross-correlation, as in every deep learning library) and its
// gradients.
#pragma once

#include "taeda/kernels/array.h"
#include "taeda/kernels/ops/declaration.h"

namespace taeda {

// Of height and width: {vertical, horizontal}.
struct ConvolutionGeometry {
  int64_t stride[2] = {1, 1};
  int64_t padding[2] = {0, 0};
  int64_t dilation[2] = {1, 1};
  int64_t groups = 1;
};

// Size of the output along axis 0 (height) or 1 (width).
constexpr int64_t convolution_size(const ConvolutionGeometry& geometry, int axis, int64_t input,
                                   int64_t kernel) {
  const int64_t reach = geometry.dilation[axis] * (kernel - 1) + 1;
  return (input + 2 * geometry.padding[axis] - reach) / geometry.stride[axis] + 1;
}

// out[n, o, y, x] = activation(bias[o] + sum over c, i, j of
//     input[n, c, y * stride - padding + i * dilation, ...] * weight[o, c, i, j])
//
// input (n, c, h, w), weight (o, c / groups, kh, kw), bias (o) or without data, out (n, o, oh, ow);
// any strides and float dtypes; the maths runs in float64 where `out` is float64, else in float32.
// The sum runs over c, i, j in that order, so that an image gives the same bits alone or in a
// batch.
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

// The gradient of the weight: summed over images and positions in an order that depends on the
// shapes alone.
struct ConvolutionWeightGradientCall {
  Array grad_weight;
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
