// Correlations by Winograd's products, which need a part of the multiplications only.
#pragma once

#include <optional>
#include <vector>

#include "convolution/parts.h"
#include "convolution/winograd_axis.h"

namespace taeda::cpu::inline TAEDA_ISA {

// The products for the slices of a window; none where its shape or step has no algorithm.
template <class T>
std::optional<Winograd<T>> winograd_of(const WindowGrid& grid, const Sizes3& step) {
  if (step[0] != 1) return {};
  for (int a = 1; a < 3; ++a) {
    // A gap between the places would have to be a multiple of the step.
    if (step[a] > 1 && grid.dilation[a] > 1) return {};
  }
  const Winograd<T> products{winograd_axis<T>(grid.size[1], step[1]),
                             winograd_axis<T>(grid.size[2], step[2])};
  if (!products.rows || !products.columns) return {};
  // The errors of two axes multiply: the largest window serves alone.
  const int taps = products.taps(), longest = std::max(products.rows->taps, products.columns->taps);
  if (taps == 1 || (longest == kMostWinogradTaps && taps > longest)) return {};
  return products;
}

// Of parts that share their weights: computes all images and returns those, ascending, that have to
// be computed by plain sums: a number that is not finite, or too large, reaches all outputs of its
// tile here.
template <class T>
std::vector<int64_t> correlate_by_winograd(const std::vector<Correlation<T>>& parts);

// Of one part: false where a result is not finite and has to be computed by plain sums.
template <class T>
bool weight_gradient_by_winograd(const WeightGradient<T>& gradient);

}  // namespace taeda::cpu::inline TAEDA_ISA
