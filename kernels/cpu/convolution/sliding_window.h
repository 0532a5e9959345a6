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

// More sums than these pay to pack for.
inline bool has_few_sums(const SlidingWindow& window) {
  return window.out_channels <= 2 || (window.in_channels == 1 && window.taps.size() <= 9);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
