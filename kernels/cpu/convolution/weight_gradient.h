// The gradient of a convolution's weight.
#pragma once

#include <vector>

#include "convolution/plane.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
struct WeightGradient {
  Array input;     // (images, groups * in_channels, height, width)
  Array grad_out;  // (images, groups * out_channels, rows, columns)
  std::vector<Tap> taps;
  int64_t row_step = 1, column_step = 1;
  int64_t images = 0, groups = 1, in_channels = 0, out_channels = 0;  // channels of one group
  int64_t rows = 0, columns = 0;
  T* out = nullptr;  // (groups, out_channels, in_channels, taps), contiguous
};

template <class T>
void weight_gradient(const WeightGradient<T>& gradient);

}  // namespace taeda::cpu::inline TAEDA_ISA
