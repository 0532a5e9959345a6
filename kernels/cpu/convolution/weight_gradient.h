// The gradient of a convolution's weight, and with it that of the bias.
#pragma once

#include "convolution/sliding_window.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
struct WeightGradient : SlidingWindow {
  Array grad_out;        // (images, groups * out_channels, outputs)
  T* out = nullptr;      // (groups, out_channels, in_channels, taps), contiguous
  T* bias = nullptr;     // (groups * out_channels), or none
  bool is_alone = true;  // not one of many that threads compute beside each other
};

template <class T>
void weight_gradient(const WeightGradient<T>& gradient);

}  // namespace taeda::cpu::inline TAEDA_ISA
