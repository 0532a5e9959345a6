#include "taeda/tensor/ops/sampling.h"

#include <algorithm>
#include <limits>

#include "taeda/tensor/ops/copy.h"

namespace taeda {
namespace {

// A contiguous tensor as (P, A, B, C), its last dimensions and all before them.
struct Volumes {
  int64_t shape[1 + kPaddedDims], strides[1 + kPaddedDims];
  Array array;

  explicit Volumes(const TensorBody& x) : array{x.data(), x.dtype(), shape, strides} {
    int64_t stride = 1, d = x.ndim();
    for (int i = kPaddedDims; i > 0; --i) {
      shape[i] = d > 0 ? x.size(static_cast<int>(--d)) : 1;
      strides[i] = stride;
      stride *= shape[i];
    }
    shape[0] = product(Sizes(x.shape()).first(static_cast<size_t>(d)));
    strides[0] = stride;
  }
  Volumes(const Volumes&) = delete;
};

// x with `by` points more around its last dimensions for each that the attributes name.
Dims padded_shape(const TensorBody& x, const Pad::Attributes& attributes, int by) {
  Dims shape = x.shape();
  for (int d = std::max(0, x.ndim() - kPaddedDims); d < x.ndim(); ++d) {
    const int i = d - x.ndim() + kPaddedDims;
    shape[d] += by * (attributes.before[i] + attributes.after[i]);
  }
  return shape;
}

template <class Call>
Call pad_call(const Array& written, const Array& read, const Pad::Attributes& attributes) {
  Call call{written, read, attributes.mode, {}};
  for (int d = 0; d < kPaddedDims; ++d) call.first[d] = -attributes.before[d];
  return call;
}

// A contiguous tensor as (a, b, c).
struct Flattened {
  int64_t shape[3], strides[3];
  Array array;

  Flattened(const TensorBody& x, int64_t a, int64_t b, int64_t c)
      : shape{a, b, c}, strides{b * c, c, 1}, array{x.data(), x.dtype(), shape, strides} {}
  Flattened(const Flattened&) = delete;
};

// (N, C, ...) as (N, C, P).
Flattened values_of(const TensorBody& x) {
  return {x, x.size(0), x.size(1), product(Sizes(x.shape()).subspan(2))};
}

int dims_of(const TensorBody& grid) { return static_cast<int>(grid.size(grid.ndim() - 1)); }

// (N, ..., D) as (N, P, D).
Flattened places_of(const TensorBody& grid) {
  const auto between = static_cast<size_t>(dims_of(grid));
  return {grid, grid.size(0), product(Sizes(grid.shape()).subspan(1, between)), dims_of(grid)};
}

}  // namespace

void Pad::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  outputs.add(padded_shape(*inputs[0], attributes, 1), inputs[0]->dtype());
}
void Pad::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                 const Attributes& attributes) {
  const Volumes out(*outputs[0]), in(*inputs[0]);
  kernels.sampling.pad(pad_call<PadCall>(out.array, in.array, attributes));
}

void PadBackward::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  outputs.add(padded_shape(*inputs[0], attributes, -1), inputs[0]->dtype());
}
void PadBackward::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                         const Attributes& attributes) {
  const Volumes grad_in(*outputs[0]), grad_out(*inputs[0]);
  kernels.sampling.pad_backward(
      pad_call<PadBackwardCall>(grad_in.array, grad_out.array, attributes));
}

void GridSampler::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  const TensorBody &x = *inputs[0], &grid = *inputs[1];
  Dims shape = x.shape();
  for (int d = 2; d < x.ndim(); ++d) shape[d] = grid.size(d - 1);
  outputs.add(shape, x.dtype());
}
void GridSampler::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                         const Attributes& attributes) {
  const Flattened out = values_of(*outputs[0]), grid = places_of(*inputs[1]);
  kernels.sampling.grid_sample({out.array, inputs[0]->array(), grid.array, attributes.sampling});
}

void GridSamplerBackward::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  const TensorBody& values = *inputs[0];
  Dims shape = values.shape();
  for (int d = 2; d < values.ndim(); ++d) shape[d] = attributes.sizes[d - 2];
  outputs.add(shape, values.dtype());
}
void GridSamplerBackward::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                                 const Attributes& attributes) {
  const Flattened values = values_of(*inputs[0]), grid = places_of(*inputs[1]);
  kernels.sampling.grid_scatter(
      {outputs[0]->array(), values.array, grid.array, attributes.sampling});
}

void GridSamplerGridBackward::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  outputs.add(inputs[2]->shape(), inputs[2]->dtype());
}
void GridSamplerGridBackward::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                                     const Attributes& attributes) {
  const Flattened out = places_of(*outputs[0]), grid = places_of(*inputs[2]);
  const Flattened values = values_of(*inputs[0]);
  kernels.sampling.grid_slope(
      {out.array, values.array, inputs[1]->array(), grid.array, attributes.sampling});
}

Tensor pad(const Tensor& input, const Dims& sizes, PadMode mode) {
  constexpr const char* names[] = {"reflect", "replicate", "circular"};
  const int dims = sizes.size() / 2;
  if (sizes.size() % 2 != 0 || dims > std::min(kPaddedDims, input.ndim())) {
    fail<ValueError>("pad: sizes come in (left, right) pairs, one for each of at most ",
                     std::min(kPaddedDims, input.ndim()), " dimensions, got ", sizes);
  }
  Pad::Attributes attributes{mode, {}, {}};
  for (int i = 0; i < dims; ++i) {
    const int64_t left = sizes[2 * i], right = sizes[2 * i + 1];
    const int64_t size = input->size(input.ndim() - 1 - i);
    const int64_t limit = mode == PadMode::Reflect ? size - 1 : size;
    const bool is_too_wide = mode != PadMode::Replicate && std::max(left, right) > limit;
    if (left == 0 && right == 0) continue;
    if (is_too_wide || size == 0 || size + left + right < 1) {
      fail<ValueError>("pad: mode '", names[static_cast<int>(mode)], "' can add at most ",
                       std::max<int64_t>(limit, 0), " on a side of a dimension of size ", size,
                       " and must leave an element, got (", left, ", ", right, ")");
    }
    attributes.before[kPaddedDims - 1 - i] = left;
    attributes.after[kPaddedDims - 1 - i] = right;
  }
  return run<Pad>({contiguous(input).body()}, attributes);
}

Tensor pad_backward(const Pad::Attributes& attributes, const Tensor& grad) {
  return run<PadBackward>({contiguous(grad).body()}, attributes);
}

Tensor grid_sampler(const Tensor& input, const Tensor& grid, const Sampling& sampling) {
  constexpr const char* name = GridSampler::name;
  const int dims = input.ndim() - 2;
  if (dims < 2 || dims > kMostSampledDims || grid.ndim() != input.ndim() ||
      grid->size(0) != input->size(0) || dims_of(*grid) != dims) {
    fail<RuntimeError>(name,
                       ": images (N, C, H, W) and a grid (N, h, w, 2), or (N, C, D, H, W) and ",
                       "(N, d, h, w, 3), are needed, got ", input.shape(), " and ", grid.shape());
  }
  if (!is_floating(input.dtype()) || input.dtype() != grid.dtype()) {
    fail<RuntimeError>(name, ": the images and the grid must be of one floating-point type, got ",
                       input.dtype(), " and ", grid.dtype());
  }
  // Kernels count the points of a plane, with rows of at least four, in 32 bits.
  const int64_t points = product(Sizes(input.shape()).subspan(2));
  if (points == 0 || points > std::numeric_limits<int32_t>::max() / 4) {
    fail<RuntimeError>(name, ": a plane must have 1 to ", std::numeric_limits<int32_t>::max() / 4,
                       " points, got ", input.shape());
  }
  if (sampling.mode == SampleMode::Cubic && dims == 3) {
    fail<RuntimeError>(name, ": bicubic sampling takes images (N, C, H, W), got ", input.shape());
  }
  return run<GridSampler>({contiguous(input).body(), contiguous(grid).body()}, {sampling});
}

Tensor grid_sampler_backward(const Sampling& sampling, const Tensor& grad, const Tensor& grid,
                             const Dims& shape) {
  GridSamplerBackward::Attributes attributes{sampling, {}};
  for (int d = 2; d < shape.size(); ++d) attributes.sizes[d - 2] = shape[d];
  return run<GridSamplerBackward>({contiguous(grad).body(), contiguous(grid).body()}, attributes);
}
Tensor grid_sampler_grid_backward(const Sampling& sampling, const Tensor& grad, const Tensor& input,
                                  const Tensor& grid) {
  return run<GridSamplerGridBackward>(
      {contiguous(grad).body(), contiguous(input).body(), contiguous(grid).body()}, {sampling});
}

}  // namespace taeda
