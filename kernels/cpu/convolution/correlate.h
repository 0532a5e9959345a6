// Correlation of images with windows on the matrix engine: the forward pass and, with the roles of
// the channels exchanged, the gradient of the input.
#pragma once

#include <vector>

#include "convolution/plane.h"
#include "matrix/finish.h"

namespace taeda::cpu::inline TAEDA_ISA {

// out[n, g * out_channels + m, r, c] = finish(sum over channels and taps of source * weight)
template <class T>
struct Correlation {
  Array source;  // (images, groups * in_channels, height, width)
  std::vector<Tap> taps;
  int64_t row_step = 1, column_step = 1;

  int64_t images = 0, groups = 1, in_channels = 0, out_channels = 0;  // channels of one group
  const T* weight = nullptr;  // (groups, out_channels, in_channels, taps), contiguous

  // The output, whose rows and columns may be part of a larger array.
  void* out = nullptr;
  DType out_dtype = DType::Float32;
  int64_t rows = 0, columns = 0;
  int64_t out_strides[4] = {};

  Matrix bias;  // data is null where there is none; row_stride is its stride
  Loop activation = nullptr;
  Params params = nullptr;
};

template <class T>
void correlate(const Correlation<T>& correlation);

}  // namespace taeda::cpu::inline TAEDA_ISA
