// The gradient of a convolution's input, which is a convolution of the gradient.
#pragma once

#include <limits>

#include "convolution/call.h"
#include "convolution/interleaved.h"
#include "convolution/patches.h"
#include "convolution/winograd.h"

namespace taeda::cpu::inline TAEDA_ISA {

// The taps along one axis that reach inputs whose index is `phase` modulo the stride.
struct AxisTap {
  int64_t kernel_index, offset;
};
inline std::vector<AxisTap> taps_of_phase(const ConvolutionGeometry& g, int axis, int64_t kernel,
                                          int64_t phase) {
  std::vector<AxisTap> taps;
  for (int64_t i = 0; i < kernel; ++i) {
    const int64_t distance = phase + g.padding[axis] - i * g.dilation[axis];
    if (distance % g.stride[axis] == 0) taps.push_back({i, distance / g.stride[axis]});
  }
  return taps;
}

// Inputs whose coordinates are equal modulo the stride meet the same weights: each such class is a
// correlation of grad_out, of stride one. One without outputs has no images.
template <class T>
Correlation<T> correlation_of_phase(const ConvolutionInputGradientCall& call,
                                    const Weight<T>& weight, const Sizes3& phase) {
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
    if (c.outputs[a] <= 0) return {};
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
  c.weight = weight.data();
  c.weight_group_stride = c.in_channels * weight.stride(0);
  c.weight_row_stride = weight.stride(1);
  c.weight_channel_stride = weight.stride(0);
  return c;
}

// The phases of a row of inputs.
template <class T>
void input_gradient_of_rows(const ConvolutionInputGradientCall& call, const Weight<T>& weight,
                            int64_t z, int64_t y) {
  std::vector<Correlation<T>> phases;
  for (int64_t x = 0; x < call.geometry.stride[2]; ++x) {
    Correlation<T> c = correlation_of_phase(call, weight, {z, y, x});
    if (c.images > 0 && !c.taps.empty()) phases.push_back(std::move(c));
  }
  const bool pair = call.geometry.stride[2] == 2 && phases.size() == 2;
  if (pair && correlate_interleaved(phases[0], phases[1])) return;
  for (Correlation<T>& c : phases) correlate(std::move(c));
}

// Phases of one size are one correlation, whose output channels lie in each other's gaps: they
// share what has to be done with the gradient. Windows that do not reach as far as another phase's
// get zeros. Returns the images that are left.
inline std::optional<std::vector<int64_t>> input_gradient_of_phases(
    const ConvolutionInputGradientCall& call, const Weight<float>& weight) {
  const ConvolutionGeometry& g = call.geometry;
  const Array& out = call.grad_input;
  const int64_t phases = g.stride[1] * g.stride[2], channels = call.weight.shape[1];
  if (g.groups > 1 || g.stride[0] > 1 || phases == 1) return {};
  Correlation<float> c;
  Sizes3 low = {}, size = {};
  std::vector<std::vector<AxisTap>> axis_taps[3];
  for (int a = 0; a < 3; ++a) {
    const size_t d = static_cast<size_t>(2 + a);
    if (out.shape[d] % g.stride[a] != 0) return {};
    int64_t high = std::numeric_limits<int64_t>::min();
    low[a] = std::numeric_limits<int64_t>::max();
    for (int64_t phase = 0; phase < g.stride[a]; ++phase) {
      axis_taps[a].push_back(taps_of_phase(g, a, call.weight.shape[d], phase));
      for (const AxisTap& tap : axis_taps[a].back()) {
        low[a] = std::min(low[a], tap.offset);
        high = std::max(high, tap.offset);
      }
    }
    size[a] = high - low[a] + 1;
    c.outputs[a] = out.shape[d] / g.stride[a];
    c.out_strides[d] = out.strides[d] * g.stride[a];
  }
  c.source = call.grad_out;
  c.images = out.shape[0];
  c.in_channels = call.weight.shape[0];
  c.out_channels = channels * phases;
  c.out = out.data;
  c.out_dtype = out.dtype;
  c.out_strides[0] = out.strides[0];
  c.out_strides[1] = out.strides[1];
  each_tap(size, [&](const Sizes3& at) {
    c.weight_taps.push_back(static_cast<int64_t>(c.taps.size()));
    c.taps.push_back({{low[0] + at[0], low[1] + at[1], low[2] + at[2]}});
  });
  // Calls visit(tap of the kernel, place in the window) for each tap of a phase.
  const auto each_tap_of = [&](const Sizes3& phase, auto visit) {
    for (const AxisTap& z : axis_taps[0][static_cast<size_t>(phase[0])]) {
      for (const AxisTap& y : axis_taps[1][static_cast<size_t>(phase[1])]) {
        for (const AxisTap& x : axis_taps[2][static_cast<size_t>(phase[2])]) {
          visit(Sizes3{z.kernel_index, y.kernel_index, x.kernel_index},
                static_cast<size_t>(((z.offset - low[0]) * size[1] + y.offset - low[1]) * size[2] +
                                    x.offset - low[2]));
        }
      }
    }
  };
  std::vector<std::vector<Tap>> taps;
  c.phases.clear();
  each_tap({1, g.stride[1], g.stride[2]}, [&](const Sizes3& phase) {
    c.phases.push_back(phase[1] * out.strides[3] + phase[2] * out.strides[4]);
    std::vector<Tap>& of_phase = taps.emplace_back();
    each_tap_of(phase, [&](const Sizes3&, size_t place) { of_phase.push_back(c.taps[place]); });
  });
  if (!phases_share(c, taps)) return {};

  const int64_t window = static_cast<int64_t>(c.taps.size());
  std::vector<float> weights(static_cast<size_t>(c.out_channels * c.in_channels * window));
  c.weight = weights.data();
  c.weight_row_stride = c.in_channels * window;
  c.weight_channel_stride = window;
  float* first = weights.data();
  each_tap({1, g.stride[1], g.stride[2]}, [&](const Sizes3& phase) {
    each_tap_of(phase, [&](const Sizes3& tap, size_t place) {
      const float* from = weight.data() + weight.at(tap);
      for (int64_t o = 0; o < c.in_channels; ++o) {
        for (int64_t i = 0; i < channels; ++i) {
          first[i * phases * c.weight_row_stride + o * window + static_cast<int64_t>(place)] =
              from[o * weight.stride(0) + i * weight.stride(1)];
        }
      }
    });
    first += c.weight_row_stride;
  });
  std::vector<float> biases;
  if (const Matrix bias = bias_of(call.bias); bias.data) {
    biases.resize(static_cast<size_t>(c.out_channels));
    for (int64_t m = 0; m < c.out_channels; ++m) {
      converter(DType::Float32, bias.dtype)(&biases[static_cast<size_t>(m)], 1,
                                            bias.at(m / phases, 0), 1, 1);
    }
    c.bias = {biases.data(), DType::Float32, 1, 0};
  }
  return correlate_by_winograd<float>({c});
}

// One image of a batch.
struct ImageOf {
  int64_t shape[5];
  Array array;

  ImageOf(const Array& batch, int64_t image) : array(batch) {
    std::copy_n(batch.shape.begin(), 5, shape);
    shape[0] = 1;
    array.shape = shape;
    array.data = static_cast<char*>(batch.data) + image * batch.strides[0] * size_of(batch.dtype);
  }
  ImageOf(const ImageOf&) = delete;
};

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
  const Weight<T> weight(call.weight);
  if (PatchGradient<T>::serves(call, weight)) return PatchGradient<T>(call, weight).run();
  if (!all_met) fill_with_bias(call.grad_input, bias_of(call.bias));
  const auto by_phases = [&](const ConvolutionInputGradientCall& some) {
    for (int64_t z = 0; z < stride[0]; ++z) {
      for (int64_t y = 0; y < stride[1]; ++y) input_gradient_of_rows(some, weight, z, y);
    }
  };
  if constexpr (std::is_same_v<T, float>) {
    if (const auto left = input_gradient_of_phases(call, weight)) {
      for (const int64_t image : *left) {
        const ImageOf out(call.grad_input, image), gradient(call.grad_out, image);
        ConvolutionInputGradientCall one = call;
        one.grad_input = out.array;
        one.grad_out = gradient.array;
        by_phases(one);
      }
      return;
    }
  }
  by_phases(call);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
