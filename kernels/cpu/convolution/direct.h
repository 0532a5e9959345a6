// Correlations with few channels a group, such as depthwise ones: sums along rows of outputs.
#pragma once

#include "convolution/correlate.h"

namespace taeda::cpu::inline TAEDA_ISA {

// The weights of each output channel in the order of its sums, where they lie if that is theirs.
template <class T>
class ChannelWeights {
 public:
  explicit ChannelWeights(const Correlation<T>& c)
      : first_(c.weight), size_(c.in_channels * std::ssize(c.weight_taps)) {
    if (weights_lie_in_order(c) && c.weight_row_stride == size_ &&
        c.weight_group_stride == c.out_channels * size_) {
      return;
    }
    copied_.resize(static_cast<size_t>(c.groups * c.out_channels * size_));
    T* to = copied_.data();
    for (int64_t i = 0; i < c.groups * c.out_channels; ++i) {
      const T* from = c.weight + i / c.out_channels * c.weight_group_stride +
                      i % c.out_channels * c.weight_row_stride;
      for (int64_t k = 0; k < c.in_channels; ++k, from += c.weight_channel_stride) {
        for (const int64_t tap : c.weight_taps) *to++ = from[tap];
      }
    }
    first_ = copied_.data();
  }
  ChannelWeights(const ChannelWeights&) = delete;

  // (in_channels, taps) of output channel `channel` of all groups.
  const T* of(int64_t channel) const { return first_ + channel * size_; }

 private:
  std::vector<T> copied_;
  const T* first_;
  int64_t size_;
};

// The same sums in the same order as any other way; false where it does not serve.
template <class T>
bool correlate_directly(const Correlation<T>& correlation);

}  // namespace taeda::cpu::inline TAEDA_ISA
