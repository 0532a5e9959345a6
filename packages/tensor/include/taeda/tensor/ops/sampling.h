// Images read beyond their borders, and (N, C, ...) at the places of a grid (N, ..., D).
#pragma once

#include "taeda/kernels/ops/sampling.h"
#include "taeda/tensor/door.h"
#include "taeda/tensor/scalar.h"

namespace taeda {

// By the numbers of PadMode.
inline constexpr const char* kPadModes[] = {"reflect", "replicate", "circular", "constant"};

// input: x contiguous. Its last dimensions get `before` and `after` points more, or less.
struct TAEDA_API Pad {
  static constexpr const char* name = "pad";
  struct Attributes {
    PadMode mode;
    int64_t before[kPaddedDims], after[kPaddedDims];  // of the three last dimensions
    Scalar value;                                     // of PadMode::Constant
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};
// input: the gradient, contiguous.
struct TAEDA_API PadBackward {
  static constexpr const char* name = "pad_backward";
  using Attributes = Pad::Attributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// inputs, all contiguous: the images, the grid.
struct TAEDA_API GridSampler {
  static constexpr const char* name = "grid_sampler";
  struct Attributes {
    Sampling sampling;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};
// The gradient of the images. inputs: that of the result, the grid.
struct TAEDA_API GridSamplerBackward {
  static constexpr const char* name = "grid_sampler_backward";
  struct Attributes {
    Sampling sampling;
    int64_t sizes[kMostSampledDims];  // of the images, from the first dimension that is sampled on
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};
// The gradient of the grid. inputs: that of the result, the images, the grid.
struct TAEDA_API GridSamplerGridBackward {
  static constexpr const char* name = "grid_sampler_grid_backward";
  using Attributes = GridSampler::Attributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// `sizes`: (before, after) of up to three dimensions, the last one first.
TAEDA_API Tensor pad(const Tensor& input, const Dims& sizes, PadMode mode, const Scalar& value);
TAEDA_API Tensor grid_sampler(const Tensor& input, const Tensor& grid, const Sampling& sampling);

// What the derivative rules call; `shape`: that of the images.
TAEDA_API Tensor pad_backward(Pad::Attributes attributes, const Tensor& grad);
TAEDA_API Tensor grid_sampler_backward(const Sampling& sampling, const Tensor& grad,
                                       const Tensor& grid, const Dims& shape);
TAEDA_API Tensor grid_sampler_grid_backward(const Sampling& sampling, const Tensor& grad,
                                            const Tensor& input, const Tensor& grid);

}  // namespace taeda
