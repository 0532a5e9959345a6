// Pooling over the last two dimensions; (C, H, W) or (N, C, H, W).
#pragma once

#include <optional>
#include <utility>

#include "taeda/kernels/ops/pool.h"
#include "taeda/tensor/door.h"

namespace taeda {

// inputs: x contiguous. outputs: the result, int64 positions in the plane (empty where not wanted).
struct TAEDA_API MaxPool2d {
  static constexpr const char* name = "max_pool2d";
  struct Attributes {
    PoolWindow window;
    int64_t height, width;  // of the result
    bool has_positions = true;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};
// inputs: the gradient, the positions; `height` and `width` are those of the planes that were
// pooled.
struct TAEDA_API MaxPool2dBackward {
  static constexpr const char* name = "max_pool2d_backward";
  using Attributes = MaxPool2d::Attributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

struct TAEDA_API AvgPool2d {
  static constexpr const char* name = "avg_pool2d";
  struct Attributes {
    PoolWindow window;
    bool count_include_pad;
    int64_t divisor_override;  // 0: none
    int64_t height, width;     // of the result
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};
// inputs: the gradient; `height` and `width` are those of the planes that were pooled.
struct TAEDA_API AvgPool2dBackward {
  static constexpr const char* name = "avg_pool2d_backward";
  using Attributes = AvgPool2d::Attributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

struct TAEDA_API AdaptiveAvgPool2d {
  static constexpr const char* name = "adaptive_avg_pool2d";
  struct Attributes {
    int64_t height, width;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};
struct TAEDA_API AdaptiveAvgPool2dBackward {
  static constexpr const char* name = "adaptive_avg_pool2d_backward";
  using Attributes = AdaptiveAvgPool2d::Attributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// inputs: x contiguous, the windows and weights of ResampleCall, and those of the transposed sum,
// which are the gradient's.
struct TAEDA_API Resample {
  static constexpr const char* name = "resample";
  struct Attributes {
    int dim;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// Lists of sizes hold one number for both dimensions or two. An empty stride is the kernel's size.
// Positions are found for the gradient only.
TAEDA_API Tensor max_pool2d(const Tensor& input, const Dims& kernel_size, const Dims& stride,
                            const Dims& padding, const Dims& dilation, bool ceil_mode);
TAEDA_API std::pair<Tensor, Tensor> max_pool2d_with_indices(const Tensor& input,
                                                            const Dims& kernel_size,
                                                            const Dims& stride, const Dims& padding,
                                                            const Dims& dilation, bool ceil_mode);
TAEDA_API Tensor avg_pool2d(const Tensor& input, const Dims& kernel_size, const Dims& stride,
                            const Dims& padding, bool ceil_mode, bool count_include_pad,
                            std::optional<int64_t> divisor_override);
// A size of -1 keeps the input's.
TAEDA_API Tensor adaptive_avg_pool2d(const Tensor& input, const Dims& output_size);
// Windows (O, 2) of int64 and weights (O, T) of float32, or float64 for such an input.
TAEDA_API Tensor resample(const Tensor& input, int64_t dim, const Tensor& windows,
                          const Tensor& weights, const Tensor& back_windows,
                          const Tensor& back_weights);

// What the derivative rules call.
TAEDA_API Tensor max_pool2d_backward(MaxPool2d::Attributes attributes, const Tensor& grad,
                                     const Tensor& positions, int64_t height, int64_t width);
TAEDA_API Tensor avg_pool2d_backward(AvgPool2d::Attributes attributes, const Tensor& grad,
                                     int64_t height, int64_t width);
TAEDA_API Tensor adaptive_avg_pool2d_backward(const Tensor& grad, int64_t height, int64_t width);

}  // namespace taeda
