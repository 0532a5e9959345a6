#include "taeda/tensor/ops/convolution.h"

#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/views.h"

namespace taeda {
namespace {

// How messages call the function, and how many dimensions its images have.
struct Function {
  const char* name;
  int dims;
};

Dims read_sizes(Function function, const char* what, const Dims& values, int64_t smallest) {
  if (values.size() != 1 && values.size() != function.dims) {
    fail<RuntimeError>(function.name, ": ", what, " must be an int or ", function.dims,
                       function.dims == 1 ? " number, got " : " numbers, got ", values);
  }
  Dims sizes(function.dims, values[0]);
  for (int d = 0; d < values.size(); ++d) sizes[d] = values[d];
  for (int64_t size : sizes) {
    if (size < smallest) {
      fail<RuntimeError>(function.name, ": ", what, " must be at least ", smallest, ", got ",
                         values);
    }
  }
  return sizes;
}

void check(Function function, const Tensor& input, const Tensor& weight, const Tensor& bias,
           int64_t groups) {
  const char* name = function.name;
  const int ndim = function.dims + 2;
  const char* layout = function.dims == 1 ? "L)" : "H, W)";
  if (weight.ndim() != ndim) {
    fail<RuntimeError>(name, ": the weight must have ", ndim, " dimensions, got ", weight.shape());
  }
  if (input.ndim() != ndim && input.ndim() != ndim - 1) {
    fail<RuntimeError>(name, ": the input must be (N, C, ", layout, " or (C, ", layout, ", got ",
                       input.shape());
  }
  if (input.dtype() != weight.dtype() || (bias.defined() && bias.dtype() != input.dtype())) {
    fail<RuntimeError>(name, ": input, weight and bias must have one dtype, got ", input.dtype(),
                       " and ", weight.dtype(), "; convert one with .to(dtype)");
  }
  if (!is_floating(input.dtype())) {
    fail<NotImplementedError>(name, ": takes floating-point tensors, got ", input.dtype(),
                              "; convert with .float()");
  }
  if (groups < 1) fail<RuntimeError>(name, ": groups must be at least 1, got ", groups);
  const int64_t channels = input->size(input.ndim() - ndim + 1);
  if (weight->size(1) * groups != channels) {
    fail<RuntimeError>(name, ": the input ", input.shape(), " has ", channels,
                       " channels, the weight ", weight.shape(), " with groups=", groups, " takes ",
                       weight->size(1) * groups);
  }
  if (weight->size(0) % groups != 0) {
    fail<RuntimeError>(name, ": the number of output channels must be divisible by groups=", groups,
                       ", got the weight ", weight.shape());
  }
  if (bias.defined() && (bias.ndim() != 1 || bias->size(0) != weight->size(0))) {
    fail<RuntimeError>(name, ": the bias must have shape (", weight->size(0), ",), got ",
                       bias.shape());
  }
}

void check_fit(Function function, const Tensor& input, const Tensor& weight, const Dims& padding,
               const Dims& dilation) {
  for (int d = 0; d < function.dims; ++d) {
    const int64_t size = input->size(input.ndim() - function.dims + d);
    const int64_t kernel = weight->size(2 + d), reach = dilation[d] * (kernel - 1) + 1;
    if (kernel < 1 || size + 2 * padding[d] < reach) {
      fail<RuntimeError>(function.name, ": the kernel's reach ", reach,
                         " does not fit into the input ", input.shape(), " with padding ",
                         padding[d]);
    }
  }
}

// The input with one more zero at the end of each dimension d that odd[d] names.
Tensor pad_ends(const Tensor& input, const Dims& odd) {
  Dims shape = input.shape();
  const int first = input.ndim() - odd.size();
  for (int d = 0; d < odd.size(); ++d) shape[first + d] += odd[d];
  const Tensor padded = zeros(shape, input.dtype(), input.device());
  Tensor inside = padded;
  for (int d = 0; d < odd.size(); ++d)
    inside = narrow(inside, first + d, 0, input->size(first + d));
  copy_(inside, input);
  return padded;
}

// Resolves the padding; "same" may have to pad the input at one end more than at the other.
Dims read_padding(Function function, const ConvolutionPadding& padding, const Tensor& weight,
                  const Dims& stride, const Dims& dilation, Tensor& input) {
  if (padding.mode.empty()) return read_sizes(function, "padding", padding.sizes, 0);
  Dims sizes(function.dims, 0);
  if (padding.mode == "valid") return sizes;
  if (padding.mode != "same") {
    fail<RuntimeError>(function.name, ": padding must be \"valid\", \"same\" or numbers, got \"",
                       padding.mode, "\"");
  }
  Dims odd(function.dims, 0);
  bool any_odd = false;
  for (int d = 0; d < function.dims; ++d) {
    if (stride[d] != 1) {
      fail<RuntimeError>(function.name, ": padding=\"same\" needs stride 1, got ", stride);
    }
    const int64_t total = dilation[d] * (weight->size(2 + d) - 1);
    sizes[d] = total / 2;
    odd[d] = total % 2;
    any_odd |= odd[d] != 0;
  }
  if (any_odd) input = pad_ends(input, odd);
  return sizes;
}

Tensor convolve(Function function, Tensor input, const Tensor& weight, const Tensor& bias,
                const Dims& stride, const ConvolutionPadding& padding, const Dims& dilation,
                int64_t groups) {
  check(function, input, weight, bias, groups);
  const Dims steps = read_sizes(function, "stride", stride, 1);
  const Dims spread = read_sizes(function, "dilation", dilation, 1);
  const Dims border = read_padding(function, padding, weight, steps, spread, input);
  check_fit(function, input, weight, border, spread);
  ConvolutionGeometry geometry;
  geometry.groups = groups;
  const int first = 2 - function.dims;
  for (int d = 0; d < function.dims; ++d) {
    geometry.stride[first + d] = steps[d];
    geometry.padding[first + d] = border[d];
    geometry.dilation[first + d] = spread[d];
  }
  const bool single = input.ndim() == function.dims + 1;
  if (single) input = unsqueeze(input, 0);
  if (function.dims == 2) {
    const Tensor result = run<Conv2d>({input.body(), weight.body(), bias.body()}, geometry);
    return single ? squeeze(result, 0) : result;
  }
  // One dimension is an image of height one.
  const Tensor image = unsqueeze(input, 2), window = unsqueeze(weight, 2);
  const Tensor result =
      squeeze(run<Conv2d>({image.body(), window.body(), bias.body()}, geometry), 2);
  return single ? squeeze(result, 0) : result;
}

}  // namespace

void Conv2d::infer(Inputs inputs, const Attributes& geometry, Specs& outputs) {
  const TensorBody &x = *inputs[0], &weight = *inputs[1];
  outputs.add({x.size(0), weight.size(0), convolution_size(geometry, 0, x.size(2), weight.size(2)),
               convolution_size(geometry, 1, x.size(3), weight.size(3))},
              x.dtype());
}
void Conv2d::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                    const Attributes& geometry) {
  ConvolutionCall call{.out = outputs[0]->array(),
                       .input = inputs[0]->array(),
                       .weight = inputs[1]->array(),
                       .geometry = geometry};
  if (inputs[2]) call.bias = inputs[2]->array();
  kernels.convolution.forward(call);
}

void Conv2dInputGradient::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  const TensorBody &grad = *inputs[0], &weight = *inputs[1];
  outputs.add({grad.size(0), weight.size(1) * attributes.geometry.groups, attributes.height,
               attributes.width},
              grad.dtype());
}
void Conv2dInputGradient::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                                 const Attributes& attributes) {
  kernels.convolution.input_gradient({.grad_input = outputs[0]->array(),
                                      .grad_out = inputs[0]->array(),
                                      .weight = inputs[1]->array(),
                                      .geometry = attributes.geometry});
}

void Conv2dWeightGradient::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  const TensorBody &grad = *inputs[0], &x = *inputs[1];
  outputs.add(
      {grad.size(1), x.size(1) / attributes.geometry.groups, attributes.height, attributes.width},
      grad.dtype());
}
void Conv2dWeightGradient::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                                  const Attributes& attributes) {
  kernels.convolution.weight_gradient({.grad_weight = outputs[0]->array(),
                                       .grad_out = inputs[0]->array(),
                                       .input = inputs[1]->array(),
                                       .geometry = attributes.geometry});
}

Tensor conv2d(const Tensor& input, const Tensor& weight, const Tensor& bias, const Dims& stride,
              const ConvolutionPadding& padding, const Dims& dilation, int64_t groups) {
  return convolve({"conv2d", 2}, input, weight, bias, stride, padding, dilation, groups);
}
Tensor conv1d(const Tensor& input, const Tensor& weight, const Tensor& bias, const Dims& stride,
              const ConvolutionPadding& padding, const Dims& dilation, int64_t groups) {
  return convolve({"conv1d", 1}, input, weight, bias, stride, padding, dilation, groups);
}

Tensor conv2d_input_gradient(const Tensor& grad, const Tensor& weight,
                             const ConvolutionGeometry& geometry, int64_t height, int64_t width) {
  return run<Conv2dInputGradient>({grad.body(), weight.body()}, {geometry, height, width});
}
Tensor conv2d_weight_gradient(const Tensor& grad, const Tensor& input,
                              const ConvolutionGeometry& geometry, int64_t height, int64_t width) {
  return run<Conv2dWeightGradient>({grad.body(), input.body()}, {geometry, height, width});
}

}  // namespace taeda
