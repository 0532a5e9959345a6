// Entry points of the convolutions.
#include <cstring>
#include <optional>
#include <vector>

#include "convolution/correlate.h"
#include "convolution/weight_gradient.h"
#include "families.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

const void* element(const Array& array, int64_t i, int64_t j, int64_t z = 0, int64_t y = 0) {
  const int64_t index =
      i * array.strides[0] + j * array.strides[1] + z * array.strides[2] + y * array.strides[3];
  return static_cast<const char*>(array.data) + index * size_of(array.dtype);
}

// Calls visit(i, j, z, y) for each row along the last of five axes.
template <class Visit>
void each_row(Sizes shape, Visit visit) {
  for (int64_t i = 0; i < shape[0]; ++i) {
    for (int64_t j = 0; j < shape[1]; ++j) {
      for (int64_t z = 0; z < shape[2]; ++z) {
        for (int64_t y = 0; y < shape[3]; ++y) visit(i, j, z, y);
      }
    }
  }
}

// out[n, c] = bias[c], where no weight meets an output.
void fill_with_bias(const Array& out, const Matrix& bias) {
  if (!bias.data && out.is_contiguous()) {
    constexpr int64_t piece = int64_t{1} << 16;
    const int64_t bytes = out.numel() * size_of(out.dtype);
    parallel_for(ceil_div(bytes, piece), 4, [&](int64_t first, int64_t end) {
      const int64_t last = std::min(end * piece, bytes);
      std::memset(out.as<char>() + first * piece, 0, static_cast<size_t>(last - first * piece));
    });
    return;
  }
  const int64_t zero = 0;  // all bits zero are the number zero in each dtype
  const Convert convert = converter(out.dtype, bias.data ? bias.dtype : out.dtype);
  each_row(out.shape, [&](int64_t n, int64_t c, int64_t z, int64_t y) {
    convert(const_cast<void*>(element(out, n, c, z, y)), out.strides[4],
            bias.data ? bias.at(c, 0) : &zero, 0, out.shape[4]);
  });
}

Matrix bias_of(const Array& bias) {
  if (!bias.data) return {};
  return {bias.data, bias.dtype, bias.strides[0], 0};
}

Sizes3 spatial(Sizes sizes) { return {sizes[2], sizes[3], sizes[4]}; }

// Calls visit(tap indices) for each tap of a window in order.
template <class Visit>
void each_tap(const Sizes3& size, Visit visit) {
  for (int64_t z = 0; z < size[0]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y) {
      for (int64_t x = 0; x < size[2]; ++x) visit(Sizes3{z, y, x});
    }
  }
}

std::vector<Tap> taps_of(const ConvolutionGeometry& g, const Sizes3& window) {
  std::vector<Tap> taps;
  each_tap(window, [&](const Sizes3& index) {
    Tap tap;
    for (int a = 0; a < 3; ++a) tap.at[a] = index[a] * g.dilation[a] - g.padding[a];
    taps.push_back(tap);
  });
  return taps;
}

// The weight as T: as it lies, or a contiguous copy.
template <class T>
class Weight {
 public:
  explicit Weight(const Array& weight) : data_(weight.as<const T>()) {
    for (int d = 0; d < 5; ++d) strides_[d] = weight.strides[d];
    if (weight.dtype == dtype_of<T>) return;
    T* to = copy_.emplace(weight.numel()).data();
    data_ = to;
    const Convert convert = converter(dtype_of<T>, weight.dtype);
    each_row(weight.shape, [&](int64_t o, int64_t i, int64_t z, int64_t y) {
      convert(to, 1, element(weight, o, i, z, y), weight.strides[4], weight.shape[4]);
      to += weight.shape[4];
    });
    for (int64_t d = 4, stride = 1; d >= 0; --d) {
      strides_[d] = stride;
      stride *= weight.shape[static_cast<size_t>(d)];
    }
  }

  const T* data() const { return data_; }
  int64_t stride(int d) const { return strides_[d]; }
  int64_t at(const Sizes3& tap) const {
    return tap[0] * strides_[2] + tap[1] * strides_[3] + tap[2] * strides_[4];
  }

 private:
  const T* data_;
  int64_t strides_[5];
  std::optional<Scratch<T>> copy_;
};

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
void input_gradient_as(const ConvolutionInputGradientCall& call, const Weight<T>& weight,
                       const Sizes3& phase) {
  const ConvolutionGeometry& g = call.geometry;
  const Array& out = call.grad_input;
  Correlation<T> c;
  c.source = call.grad_out;
  c.images = out.shape[0];
  c.groups = g.groups;
  c.in_channels = call.weight.shape[0] / g.groups;
  c.out_channels = call.weight.shape[1];
  const void* first = out.data;
  std::vector<AxisTap> axis_taps[3];
  for (int a = 0; a < 3; ++a) {
    const size_t d = static_cast<size_t>(2 + a);
    c.outputs[a] = (out.shape[d] - phase[a] + g.stride[a] - 1) / g.stride[a];
    if (c.outputs[a] <= 0) return;
    c.out_strides[d] = out.strides[d] * g.stride[a];
    first = static_cast<const char*>(first) + phase[a] * out.strides[d] * size_of(out.dtype);
    axis_taps[a] = taps_of_phase(g, a, call.weight.shape[d], phase[a]);
  }
  c.out = const_cast<void*>(first);
  c.out_dtype = out.dtype;
  c.out_strides[0] = out.strides[0];
  c.out_strides[1] = out.strides[1];
  c.bias = bias_of(call.bias);
  for (const AxisTap& z : axis_taps[0]) {
    for (const AxisTap& y : axis_taps[1]) {
      for (const AxisTap& x : axis_taps[2]) {
        c.taps.push_back({{z.offset, y.offset, x.offset}});
        c.weight_taps.push_back(weight.at({z.kernel_index, y.kernel_index, x.kernel_index}));
      }
    }
  }
  if (c.taps.empty()) return;
  c.weight = weight.data();
  c.weight_group_stride = c.in_channels * weight.stride(0);
  c.weight_row_stride = weight.stride(1);
  c.weight_channel_stride = weight.stride(0);
  correlate(std::move(c));
}

template <class T>
void input_gradients(const ConvolutionInputGradientCall& call) {
  const int64_t* stride = call.geometry.stride;
  bool all_met = true;  // by a weight
  for (int a = 0; a < 3; ++a) {
    for (int64_t phase = 0; phase < stride[a]; ++phase) {
      const int64_t window = call.weight.shape[static_cast<size_t>(2 + a)];
      all_met &= !taps_of_phase(call.geometry, a, window, phase).empty();
    }
  }
  if (!all_met) fill_with_bias(call.grad_input, bias_of(call.bias));
  const Weight<T> weight(call.weight);
  each_tap({stride[0], stride[1], stride[2]},
           [&](const Sizes3& phase) { input_gradient_as<T>(call, weight, phase); });
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
  w.input = call.input;
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
