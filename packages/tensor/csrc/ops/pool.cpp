#include "taeda/tensor/ops/pool.h"

#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"

namespace taeda {
namespace {

// A contiguous tensor as (planes, H, W).
struct Planes {
  int64_t shape[3], strides[3];
  Array array;

  explicit Planes(const TensorBody& x) {
    const int last = x.ndim() - 1;
    shape[1] = x.size(last - 1);
    shape[2] = x.size(last);
    shape[0] = product(Sizes(x.shape()).first(static_cast<size_t>(last - 1)));
    strides[0] = shape[1] * shape[2];
    strides[1] = shape[2];
    strides[2] = 1;
    array = {x.data(), x.dtype(), shape, strides};
  }
  Planes(const Planes&) = delete;
};

// A contiguous tensor as (what is before, dimension `dim`, what is after).
struct AxisPlanes {
  int64_t shape[3], strides[3];
  Array array;

  AxisPlanes(const TensorBody& x, int dim) {
    const Sizes sizes(x.shape());
    shape[0] = product(sizes.first(static_cast<size_t>(dim)));
    shape[1] = x.size(dim);
    shape[2] = product(sizes.subspan(static_cast<size_t>(dim) + 1));
    strides[0] = shape[1] * shape[2];
    strides[1] = shape[2];
    strides[2] = 1;
    array = {x.data(), x.dtype(), shape, strides};
  }
  AxisPlanes(const AxisPlanes&) = delete;
};

Dims with_planes(const TensorBody& x, int64_t height, int64_t width) {
  Dims shape = x.shape();
  shape[x.ndim() - 2] = height;
  shape[x.ndim() - 1] = width;
  return shape;
}

void check_input(const char* name, const Tensor& input) {
  if (input.ndim() != 3 && input.ndim() != 4) {
    fail<RuntimeError>(name, ": the input must be (C, H, W) or (N, C, H, W), got ", input.shape());
  }
  if (!is_floating(input.dtype())) {
    fail<RuntimeError>(name, ": takes floating-point tensors, got ", input.dtype(),
                       "; convert with .float()");
  }
}

void read_pair(const char* name, const char* what, const Dims& values, int64_t smallest,
               int64_t (&pair)[2]) {
  if (values.size() != 1 && values.size() != 2) {
    fail<RuntimeError>(name, ": ", what, " must be an int or a pair, got ", values);
  }
  pair[0] = values[0];
  pair[1] = values[values.size() - 1];
  if (pair[0] < smallest || pair[1] < smallest) {
    fail<RuntimeError>(name, ": ", what, " must be at least ", smallest, ", got ", values);
  }
}

PoolWindow window_of(const char* name, const Dims& kernel_size, const Dims& stride,
                     const Dims& padding, const Dims& dilation) {
  PoolWindow window;
  read_pair(name, "kernel_size", kernel_size, 1, window.kernel);
  read_pair(name, "stride", stride.empty() ? kernel_size : stride, 1, window.stride);
  read_pair(name, "padding", padding, 0, window.padding);
  read_pair(name, "dilation", dilation, 1, window.dilation);
  for (int axis = 0; axis < 2; ++axis) {
    const int64_t extent = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
    if (window.padding[axis] > extent / 2) {
      fail<RuntimeError>(name, ": padding may be at most half of the kernel's extent, got padding ",
                         window.padding[axis], " for an extent of ", extent);
    }
  }
  return window;
}

// How many windows there are along an axis. In ceil_mode the last may begin before the right
// padding.
int64_t output_size(const char* name, const Tensor& input, const PoolWindow& w, int axis,
                    bool ceil_mode) {
  const int64_t size = input->size(input.ndim() - 2 + axis);
  const int64_t extent = (w.kernel[axis] - 1) * w.dilation[axis] + 1;
  const int64_t room = size + 2 * w.padding[axis] - extent;
  int64_t count = room < 0 ? 0 : room / w.stride[axis] + 1;
  if (ceil_mode && room + w.stride[axis] > 0) {
    count = (room + w.stride[axis] - 1) / w.stride[axis] + 1;
    if ((count - 1) * w.stride[axis] >= size + w.padding[axis]) --count;
  }
  if (count < 1 || size == 0) {
    fail<RuntimeError>(name, ": the kernel's extent ", extent, " does not fit into the input ",
                       input.shape(), " with padding ", w.padding[axis]);
  }
  return count;
}

}  // namespace

void MaxPool2d::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  const TensorBody& x = *inputs[0];
  const Dims shape = with_planes(x, attributes.height, attributes.width);
  outputs.add(shape, x.dtype());
  outputs.add(attributes.has_positions ? shape : Dims{0}, DType::Int64);
}
void MaxPool2d::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                       const Attributes& attributes) {
  const Planes out(*outputs[0]), in(*inputs[0]);
  if (!attributes.has_positions) {
    return kernels.pool.max_pool({out.array, {}, in.array, attributes.window});
  }
  const Planes index(*outputs[1]);
  kernels.pool.max_pool({out.array, index.array, in.array, attributes.window});
}

void MaxPool2dBackward::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  outputs.add(with_planes(*inputs[0], attributes.height, attributes.width), inputs[0]->dtype());
}
void MaxPool2dBackward::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                               const Attributes& attributes) {
  const Planes grad_in(*outputs[0]), grad_out(*inputs[0]), index(*inputs[1]);
  kernels.pool.max_pool_backward({grad_in.array, grad_out.array, index.array, attributes.window});
}

void AvgPool2d::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  outputs.add(with_planes(*inputs[0], attributes.height, attributes.width), inputs[0]->dtype());
}
void AvgPool2d::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                       const Attributes& attributes) {
  const Planes out(*outputs[0]), in(*inputs[0]);
  kernels.pool.avg_pool({out.array, in.array, attributes.window, attributes.count_include_pad,
                         attributes.divisor_override});
}

void AvgPool2dBackward::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  outputs.add(with_planes(*inputs[0], attributes.height, attributes.width), inputs[0]->dtype());
}
void AvgPool2dBackward::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                               const Attributes& attributes) {
  const Planes grad_in(*outputs[0]), grad_out(*inputs[0]);
  kernels.pool.avg_pool_backward({grad_in.array, grad_out.array, attributes.window,
                                  attributes.count_include_pad, attributes.divisor_override});
}

void AdaptiveAvgPool2d::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  outputs.add(with_planes(*inputs[0], attributes.height, attributes.width), inputs[0]->dtype());
}
void AdaptiveAvgPool2d::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                               const Attributes&) {
  const Planes out(*outputs[0]), in(*inputs[0]);
  kernels.pool.adaptive_avg_pool({out.array, in.array});
}

void AdaptiveAvgPool2dBackward::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  outputs.add(with_planes(*inputs[0], attributes.height, attributes.width), inputs[0]->dtype());
}
void AdaptiveAvgPool2dBackward::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                                       const Attributes&) {
  const Planes grad_in(*outputs[0]), grad_out(*inputs[0]);
  kernels.pool.adaptive_avg_pool_backward({grad_in.array, grad_out.array});
}

void Resample::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  Dims shape = inputs[0]->shape();
  shape[attributes.dim] = inputs[1]->size(0);
  outputs.add(shape, inputs[0]->dtype());
}
void Resample::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                      const Attributes& attributes) {
  const AxisPlanes out(*outputs[0], attributes.dim), in(*inputs[0], attributes.dim);
  kernels.pool.resample({out.array, in.array, inputs[1]->array(), inputs[2]->array()});
}

namespace {

std::pair<Tensor, Tensor> max_pool(const Tensor& input, const Dims& kernel_size, const Dims& stride,
                                   const Dims& padding, const Dims& dilation, bool ceil_mode,
                                   bool has_positions) {
  const char* name = MaxPool2d::name;
  check_input(name, input);
  const PoolWindow window = window_of(name, kernel_size, stride, padding, dilation);
  const int64_t height = output_size(name, input, window, 0, ceil_mode);
  const int64_t width = output_size(name, input, window, 1, ceil_mode);
  const Tensor x = contiguous(input);
  TensorBody* inputs[] = {x.body()};
  auto [values, positions] = run_many<MaxPool2d, 2>(inputs, {window, height, width, has_positions});
  return {std::move(values), std::move(positions)};
}

}  // namespace

Tensor max_pool2d(const Tensor& input, const Dims& kernel_size, const Dims& stride,
                  const Dims& padding, const Dims& dilation, bool ceil_mode) {
  return max_pool(input, kernel_size, stride, padding, dilation, ceil_mode,
                  input->requires_grad && grad_enabled())
      .first;
}
std::pair<Tensor, Tensor> max_pool2d_with_indices(const Tensor& input, const Dims& kernel_size,
                                                  const Dims& stride, const Dims& padding,
                                                  const Dims& dilation, bool ceil_mode) {
  return max_pool(input, kernel_size, stride, padding, dilation, ceil_mode, true);
}

Tensor avg_pool2d(const Tensor& input, const Dims& kernel_size, const Dims& stride,
                  const Dims& padding, bool ceil_mode, bool count_include_pad,
                  std::optional<int64_t> divisor_override) {
  const char* name = AvgPool2d::name;
  check_input(name, input);
  if (divisor_override && *divisor_override == 0) {
    fail<RuntimeError>("avg_pool2d: divisor_override must not be zero");
  }
  const PoolWindow window = window_of(name, kernel_size, stride, padding, {1});
  const int64_t height = output_size(name, input, window, 0, ceil_mode);
  const int64_t width = output_size(name, input, window, 1, ceil_mode);
  return run<AvgPool2d>({contiguous(input).body()},
                        {window, count_include_pad, divisor_override.value_or(0), height, width});
}

Tensor adaptive_avg_pool2d(const Tensor& input, const Dims& output_size) {
  check_input("adaptive_avg_pool2d", input);
  int64_t sizes[2];
  read_pair("adaptive_avg_pool2d", "output_size", output_size, -1, sizes);
  for (int axis = 0; axis < 2; ++axis) {
    const int64_t size = input->size(input.ndim() - 2 + axis);
    if (sizes[axis] < 0) sizes[axis] = size;
    if (size == 0) {
      fail<RuntimeError>("adaptive_avg_pool2d: the planes of the input must not be empty, got ",
                         input.shape());
    }
  }
  return run<AdaptiveAvgPool2d>({contiguous(input).body()}, {sizes[0], sizes[1]});
}

Tensor resample(const Tensor& input, int64_t dim, const Tensor& windows, const Tensor& weights,
                const Tensor& back_windows, const Tensor& back_weights) {
  if (!is_floating(input.dtype())) {
    fail<RuntimeError>("resample: takes floating-point tensors, got ", input.dtype(),
                       "; convert with .float()");
  }
  const int at = wrap_dim("resample", dim, input.ndim());
  const DType computed = input.dtype() == DType::Float64 ? DType::Float64 : DType::Float32;
  for (const auto& [rows, values] :
       {std::pair{&windows, &weights}, {&back_windows, &back_weights}}) {
    if (rows->ndim() != 2 || (*rows)->size(1) != 2 || rows->dtype() != DType::Int64 ||
        values->ndim() != 2 || (*values)->size(0) != (*rows)->size(0) ||
        values->dtype() != computed) {
      fail<RuntimeError>("resample: windows (n, 2) of int64 and weights (n, t) of ", computed,
                         " are needed, got ", rows->shape(), " of ", rows->dtype(), " and ",
                         values->shape(), " of ", values->dtype());
    }
  }
  const Tensor x = contiguous(input);
  return run<Resample>({x.body(), contiguous(windows).body(), contiguous(weights).body(),
                        contiguous(back_windows).body(), contiguous(back_weights).body()},
                       {at});
}

Tensor max_pool2d_backward(MaxPool2d::Attributes attributes, const Tensor& grad,
                           const Tensor& positions, int64_t height, int64_t width) {
  attributes.height = height;
  attributes.width = width;
  return run<MaxPool2dBackward>({contiguous(grad).body(), positions.body()}, attributes);
}
Tensor avg_pool2d_backward(AvgPool2d::Attributes attributes, const Tensor& grad, int64_t height,
                           int64_t width) {
  attributes.height = height;
  attributes.width = width;
  return run<AvgPool2dBackward>({contiguous(grad).body()}, attributes);
}
Tensor adaptive_avg_pool2d_backward(const Tensor& grad, int64_t height, int64_t width) {
  return run<AdaptiveAvgPool2dBackward>({contiguous(grad).body()}, {height, width});
}

}  // namespace taeda
