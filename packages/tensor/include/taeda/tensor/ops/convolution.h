// Convolutions of one to three dimensions, and transposed ones.
#pragma once

#include <string_view>

#include "taeda/kernels/ops/convolution.h"
#include "taeda/tensor/door.h"

namespace taeda {

// inputs: x (N, C, ...), weight (O, C / groups, ...), bias (O,) or null. output: (N, O, ...). The
// geometry of fewer than three spatial dimensions is that of the last axes.
struct TAEDA_API Convolution {
  static constexpr const char* name = "convolution";
  using Attributes = ConvolutionGeometry;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// What the gradient of a convolution needs to know beside its geometry: the sizes that its spatial
// dimensions have, those of the last axes.
struct ConvolutionGradientAttributes {
  ConvolutionGeometry geometry;
  int64_t sizes[3];
};

// The gradient of x, and a layer of its own. inputs: the gradient of the output, weight, bias (C,)
// or null. output: (N, C, sizes).
struct TAEDA_API TransposedConvolution {
  static constexpr const char* name = "transposed_convolution";
  using Attributes = ConvolutionGradientAttributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

struct ConvolutionWeightGradientAttributes : ConvolutionGradientAttributes {
  bool has_bias;
};

// inputs: the gradient of the output, x. outputs: the gradient of the weight (O, C / groups,
// sizes) and that of the bias (O,), which costs little beside the first; empty where there is none.
struct TAEDA_API ConvolutionWeightGradient {
  static constexpr const char* name = "convolution_weight_gradient";
  using Attributes = ConvolutionWeightGradientAttributes;
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
// dimension is a single image. `dims` is the number of spatial dimensions, 1 to 3. Each throws
// RuntimeError for ranks, sizes or dtypes that do not fit.
TAEDA_API Tensor convolution(int dims, const Tensor& input, const Tensor& weight,
                             const Tensor& bias, const Dims& stride,
                             const ConvolutionPadding& padding, const Dims& dilation,
                             int64_t groups);
// weight (C, O / groups, ...). `output_padding` makes one side of the output longer, since several
// sizes shrink to the same one.
TAEDA_API Tensor transposed_convolution(int dims, const Tensor& input, const Tensor& weight,
                                        const Tensor& bias, const Dims& stride, const Dims& padding,
                                        const Dims& output_padding, int64_t groups,
                                        const Dims& dilation);

}  // namespace taeda
