// Convolutions of one and two dimensions.
#pragma once

#include <string_view>

#include "taeda/kernels/ops/convolution.h"
#include "taeda/tensor/door.h"

namespace taeda {

// inputs: x (N, C, H, W), weight (O, C / groups, kH, kW), bias (O,) or null. output: (N, O, oH,
// oW).
struct TAEDA_API Conv2d {
  static constexpr const char* name = "conv2d";
  using Attributes = ConvolutionGeometry;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// inputs: the gradient of the output, weight. output: the gradient of x, whose planes are
// height x width.
struct TAEDA_API Conv2dInputGradient {
  static constexpr const char* name = "conv2d_input_gradient";
  struct Attributes {
    ConvolutionGeometry geometry;
    int64_t height, width;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// inputs: the gradient of the output, x. output: the gradient of the weight, whose windows are
// height x width.
struct TAEDA_API Conv2dWeightGradient {
  static constexpr const char* name = "conv2d_weight_gradient";
  using Attributes = Conv2dInputGradient::Attributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// Padding as numbers, or as the names that PyTorch knows: "valid" is none, "same" keeps the size.
struct ConvolutionPadding {
  Dims sizes;
  std::string_view mode = {};
};

// Lists of sizes hold one number for all dimensions or one for each. An input without its first
// dimension is a single image. Each throws RuntimeError for ranks, sizes or dtypes that do not fit.
TAEDA_API Tensor conv2d(const Tensor& input, const Tensor& weight, const Tensor& bias = {},
                        const Dims& stride = {1}, const ConvolutionPadding& padding = {{0}},
                        const Dims& dilation = {1}, int64_t groups = 1);
TAEDA_API Tensor conv1d(const Tensor& input, const Tensor& weight, const Tensor& bias = {},
                        const Dims& stride = {1}, const ConvolutionPadding& padding = {{0}},
                        const Dims& dilation = {1}, int64_t groups = 1);

// What the derivative rules call; differentiable themselves.
TAEDA_API Tensor conv2d_input_gradient(const Tensor& grad, const Tensor& weight,
                                       const ConvolutionGeometry& geometry, int64_t height,
                                       int64_t width);
TAEDA_API Tensor conv2d_weight_gradient(const Tensor& grad, const Tensor& input,
                                        const ConvolutionGeometry& geometry, int64_t height,
                                        int64_t width);

}  // namespace taeda
