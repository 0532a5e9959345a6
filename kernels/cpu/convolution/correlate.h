// Correlation of images with windows: the forward pass and, with the roles of the channels
// exchanged, the gradient of the input.
#pragma once

#include <vector>

#include "convolution/sliding_window.h"
#include "matrix/finish.h"

namespace taeda::cpu::inline TAEDA_ISA {

// out[n, g * out_channels + m, o] = activation(bias + sum over channels and taps of source *
// weight), in that order.
template <class T>
struct Correlation : SlidingWindow {
  // weight[g * group_stride + m * row_stride + c * channel_stride + weight_taps[t]]
  const T* weight = nullptr;
  int64_t weight_group_stride = 0, weight_row_stride = 0, weight_channel_stride = 0;
  std::vector<int64_t> weight_taps;

  // The output, which may be part of a larger array.
  void* out = nullptr;
  DType out_dtype = DType::Float32;
  int64_t out_strides[5] = {};
  // Channels of the output that lie in each other's gaps: channel m is number m % phases.size() of
  // those that begin at m / phases.size() * out_strides[1], each at its phase.
  std::vector<int64_t> phases = {0};

  Matrix bias;  // data is null where there is none; row_stride is its stride
  Loop activation = nullptr;
  Params params = nullptr;
};

// Whether the weights of each output channel lie in the order of its sums.
template <class T>
bool weights_lie_in_order(const Correlation<T>& c) {
  const int64_t taps = std::ssize(c.weight_taps);
  for (int64_t t = 0; t < taps; ++t) {
    if (c.weight_taps[static_cast<size_t>(t)] != t) return false;
  }
  return c.weight_channel_stride == taps;
}

template <class T>
void correlate(Correlation<T> correlation);

// Whether Winograd's products of all phases' channels, whose windows have these taps and fit into
// that of the correlation, cost less than one correlation for each phase.
bool phases_share(const Correlation<float>& correlation, const std::vector<std::vector<Tap>>& taps);

}  // namespace taeda::cpu::inline TAEDA_ISA
