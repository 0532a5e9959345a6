// Entry points of the convolutions.
#include <numeric>
#include <vector>

#include "convolution/correlate.h"
#include "convolution/weight_gradient.h"
#include "families.h"
#include "taeda/kernels/allocator.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

const void* element(const Array& array, int64_t i, int64_t j, int64_t k, int64_t l) {
  const int64_t index =
      i * array.strides[0] + j * array.strides[1] + k * array.strides[2] + l * array.strides[3];
  return static_cast<const char*>(array.data) + index * size_of(array.dtype);
}

// out[n, c] = bias[c], where no weight meets an output.
void fill_with_bias(const Array& out, const Matrix& bias) {
  const int64_t zero = 0;  // all bits zero are the number zero in each dtype
  const Convert convert = converter(out.dtype, bias.data ? bias.dtype : out.dtype);
  for (int64_t n = 0; n < out.shape[0]; ++n) {
    for (int64_t c = 0; c < out.shape[1]; ++c) {
      for (int64_t y = 0; y < out.shape[2]; ++y) {
        convert(const_cast<void*>(element(out, n, c, y, 0)), out.strides[3],
                bias.data ? bias.at(c, 0) : &zero, 0, out.shape[3]);
      }
    }
  }
}

Matrix bias_of(const Array& bias) {
  if (!bias.data) return {};
  return {bias.data, bias.dtype, bias.strides[0], 0};
}

template <class T>
void forward_as(const ConvolutionCall& call) {
  const ConvolutionGeometry& g = call.geometry;
  const Array &weight = call.weight, &out = call.out;
  const int64_t kernel_rows = weight.shape[2], kernel_columns = weight.shape[3];
  Correlation<T> c;
  c.source = call.input;
  for (int64_t i = 0; i < kernel_rows; ++i) {
    for (int64_t j = 0; j < kernel_columns; ++j) {
      c.taps.push_back({i * g.dilation[0] - g.padding[0], j * g.dilation[1] - g.padding[1]});
    }
  }
  c.row_step = g.stride[0];
  c.column_step = g.stride[1];
  c.images = out.shape[0];
  c.groups = g.groups;
  c.in_channels = weight.shape[1];
  c.out_channels = weight.shape[0] / g.groups;
  c.out = out.data;
  c.out_dtype = out.dtype;
  c.rows = out.shape[2];
  c.columns = out.shape[3];
  for (int d = 0; d < 4; ++d) c.out_strides[d] = out.strides[d];
  c.bias = bias_of(call.bias);
  if (call.activation >= 0) {
    c.activation = unary_loop<T>(call.activation);
    c.params = call.activation_params;
  }
  const Scratch<T> dense(weight.numel());
  T* to = dense.data();
  const Convert convert = converter(dtype_of<T>, weight.dtype);
  for (int64_t o = 0; o < weight.shape[0]; ++o) {
    for (int64_t i = 0; i < c.in_channels; ++i) {
      for (int64_t row = 0; row < kernel_rows; ++row, to += kernel_columns) {
        convert(to, 1, element(weight, o, i, row, 0), weight.strides[3], kernel_columns);
      }
    }
  }
  c.weight = dense.data();
  correlate(c);
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

// The taps along one axis that reach inputs whose index is `phase` modulo the stride.
struct AxisTap {
  int64_t kernel_index, offset;
};
std::vector<AxisTap> taps_of_phase(const ConvolutionGeometry& g, int axis, int64_t kernel,
                                   int64_t phase) {
  std::vector<AxisTap> taps;
  for (int64_t i = 0; i < kernel; ++i) {
    const int64_t distance = phase + g.padding[axis] - i * g.dilation[axis];
    if (distance % g.stride[axis] == 0) taps.push_back({i, distance / g.stride[axis]});
  }
  return taps;
}

// Inputs whose coordinates are equal modulo the stride meet the same weights: each such class is a
// correlation of grad_out, of stride one.
template <class T>
void input_gradient_as(const ConvolutionInputGradientCall& call, int64_t phase_row,
                       int64_t phase_column) {
  const ConvolutionGeometry& g = call.geometry;
  const Array &weight = call.weight, &out = call.grad_input;
  Correlation<T> c;
  c.source = call.grad_out;
  c.images = out.shape[0];
  c.groups = g.groups;
  c.in_channels = weight.shape[0] / g.groups;
  c.out_channels = weight.shape[1];
  c.rows = (out.shape[2] - phase_row + g.stride[0] - 1) / g.stride[0];
  c.columns = (out.shape[3] - phase_column + g.stride[1] - 1) / g.stride[1];
  if (c.rows <= 0 || c.columns <= 0) return;
  c.out = const_cast<void*>(element(out, 0, 0, phase_row, phase_column));
  c.out_dtype = out.dtype;
  const int64_t strides[4] = {out.strides[0], out.strides[1], out.strides[2] * g.stride[0],
                              out.strides[3] * g.stride[1]};
  for (int d = 0; d < 4; ++d) c.out_strides[d] = strides[d];
  c.bias = bias_of(call.bias);
  const std::vector<AxisTap> rows = taps_of_phase(g, 0, weight.shape[2], phase_row);
  const std::vector<AxisTap> columns = taps_of_phase(g, 1, weight.shape[3], phase_column);
  for (const AxisTap& row : rows) {
    for (const AxisTap& column : columns) c.taps.push_back({row.offset, column.offset});
  }
  if (c.taps.empty() || c.in_channels == 0) {
    const int64_t shape[4] = {c.images, out.shape[1], c.rows, c.columns};
    fill_with_bias({c.out, out.dtype, shape, strides}, c.bias);
    return;
  }
  const int64_t taps = static_cast<int64_t>(c.taps.size());
  const Scratch<T> dense(weight.shape[0] * weight.shape[1] * taps);
  T* to = dense.data();
  const Convert convert = converter(dtype_of<T>, weight.dtype);
  for (int64_t group = 0; group < g.groups; ++group) {
    for (int64_t i = 0; i < c.out_channels; ++i) {
      for (int64_t o = 0; o < c.in_channels; ++o) {
        for (const AxisTap& row : rows) {
          for (const AxisTap& column : columns) {
            convert(to++, 1,
                    element(weight, group * c.in_channels + o, i, row.kernel_index,
                            column.kernel_index),
                    1, 1);
          }
        }
      }
    }
  }
  c.weight = dense.data();
  correlate(c);
}

void input_gradient(const ConvolutionInputGradientCall& call) {
  if (call.grad_input.numel() == 0) return;
  if (call.grad_out.numel() == 0 || call.weight.numel() == 0) {
    fill_with_bias(call.grad_input, bias_of(call.bias));
    return;
  }
  for (int64_t row = 0; row < call.geometry.stride[0]; ++row) {
    for (int64_t column = 0; column < call.geometry.stride[1]; ++column) {
      if (call.grad_input.dtype == DType::Float64)
        input_gradient_as<double>(call, row, column);
      else
        input_gradient_as<float>(call, row, column);
    }
  }
}

template <class T>
void weight_gradient_as(const ConvolutionWeightGradientCall& call) {
  const ConvolutionGeometry& g = call.geometry;
  const Array &out = call.grad_weight, &grad_out = call.grad_out;
  WeightGradient<T> w;
  w.input = call.input;
  w.grad_out = grad_out;
  for (int64_t i = 0; i < out.shape[2]; ++i) {
    for (int64_t j = 0; j < out.shape[3]; ++j) {
      w.taps.push_back({i * g.dilation[0] - g.padding[0], j * g.dilation[1] - g.padding[1]});
    }
  }
  w.row_step = g.stride[0];
  w.column_step = g.stride[1];
  w.images = grad_out.shape[0];
  w.groups = g.groups;
  w.in_channels = out.shape[1];
  w.out_channels = out.shape[0] / g.groups;
  w.rows = grad_out.shape[2];
  w.columns = grad_out.shape[3];
  if (out.dtype == dtype_of<T> && out.is_contiguous()) {
    w.out = out.as<T>();
    weight_gradient(w);
    return;
  }
  const Scratch<T> dense(out.numel());
  w.out = dense.data();
  weight_gradient(w);
  const Convert convert = converter(out.dtype, dtype_of<T>);
  const T* from = dense.data();
  for (int64_t o = 0; o < out.shape[0]; ++o) {
    for (int64_t i = 0; i < out.shape[1]; ++i) {
      for (int64_t row = 0; row < out.shape[2]; ++row, from += out.shape[3]) {
        convert(const_cast<void*>(element(out, o, i, row, 0)), out.strides[3], from, 1,
                out.shape[3]);
      }
    }
  }
}

void weight_gradient_of(const ConvolutionWeightGradientCall& call) {
  if (call.grad_weight.numel() == 0) return;
  if (call.grad_out.numel() == 0)
    fill_with_bias(call.grad_weight, {});
  else if (call.grad_weight.dtype == DType::Float64)
    weight_gradient_as<double>(call);
  else
    weight_gradient_as<float>(call);
}

}  // namespace

ConvolutionKernels convolution_kernels() {
  return {
      .forward = forward, .input_gradient = input_gradient, .weight_gradient = weight_gradient_of};
}

}  // namespace taeda::cpu::inline TAEDA_ISA
