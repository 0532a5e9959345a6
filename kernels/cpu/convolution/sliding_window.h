// What a correlation and the gradient of its weight share.
#pragma once

#include <vector>

#include "convolution/box.h"

namespace taeda::cpu::inline TAEDA_ISA {

// A window that slides over images of several channels.
struct SlidingWindow {
  Array source;  // (images, groups * in_channels, depth, height, width)
  std::vector<Tap> taps;
  Sizes3 step = {1, 1, 1};
  int64_t images = 0, groups = 1, in_channels = 0, out_channels = 0;  // channels of one group
  Sizes3 outputs = {};
};

// Whether windows are read where the source lies.
template <class T>
bool reads_source(const SlidingWindow& window) {
  return window.source.dtype == dtype_of<T> &&
         BoxLayout::is_source(window.taps, window.step, window.outputs, window.source);
}

// Where a channel of a region of such windows begins.
inline int64_t start_in_source(const Array& source, const Region& region, int64_t channel) {
  const int64_t* strides = source.strides.data();
  return region.image * strides[0] + channel * strides[1] + region.first[0] * strides[2] +
         region.first[1] * strides[3] + region.first[2];
}

// More sums than these pay to pack for.
inline bool has_few_sums(const SlidingWindow& window) {
  return window.out_channels <= 2 || (window.in_channels == 1 && window.taps.size() <= 9);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
