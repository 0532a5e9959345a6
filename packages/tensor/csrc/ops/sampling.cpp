#include "taeda/tensor/ops/sampling.h"

#include <algorithm>
#include <limits>

#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/views.h"

namespace taeda {
namespace {

// A contiguous tensor as (P, A, B, C), its last dimensions and all before them.
struct Volumes {
  int64_t shape[1 + kPaddedDims], strides[1 + kPaddedDims];
  Array array;

  explicit Volumes(const TensorBody& x) : array{x.data(), x.dtype(), shape, strides} {
    int d = x.ndim();
    for (int i = kPaddedDims; i > 0; --i) shape[i] = d > 0 ? x.size(--d) : 1;
    shape[0] = product(Sizes(x.shape()).first(static_cast<size_t>(d)));
    set_strides();
  }
  Volumes(const Volumes&) = delete;

  // Rows as the columns of one.
  void merge_columns() {
    shape[3] *= shape[2];
    shape[2] = shape[1];
    shape[1] = 1;
    set_strides();
  }

 private:
  void set_strides() {
    strides[kPaddedDims] = 1;
    for (int i = kPaddedDims; i > 0; --i) strides[i - 1] = strides[i] * shape[i];
  }
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
  Volumes out(*outputs[0]), in(*inputs[0]);
  const Element value = to_element(name, attributes.value, in.array.dtype);
  PadCall call{out.array, in.array, attributes.mode, {}, value.bytes};
  for (int d = 0; d < kPaddedDims; ++d) call.first[d] = -attributes.before[d];
  // Between columns that all stay lie none of a value.
  const bool is_value = attributes.mode == PadMode::Constant;
  for (int i = 1; i < kPaddedDims && is_value; ++i) {
    if (call.first[2] != 0 || out.shape[3] != in.shape[3]) break;
    call.first[2] = call.first[1] * in.shape[3];
    call.first[1] = call.first[0];
    call.first[0] = 0;
    out.merge_columns();
    in.merge_columns();
  }
  kernels.sampling.pad(call);
}

void PadBackward::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  outputs.add(padded_shape(*inputs[0], attributes, -1), inputs[0]->dtype());
}
void PadBackward::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                         const Attributes& attributes) {
  const Volumes grad_in(*outputs[0]), grad_out(*inputs[0]);
  PadBackwardCall call{grad_in.array, grad_out.array, attributes.mode, {}};
  for (int d = 0; d < kPaddedDims; ++d) call.first[d] = -attributes.before[d];
  kernels.sampling.pad_backward(call);
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

namespace {

// What is only cut off is a copy of a view.
Tensor run_pad(const Tensor& input, const Pad::Attributes& attributes) {
  int64_t most = 0;
  for (int i = 0; i < kPaddedDims; ++i) {
    most = std::max({most, attributes.before[i], attributes.after[i]});
  }
  if (attributes.mode != PadMode::Constant || most > 0) {
    return run<Pad>({contiguous(input).body()}, attributes);
  }
  Tensor part = input;
  for (int i = std::max(0, kPaddedDims - input.ndim()); i < kPaddedDims; ++i) {
    const int d = i + input.ndim() - kPaddedDims;
    const int64_t front = -attributes.before[i], back = -attributes.after[i];
    if (front + back > 0) part = narrow(part, d, front, input->size(d) - front - back);
  }
  return clone(part);
}

}  // namespace

Tensor pad(const Tensor& input, const Dims& sizes, PadMode mode, const Scalar& value) {
  const int dims = sizes.size() / 2;
  if (sizes.size() % 2 != 0 || dims > std::min(kPaddedDims, input.ndim())) {
    fail<ValueError>("pad: sizes come in (left, right) pairs, one for each of at most ",
                     std::min(kPaddedDims, input.ndim()), " dimensions, got ", sizes);
  }
  Pad::Attributes attributes{mode, {}, {}, value};
  for (int i = 0; i < dims; ++i) {
    const int64_t left = sizes[2 * i], right = sizes[2 * i + 1];
    const int64_t size = input->size(input.ndim() - 1 - i);
    const int64_t left_over = size + std::min<int64_t>(left, 0) + std::min<int64_t>(right, 0);
    const int64_t limit = mode == PadMode::Reflect ? size - 1 : left_over;
    const bool repeats = mode == PadMode::Reflect || mode == PadMode::Circular;
    const int64_t least = mode == PadMode::Constant ? 0 : 1;
    if (left == 0 && right == 0) continue;
    if (size + left + right < least) {
      fail<ValueError>("pad: dimension ", input.ndim() - 1 - i, " of size ", size,
                       " cannot be padded by (", left, ", ", right,
                       "): the result would have size ", size + left + right);
    }
    if ((repeats && std::max(left, right) > limit) || size < least) {
      fail<ValueError>("pad: mode '", kPadModes[static_cast<int>(mode)], "' can add at most ",
                       std::max<int64_t>(limit, 0), " on a side of a dimension of size ", size,
                       ", got (", left, ", ", right, ")");
    }
    attributes.before[kPaddedDims - 1 - i] = left;
    attributes.after[kPaddedDims - 1 - i] = right;
  }
  if (mode != PadMode::Circular) return run_pad(input, attributes);
  // As in PyTorch, what is cut off does not come around.
  Pad::Attributes cut{PadMode::Constant, {}, {}, 0};
  bool cuts = false;
  for (int d = 0; d < kPaddedDims; ++d) {
    for (auto side : {&Pad::Attributes::before, &Pad::Attributes::after}) {
      (cut.*side)[d] = std::min<int64_t>((attributes.*side)[d], 0);
      (attributes.*side)[d] -= (cut.*side)[d];
      cuts |= (cut.*side)[d] < 0;
    }
  }
  return run_pad(cuts ? run_pad(input, cut) : input, attributes);
}

Tensor pad_backward(Pad::Attributes attributes, const Tensor& grad) {
  if (attributes.mode != PadMode::Constant) {
    return run<PadBackward>({contiguous(grad).body()}, attributes);
  }
  // What was added goes away, and what was cut off is zero.
  for (int d = 0; d < kPaddedDims; ++d) {
    attributes.before[d] = -attributes.before[d];
    attributes.after[d] = -attributes.after[d];
  }
  attributes.value = 0;
  return run_pad(grad, attributes);
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
