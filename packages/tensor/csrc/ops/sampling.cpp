#include "taeda/tensor/ops/sampling.h"

#include <limits>

#include "taeda/tensor/ops/copy.h"

namespace taeda {
namespace {

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
