// The gradient of a convolution's weight, and with it that of the bias.
#pragma once

#include <vector>

#include "convolution/box.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
struct WeightGradient {
  Array input;     // (images, groups * in_channels, depth, height, width)
  Array grad_out;  // (images, groups * out_channels, outputs)
  std::vector<Tap> taps;
  Sizes3 step = {1, 1, 1};
  int64_t images = 0, groups = 1, in_channels = 0, out_channels = 0;  // channels of one group
  bool is_alone = true;  // not one of many that threads compute beside each other
  Sizes3 outputs = {};
  T* out = nullptr;   // (groups, out_channels, in_channels, taps), contiguous
  T* bias = nullptr;  // (groups * out_channels), or none
};

template <class T>
void weight_gradient(const WeightGradient<T>& gradient);

}  // namespace taeda::cpu::inline TAEDA_ISA
