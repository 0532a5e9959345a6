// Entry points of the convolutions.
#include "convolution/call.h"
#include "convolution/input_gradient.h"
#include "convolution/weight_gradient.h"
#include "families.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

template <class T>
void forward_as(const ConvolutionCall& call) {
  const ConvolutionGeometry& g = call.geometry;
  const Array& out = call.out;
  const Weight<T> weight(call.weight);
  Correlation<T> c;
  c.source = call.input;
  c.taps = taps_of(g, spatial(call.weight.shape));
  c.step = {g.stride[0], g.stride[1], g.stride[2]};
  c.images = out.shape[0];
  c.groups = g.groups;
  c.in_channels = call.weight.shape[1];
  c.out_channels = call.weight.shape[0] / g.groups;
  c.weight = weight.data();
  c.weight_group_stride = c.out_channels * weight.stride(0);
  c.weight_row_stride = weight.stride(0);
  c.weight_channel_stride = weight.stride(1);
  each_tap(spatial(call.weight.shape),
           [&](const Sizes3& tap) { c.weight_taps.push_back(weight.at(tap)); });
  c.out = out.data;
  c.out_dtype = out.dtype;
  c.outputs = spatial(out.shape);
  for (int d = 0; d < 5; ++d) c.out_strides[d] = out.strides[d];
  c.bias = bias_of(call.bias);
  if (call.activation >= 0) {
    c.activation = unary_loop<T>(call.activation);
    c.params = call.activation_params;
  }
  correlate(std::move(c));
}

void forward(const ConvolutionCall& call) {
  if (call.out.numel() == 0) return;
  if (call.weight.numel() == 0)
    fill_with_bias(call.out, bias_of(call.bias));
  else if (call.out.dtype == DType::Float64)
    forward_as<double>(call);
  else
    forward_as<float>(call);
}

void input_gradient(const ConvolutionInputGradientCall& call) {
  if (call.grad_input.numel() == 0) return;
  if (call.grad_out.numel() == 0 || call.weight.numel() == 0)
    fill_with_bias(call.grad_input, bias_of(call.bias));
  else if (call.grad_input.dtype == DType::Float64)
    input_gradients<double>(call);
  else
    input_gradients<float>(call);
}

template <class T>
void weight_gradient_as(const ConvolutionWeightGradientCall& call) {
  const ConvolutionGeometry& g = call.geometry;
  const Array &out = call.grad_weight, &bias = call.grad_bias;
  WeightGradient<T> w;
  w.source = call.input;
  w.grad_out = call.grad_out;
  w.taps = taps_of(g, spatial(out.shape));
  w.step = {g.stride[0], g.stride[1], g.stride[2]};
  w.images = call.grad_out.shape[0];
  w.groups = g.groups;
  w.in_channels = out.shape[1];
  w.out_channels = out.shape[0] / g.groups;
  w.outputs = spatial(call.grad_out.shape);
  std::vector<T> bias_sums(static_cast<size_t>(bias.data ? bias.numel() : 0));
  if (bias.data) w.bias = bias_sums.data();
  const bool direct = out.dtype == dtype_of<T> && out.is_contiguous();
  const Scratch<T> dense(direct ? 0 : out.numel());
  w.out = direct ? out.as<T>() : dense.data();
  weight_gradient(w);
  const Convert convert = converter(out.dtype, dtype_of<T>);
  if (bias.data) convert(bias.data, bias.strides[0], bias_sums.data(), 1, bias.numel());
  if (direct) return;
  const T* from = dense.data();
  each_row(out.shape, [&](int64_t o, int64_t i, int64_t z, int64_t y) {
    convert(const_cast<void*>(element(out, o, i, z, y)), out.strides[4], from, 1, out.shape[4]);
    from += out.shape[4];
  });
}

void weight_gradient_of(const ConvolutionWeightGradientCall& call) {
  const bool sums_bias = call.grad_bias.data && call.grad_bias.numel() > 0;
  if (call.grad_weight.numel() == 0 && !sums_bias) return;
  if (call.grad_out.numel() == 0) {
    fill_with_bias(call.grad_weight, {});
    if (sums_bias) {
      const int64_t shape[5] = {1, 1, 1, 1, call.grad_bias.shape[0]};
      const int64_t strides[5] = {0, 0, 0, 0, call.grad_bias.strides[0]};
      fill_with_bias({call.grad_bias.data, call.grad_bias.dtype, shape, strides}, {});
    }
  } else if (call.grad_weight.dtype == DType::Float64) {
    weight_gradient_as<double>(call);
  } else {
    weight_gradient_as<float>(call);
  }
}

}  // namespace

ConvolutionKernels convolution_kernels() {
  return {
      .forward = forward, .input_gradient = input_gradient, .weight_gradient = weight_gradient_of};
}

}  // namespace taeda::cpu::inline TAEDA_ISA
