// Correlations with few channels a group, such as depthwise ones: sums along rows of outputs.
#pragma once

#include "convolution/correlate.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Of each output channel: (group, out_channels, in_channels, taps).
template <class T>
std::vector<T> weights_of(const Correlation<T>& c) {
  std::vector<T> weights;
  weights.reserve(static_cast<size_t>(c.groups * c.out_channels * c.in_channels) * c.taps.size());
  for (int64_t i = 0; i < c.groups * c.out_channels; ++i) {
    const T* from = c.weight + i / c.out_channels * c.weight_group_stride +
                    i % c.out_channels * c.weight_row_stride;
    for (int64_t k = 0; k < c.in_channels; ++k, from += c.weight_channel_stride) {
      for (const int64_t tap : c.weight_taps) weights.push_back(from[tap]);
    }
  }
  return weights;
}

// The same sums in the same order as any other way; false where it does not serve.
template <class T>
bool correlate_directly(const Correlation<T>& correlation);

}  // namespace taeda::cpu::inline TAEDA_ISA
