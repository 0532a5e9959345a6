#include "taeda/tensor/ops/convolution.h"

#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/views.h"

namespace taeda {
namespace {

// How messages call the function, and how many dimensions its images have.
struct Function {
  const char* name;
  int dims;
  bool transposed = false;
};

Function function_of(int dims, bool transposed) {
  static constexpr const char* names[2][3] = {
      {"conv1d", "conv2d", "conv3d"}, {"conv_transpose1d", "conv_transpose2d", "conv_transpose3d"}};
  return {names[transposed][dims - 1], dims, transposed};
}

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

void check_types(bool transposed, Inputs inputs) {
  const TensorBody &input = *inputs[0], &weight = *inputs[1];
  const char* name = function_of(input.ndim() - 2, transposed).name;
  if (input.dtype() != weight.dtype() || (inputs[2] && inputs[2]->dtype() != input.dtype())) {
    fail<RuntimeError>(name, ": input, weight and bias must have one dtype, got ", input.dtype(),
                       " and ", weight.dtype(), "; convert one with .to(dtype)");
  }
  if (!is_floating(input.dtype())) {
    fail<NotImplementedError>(name, ": takes floating-point tensors, got ", input.dtype(),
                              "; convert with .float()");
  }
}

void check(Function function, const Tensor& input, const Tensor& weight, const Tensor& bias,
           int64_t groups) {
  static constexpr const char* layouts[] = {"L)", "H, W)", "D, H, W)"};
  const char* name = function.name;
  const int ndim = function.dims + 2;
  const char* layout = layouts[function.dims - 1];
  if (weight.ndim() != ndim) {
    fail<RuntimeError>(name, ": the weight must have ", ndim, " dimensions, got ", weight.shape());
  }
  if (input.ndim() != ndim && input.ndim() != ndim - 1) {
    fail<RuntimeError>(name, ": the input must be (N, C, ", layout, " or (C, ", layout, ", got ",
                       input.shape());
  }
  if (groups < 1) fail<RuntimeError>(name, ": groups must be at least 1, got ", groups);
  const int64_t channels = input->size(input.ndim() - ndim + 1);
  const int64_t taken = function.transposed ? weight->size(0) : weight->size(1) * groups;
  if (taken != channels) {
    fail<RuntimeError>(name, ": the input ", input.shape(), " has ", channels,
                       " channels, the weight ", weight.shape(), " with groups=", groups, " takes ",
                       taken);
  }
  if (weight->size(0) % groups != 0) {
    fail<RuntimeError>(name, ": the number of ", function.transposed ? "input" : "output",
                       " channels must be divisible by groups=", groups, ", got the weight ",
                       weight.shape());
  }
  const int64_t made = function.transposed ? weight->size(1) * groups : weight->size(0);
  if (bias.defined() && (bias.ndim() != 1 || bias->size(0) != made)) {
    fail<RuntimeError>(name, ": the bias must have shape (", made, ",), got ", bias.shape());
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

ConvolutionGeometry geometry_of(const Dims& stride, const Dims& padding, const Dims& dilation,
                                int64_t groups) {
  ConvolutionGeometry geometry;
  geometry.groups = groups;
  const int first = 3 - stride.size();
  for (int d = 0; d < stride.size(); ++d) {
    geometry.stride[first + d] = stride[d];
    geometry.padding[first + d] = padding[d];
    geometry.dilation[first + d] = dilation[d];
  }
  return geometry;
}

// A tensor of one to three spatial dimensions as the kernels see it: with three.
class Volume {
 public:
  explicit Volume(const TensorBody& x) {
    const int missing = 5 - x.ndim();
    for (int d = 0; d < 5; ++d) {
      const bool made = d >= 2 && d < 2 + missing;
      shape_[d] = made ? 1 : x.size(d < 2 ? d : d - missing);
      strides_[d] = made ? 0 : x.strides()[d < 2 ? d : d - missing];
    }
    array_ = {x.data(), x.dtype(), shape_, strides_};
  }
  Volume(const Volume&) = delete;
  const Array& array() const { return array_; }

 private:
  int64_t shape_[5], strides_[5];
  Array array_;
};

Dims with_sizes(int64_t first, int64_t second, const int64_t (&sizes)[3], int dims) {
  Dims shape{first, second};
  for (int a = 3 - dims; a < 3; ++a) shape.push_back(sizes[a]);
  return shape;
}

}  // namespace

void Convolution::infer(Inputs inputs, const Attributes& geometry, Specs& outputs) {
  check_types(false, inputs);
  const TensorBody &x = *inputs[0], &weight = *inputs[1];
  Dims shape{x.size(0), weight.size(0)};
  for (int d = 2; d < x.ndim(); ++d) {
    shape.push_back(convolution_size(geometry, 3 - x.ndim() + d, x.size(d), weight.size(d)));
  }
  outputs.add(std::move(shape), x.dtype());
}
void Convolution::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                         const Attributes& geometry) {
  const Volume out(*outputs[0].body()), x(*inputs[0]), weight(*inputs[1]);
  ConvolutionCall call{
      .out = out.array(), .input = x.array(), .weight = weight.array(), .geometry = geometry};
  if (inputs[2]) call.bias = inputs[2]->array();
  kernels.convolution.forward(call);
}

void TransposedConvolution::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  check_types(true, inputs);
  const TensorBody &grad = *inputs[0], &weight = *inputs[1];
  outputs.add(with_sizes(grad.size(0), weight.size(1) * attributes.geometry.groups,
                         attributes.sizes, grad.ndim() - 2),
              grad.dtype());
}
void TransposedConvolution::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                                   const Attributes& attributes) {
  const Volume out(*outputs[0].body()), grad(*inputs[0]), weight(*inputs[1]);
  ConvolutionInputGradientCall call{.grad_input = out.array(),
                                    .grad_out = grad.array(),
                                    .weight = weight.array(),
                                    .geometry = attributes.geometry};
  if (inputs[2]) call.bias = inputs[2]->array();
  kernels.convolution.input_gradient(call);
}

void ConvolutionWeightGradient::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  const TensorBody &grad = *inputs[0], &x = *inputs[1];
  outputs.add(with_sizes(grad.size(1), x.size(1) / attributes.geometry.groups, attributes.sizes,
                         grad.ndim() - 2),
              grad.dtype());
  outputs.add({attributes.has_bias ? grad.size(1) : 0}, grad.dtype());
}
void ConvolutionWeightGradient::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                                       const Attributes& attributes) {
  const Volume out(*outputs[0].body()), grad(*inputs[0]), x(*inputs[1]);
  kernels.convolution.weight_gradient(
      {.grad_weight = out.array(),
       .grad_bias = attributes.has_bias ? outputs[1]->array() : Array{},
       .grad_out = grad.array(),
       .input = x.array(),
       .geometry = attributes.geometry});
}

Tensor convolution(int dims, const Tensor& input, const Tensor& weight, const Tensor& bias,
                   const Dims& stride, const ConvolutionPadding& padding, const Dims& dilation,
                   int64_t groups) {
  const Function function = function_of(dims, false);
  check(function, input, weight, bias, groups);
  const Dims steps = read_sizes(function, "stride", stride, 1);
  const Dims spread = read_sizes(function, "dilation", dilation, 1);
  Tensor x = input;
  const Dims border = read_padding(function, padding, weight, steps, spread, x);
  check_fit(function, x, weight, border, spread);
  const bool single = x.ndim() == dims + 1;
  if (single) x = unsqueeze(x, 0);
  const Tensor result = run<Convolution>({x.body(), weight.body(), bias.body()},
                                         geometry_of(steps, border, spread, groups));
  return single ? squeeze(result, 0) : result;
}

Tensor transposed_convolution(int dims, const Tensor& input, const Tensor& weight,
                              const Tensor& bias, const Dims& stride, const Dims& padding,
                              const Dims& output_padding, int64_t groups, const Dims& dilation) {
  const Function function = function_of(dims, true);
  check(function, input, weight, bias, groups);
  const Dims steps = read_sizes(function, "stride", stride, 1);
  const Dims border = read_sizes(function, "padding", padding, 0);
  const Dims spread = read_sizes(function, "dilation", dilation, 1);
  const Dims added = read_sizes(function, "output_padding", output_padding, 0);
  const bool single = input.ndim() == dims + 1;
  const Tensor x = single ? unsqueeze(input, 0) : input;
  TransposedConvolution::Attributes attributes{geometry_of(steps, border, spread, groups),
                                               {1, 1, 1}};
  for (int d = 0; d < dims; ++d) {
    if (added[d] >= steps[d] && added[d] >= spread[d]) {
      fail<RuntimeError>(function.name,
                         ": output_padding must be smaller than stride or dilation, ",
                         "got output_padding ", added, ", stride ", steps, ", dilation ", spread);
    }
    const int64_t size = (x->size(2 + d) - 1) * steps[d] - 2 * border[d] +
                         spread[d] * (weight->size(2 + d) - 1) + added[d] + 1;
    if (weight->size(2 + d) < 1 || x->size(2 + d) < 1 || size < 1) {
      fail<RuntimeError>(function.name, ": the input ", input.shape(), " and the weight ",
                         weight.shape(), " with padding ", border, " leave no output");
    }
    attributes.sizes[3 - dims + d] = size;
  }
  const Tensor result =
      run<TransposedConvolution>({x.body(), weight.body(), bias.body()}, attributes);
  return single ? squeeze(result, 0) : result;
}

}  // namespace taeda
