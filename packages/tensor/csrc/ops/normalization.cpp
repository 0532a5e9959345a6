#include "taeda/tensor/ops/normalization.h"

#include <limits>

#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/elementwise.h"
#include "taeda/tensor/ops/reduce.h"
#include "taeda/tensor/views.h"

namespace taeda {
namespace {

DType accumulator(DType dtype) { return dtype == DType::Float64 ? DType::Float64 : DType::Float32; }

// A contiguous tensor seen by a kernel as rows, or as (N, C, S).
struct Seen {
  int64_t shape[3], strides[3];
  size_t ndim;

  Seen(int64_t rows, int64_t size) : shape{rows, size, 1}, strides{size, 1, 1}, ndim(2) {}
  Seen(int64_t samples, int64_t channels, int64_t positions)
      : shape{samples, channels, positions}, strides{channels * positions, positions, 1}, ndim(3) {}
  static Seen planes(const TensorBody& x) {
    const int64_t positions = product(Sizes(x.shape()).subspan(2));
    return {x.size(0), x.size(1), positions};
  }
  Array operator()(const TensorBody& tensor) const {
    return {tensor.data(), tensor.dtype(), Sizes(shape, ndim), Sizes(strides, ndim)};
  }
};

int64_t rows_of(const TensorBody& x, int64_t size) { return size == 0 ? 0 : x.numel() / size; }

// A vector of parameters, or none.
struct Vector {
  int64_t size = 0;
  static constexpr int64_t stride[1] = {1};
  Array array{};

  explicit Vector(const TensorBody* tensor) {
    if (!tensor) return;
    size = tensor->numel();
    array = {tensor->data(), tensor->dtype(), Sizes(&size, 1), Sizes(stride, 1)};
  }
  Vector(const Vector&) = delete;
};

void check_float(const char* name, const Tensor& input) {
  if (!is_floating(input.dtype())) {
    fail<RuntimeError>(name, ": takes floating-point tensors, got ", input.dtype(),
                       "; convert with .float()");
  }
}

Tensor contiguous_or_none(const Tensor& tensor) {
  return tensor.defined() ? contiguous(tensor) : tensor;
}

void check_shape(const char* name, const char* what, const Tensor& tensor, const Dims& shape) {
  if (tensor.defined() && tensor.shape() != shape) {
    fail<RuntimeError>(name, ": ", what, " must have the shape ", shape, ", got ", tensor.shape());
  }
}

void check_ends_with(const char* name, const Tensor& input, const Dims& normalized_shape) {
  const int count = normalized_shape.size(), lead = input.ndim() - count;
  bool matches = count > 0 && lead >= 0;
  for (int d = 0; matches && d < count; ++d) matches = input->size(lead + d) == normalized_shape[d];
  if (!matches) {
    fail<RuntimeError>(name, ": the input's shape must end with normalized_shape ",
                       normalized_shape, ", got ", input.shape());
  }
}

void add_gradients(const TensorBody& x, int64_t parameters, Specs& outputs) {
  outputs.add(x.shape(), x.dtype());
  outputs.add({parameters}, x.dtype());
  outputs.add({parameters}, x.dtype());
}

// The gradients of affine((x - mean(x)) * rstd(x)), statistics over `dims`, parameters over the
// rest of `parameter_dims`, in differentiable operations. `x` and `weight` broadcast against each
// other.
struct Composed {
  Dims dims;            // of the statistics
  Dims parameter_dims;  // summed over for the parameters
  double eps;
  bool centered = true;

  NormGradients operator()(const Tensor& grad, const Tensor& x, const Tensor& weight) const {
    const Tensor d = centered ? x - mean(x, dims, true) : x;
    const Tensor rstd = apply<Rsqrt>(mean(d * d, dims, true) + eps);
    const Tensor normal = d * rstd;
    const Tensor g = weight.defined() ? grad * weight : grad;
    Tensor inner = g - normal * mean(g * normal, dims, true);
    if (centered) inner = inner - mean(g, dims, true);
    return {inner * rstd, sum(grad * normal, parameter_dims), sum(grad, parameter_dims)};
  }
};

Dims range(int begin, int end) {
  Dims dims;
  for (int d = begin; d < end; ++d) dims.push_back(d);
  return dims;
}

}  // namespace

void LayerNorm::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  const TensorBody& x = *inputs[0];
  const int64_t rows = rows_of(x, attributes.size);
  outputs.add(x.shape(), x.dtype());
  outputs.add({rows}, accumulator(x.dtype()));
  outputs.add({rows}, accumulator(x.dtype()));
}
void LayerNorm::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                       const Attributes& attributes) {
  const Seen rows(outputs[1].numel(), attributes.size);
  const Vector weight(inputs[1]), bias(inputs[2]);
  kernels.normalization.layer_norm({.out = rows(*outputs[0]),
                                    .mean = outputs[1]->array(),
                                    .rstd = outputs[2]->array(),
                                    .in = rows(*inputs[0]),
                                    .weight = weight.array,
                                    .bias = bias.array,
                                    .eps = attributes.eps,
                                    .centered = attributes.centered});
}

void LayerNormBackward::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  add_gradients(*inputs[1], attributes.size, outputs);
}
void LayerNormBackward::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                               const Attributes& attributes) {
  const Seen rows(inputs[4]->numel(), attributes.size);
  const Vector weight(inputs[2]);
  kernels.normalization.layer_norm_backward({.grad_in = rows(*outputs[0]),
                                             .grad_weight = outputs[1]->array(),
                                             .grad_bias = outputs[2]->array(),
                                             .grad_out = rows(*inputs[0]),
                                             .in = rows(*inputs[1]),
                                             .mean = inputs[3]->array(),
                                             .rstd = inputs[4]->array(),
                                             .weight = weight.array,
                                             .centered = attributes.centered});
}

void GroupNorm::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  const TensorBody& x = *inputs[0];
  outputs.add(x.shape(), x.dtype());
  outputs.add({x.size(0) * attributes.groups}, accumulator(x.dtype()));
  outputs.add({x.size(0) * attributes.groups}, accumulator(x.dtype()));
}
void GroupNorm::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                       const Attributes& attributes) {
  const Seen planes = Seen::planes(*inputs[0]);
  const Vector weight(inputs[1]), bias(inputs[2]);
  kernels.normalization.group_norm({.out = planes(*outputs[0]),
                                    .mean = outputs[1]->array(),
                                    .rstd = outputs[2]->array(),
                                    .in = planes(*inputs[0]),
                                    .weight = weight.array,
                                    .bias = bias.array,
                                    .groups = attributes.groups,
                                    .eps = attributes.eps});
}

void GroupNormBackward::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  add_gradients(*inputs[1], inputs[1]->size(1), outputs);
}
void GroupNormBackward::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                               const Attributes& attributes) {
  const Seen planes = Seen::planes(*inputs[1]);
  const Vector weight(inputs[2]);
  kernels.normalization.group_norm_backward({.grad_in = planes(*outputs[0]),
                                             .grad_weight = outputs[1]->array(),
                                             .grad_bias = outputs[2]->array(),
                                             .grad_out = planes(*inputs[0]),
                                             .in = planes(*inputs[1]),
                                             .mean = inputs[3]->array(),
                                             .rstd = inputs[4]->array(),
                                             .weight = weight.array,
                                             .groups = attributes.groups});
}

void BatchNorm::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  const TensorBody& x = *inputs[0];
  outputs.add(x.shape(), x.dtype());
  outputs.add({x.size(1)}, accumulator(x.dtype()));
  outputs.add({x.size(1)}, accumulator(x.dtype()));
}
void BatchNorm::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                       const Attributes& attributes) {
  const Seen planes = Seen::planes(*inputs[0]);
  const Vector weight(inputs[1]), bias(inputs[2]), running_mean(inputs[3]), running_var(inputs[4]);
  kernels.normalization.batch_norm({.out = planes(*outputs[0]),
                                    .mean = outputs[1]->array(),
                                    .rstd = outputs[2]->array(),
                                    .in = planes(*inputs[0]),
                                    .weight = weight.array,
                                    .bias = bias.array,
                                    .running_mean = running_mean.array,
                                    .running_var = running_var.array,
                                    .training = attributes.training,
                                    .momentum = attributes.momentum,
                                    .eps = attributes.eps});
}

void BatchNormBackward::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  add_gradients(*inputs[1], inputs[1]->size(1), outputs);
}
void BatchNormBackward::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                               const Attributes& attributes) {
  const Seen planes = Seen::planes(*inputs[1]);
  const Vector weight(inputs[2]);
  kernels.normalization.batch_norm_backward({.grad_in = planes(*outputs[0]),
                                             .grad_weight = outputs[1]->array(),
                                             .grad_bias = outputs[2]->array(),
                                             .grad_out = planes(*inputs[0]),
                                             .in = planes(*inputs[1]),
                                             .mean = inputs[3]->array(),
                                             .rstd = inputs[4]->array(),
                                             .weight = weight.array,
                                             .training = attributes.training});
}

namespace {

Tensor normalize_rows(const char* name, const Tensor& input, const Dims& normalized_shape,
                      const Tensor& weight, const Tensor& bias, double eps, bool centered) {
  check_float(name, input);
  check_ends_with(name, input, normalized_shape);
  check_shape(name, "weight", weight, normalized_shape);
  check_shape(name, "bias", bias, normalized_shape);
  const Tensor x = contiguous(input), w = contiguous_or_none(weight), b = contiguous_or_none(bias);
  TensorBody* inputs[] = {x.body(), w.body(), b.body()};
  return run_many<LayerNorm, 3>(inputs, {product(normalized_shape), eps, centered})[0];
}

template <class Op>
NormGradients fused(const typename Op::Attributes& attributes, const Tensor& grad,
                    const Tensor& input, const Tensor& weight, const Tensor& mean,
                    const Tensor& rstd) {
  const Tensor g = contiguous(grad);
  TensorBody* inputs[] = {g.body(), input.body(), weight.body(), mean.body(), rstd.body()};
  auto [dx, dweight, dbias] = run_many<Op, 3>(inputs, attributes);
  return {std::move(dx), std::move(dweight), std::move(dbias)};
}

}  // namespace

Tensor layer_norm(const Tensor& input, const Dims& normalized_shape, const Tensor& weight,
                  const Tensor& bias, double eps) {
  return normalize_rows("layer_norm", input, normalized_shape, weight, bias, eps, true);
}

Tensor rms_norm(const Tensor& input, const Dims& normalized_shape, const Tensor& weight,
                std::optional<double> eps) {
  const auto smallest = [&] {
    switch (input.dtype()) {
      case DType::Float64:
        return std::numeric_limits<double>::epsilon();
      case DType::Float16:
        return 0x1p-10;
      case DType::BFloat16:
        return 0x1p-7;
      default:
        return static_cast<double>(std::numeric_limits<float>::epsilon());
    }
  };
  return normalize_rows("rms_norm", input, normalized_shape, weight, {}, eps ? *eps : smallest(),
                        false);
}

Tensor group_norm(const Tensor& input, int64_t num_groups, const Tensor& weight, const Tensor& bias,
                  double eps) {
  check_float("group_norm", input);
  if (input.ndim() < 2) {
    fail<RuntimeError>("group_norm: the input needs dimensions (N, C, ...), got ", input.shape());
  }
  const int64_t channels = input->size(1);
  if (num_groups < 1 || channels % num_groups != 0) {
    fail<RuntimeError>("group_norm: the number of channels must be divisible by num_groups, got ",
                       channels, " channels and ", num_groups, " groups");
  }
  check_shape("group_norm", "weight", weight, {channels});
  check_shape("group_norm", "bias", bias, {channels});
  const Tensor x = contiguous(input), w = contiguous_or_none(weight), b = contiguous_or_none(bias);
  TensorBody* inputs[] = {x.body(), w.body(), b.body()};
  return run_many<GroupNorm, 3>(inputs, {num_groups, eps})[0];
}

Tensor batch_norm(const Tensor& input, const Tensor& weight, const Tensor& bias,
                  const Tensor& running_mean, const Tensor& running_var, bool training,
                  double momentum, double eps) {
  check_float("batch_norm", input);
  if (input.ndim() < 2) {
    fail<RuntimeError>("batch_norm: the input needs dimensions (N, C, ...), got ", input.shape());
  }
  const int64_t channels = input->size(1);
  const std::pair<const char*, const Tensor&> vectors[] = {{"weight", weight},
                                                           {"bias", bias},
                                                           {"running_mean", running_mean},
                                                           {"running_var", running_var}};
  for (const auto& [what, tensor] : vectors) check_shape("batch_norm", what, tensor, {channels});
  if (running_mean.defined() != running_var.defined()) {
    fail<RuntimeError>("batch_norm: running_mean and running_var come together or not at all");
  }
  if (!training && !running_mean.defined()) {
    fail<RuntimeError>("batch_norm: running_mean and running_var are needed in evaluation");
  }
  if (training && input.numel() > 0 && input.numel() == channels) {
    fail<ValueError>(
        "batch_norm: Expected more than 1 value per channel when training, got input "
        "size ",
        input.shape());
  }
  for (const Tensor* running : {&running_mean, &running_var}) {
    if (!running->defined()) continue;
    if (!(*running)->is_contiguous()) {
      fail<RuntimeError>("batch_norm: the running statistics must be contiguous");
    }
    if (training && !(*running)->storage().writable()) {
      fail<RuntimeError>("batch_norm: the running statistics are read-only; clone() them first");
    }
  }
  const Tensor x = contiguous(input), w = contiguous_or_none(weight), b = contiguous_or_none(bias);
  TensorBody* inputs[] = {x.body(), w.body(), b.body(), running_mean.body(), running_var.body()};
  auto results = run_many<BatchNorm, 3>(inputs, {training, momentum, eps});
  if (training && running_mean.defined()) {
    running_mean->storage().bump_version("batch_norm");
    running_var->storage().bump_version("batch_norm");
  }
  return std::move(results[0]);
}

NormGradients layer_norm_backward(const LayerNorm::Attributes& attributes, const Tensor& grad,
                                  const Tensor& input, const Tensor& weight, const Tensor& mean,
                                  const Tensor& rstd) {
  if (!grad_enabled()) {
    NormGradients result = fused<LayerNormBackward>(attributes, grad, input, weight, mean, rstd);
    if (!weight.defined()) return result;
    result.weight = view(result.weight, weight.shape());
    result.bias = view(result.bias, weight.shape());
    return result;
  }
  int64_t left = attributes.size;
  int first = input.ndim();
  while (left > 1 || (weight.defined() && input.ndim() - first < weight.ndim())) {
    left /= input->size(--first);
  }
  const Composed composed{range(first, input.ndim()), range(0, first), attributes.eps,
                          attributes.centered};
  return composed(grad, input, weight);
}

NormGradients group_norm_backward(const GroupNorm::Attributes& attributes, const Tensor& grad,
                                  const Tensor& input, const Tensor& weight, const Tensor& mean,
                                  const Tensor& rstd) {
  if (!grad_enabled()) {
    return fused<GroupNormBackward>(attributes, grad, input, weight, mean, rstd);
  }
  const int64_t samples = input->size(0), channels = input->size(1), groups = attributes.groups;
  const Dims split{samples, groups, channels / groups, -1};
  const Tensor w = weight.defined() ? reshape(weight, {1, groups, channels / groups, 1}) : weight;
  const Composed composed{{2, 3}, {0, 3}, attributes.eps};
  const NormGradients result = composed(reshape(grad, split), reshape(input, split), w);
  return {reshape(result.input, input.shape()), reshape(result.weight, {channels}),
          reshape(result.bias, {channels})};
}

NormGradients batch_norm_backward(const BatchNorm::Attributes& attributes, const Tensor& grad,
                                  const Tensor& input, const Tensor& weight, const Tensor& mean,
                                  const Tensor& rstd) {
  if (!grad_enabled()) {
    return fused<BatchNormBackward>(attributes, grad, input, weight, mean, rstd);
  }
  Dims along(input.ndim(), 1), dims = range(2, input.ndim());
  along[1] = input->size(1);
  dims.insert(0, 0);
  const Tensor w = weight.defined() ? reshape(weight, along) : weight;
  if (attributes.training) return Composed{dims, dims, attributes.eps}(grad, input, w);
  const Tensor scale = to(reshape(rstd, along), input.dtype());
  const Tensor normal = (input - to(reshape(mean, along), input.dtype())) * scale;
  return {(w.defined() ? grad * w : grad) * scale, sum(grad * normal, dims), sum(grad, dims)};
}

}  // namespace taeda
