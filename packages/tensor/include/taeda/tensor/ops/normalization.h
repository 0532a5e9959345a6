// Layer, RMS, group and batch normalisation.
#pragma once

#include <optional>

#include "taeda/kernels/ops/normalization.h"
#include "taeda/tensor/door.h"

namespace taeda {

// inputs: x contiguous, weight or null, bias or null. outputs: the result, the mean and 1 /
// deviation of each row of the last `size` elements.
struct TAEDA_API LayerNorm {
  static constexpr const char* name = "layer_norm";
  struct Attributes {
    int64_t size;
    double eps;
    bool centered;  // else RMS: the mean is not taken away
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};
// inputs: grad, x, weight or null, mean, rstd. outputs: gradients of x, weight and bias (of
// `size`).
struct TAEDA_API LayerNormBackward {
  static constexpr const char* name = "layer_norm_backward";
  using Attributes = LayerNorm::Attributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// inputs and outputs as of LayerNorm; x is (N, C, ...), weight and bias are (C,).
struct TAEDA_API GroupNorm {
  static constexpr const char* name = "group_norm";
  struct Attributes {
    int64_t groups;
    double eps;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};
struct TAEDA_API GroupNormBackward {
  static constexpr const char* name = "group_norm_backward";
  using Attributes = GroupNorm::Attributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// inputs: x (N, C, ...) contiguous, weight or null, bias or null, running_mean or null, running_var
// or null: in training the last two are moved. outputs: the result, mean and rstd (C,).
struct TAEDA_API BatchNorm {
  static constexpr const char* name = "batch_norm";
  struct Attributes {
    bool training;
    double momentum, eps;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};
struct TAEDA_API BatchNormBackward {
  static constexpr const char* name = "batch_norm_backward";
  using Attributes = BatchNorm::Attributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

TAEDA_API Tensor layer_norm(const Tensor& input, const Dims& normalized_shape,
                            const Tensor& weight = {}, const Tensor& bias = {}, double eps = 1e-5);
// Without `eps` that of the dtype.
TAEDA_API Tensor rms_norm(const Tensor& input, const Dims& normalized_shape,
                          const Tensor& weight = {}, std::optional<double> eps = {});
TAEDA_API Tensor group_norm(const Tensor& input, int64_t num_groups, const Tensor& weight = {},
                            const Tensor& bias = {}, double eps = 1e-5);
TAEDA_API Tensor batch_norm(const Tensor& input, const Tensor& weight, const Tensor& bias,
                            const Tensor& running_mean, const Tensor& running_var, bool training,
                            double momentum, double eps);

// What the derivative rules call: gradients of x, weight and bias. Fused; where gradient mode is
// on, of differentiable operations.
struct NormGradients {
  Tensor input, weight, bias;
};
TAEDA_API NormGradients layer_norm_backward(const LayerNorm::Attributes& attributes,
                                            const Tensor& grad, const Tensor& input,
                                            const Tensor& weight, const Tensor& mean,
                                            const Tensor& rstd);
TAEDA_API NormGradients group_norm_backward(const GroupNorm::Attributes& attributes,
                                            const Tensor& grad, const Tensor& input,
                                            const Tensor& weight, const Tensor& mean,
                                            const Tensor& rstd);
TAEDA_API NormGradients batch_norm_backward(const BatchNorm::Attributes& attributes,
                                            const Tensor& grad, const Tensor& input,
                                            const Tensor& weight, const Tensor& mean,
                                            const Tensor& rstd);

}  // namespace taeda
