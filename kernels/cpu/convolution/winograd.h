// Correlations with windows of 3x3 by Winograd's products, which need a quarter of the
// multiplications.
#pragma once

#include <vector>

#include "convolution/correlate.h"
#include "convolution/weight_gradient.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Of one part: computes all images and returns those, ascending, that have to be computed by plain
// sums: a number that is not finite, or too large, reaches all outputs of its tile here.
template <class T>
std::vector<int64_t> correlate_by_winograd(const Correlation<T>& correlation);

// Of one part: false where a result is not finite and has to be computed by plain sums.
template <class T>
bool weight_gradient_by_winograd(const WeightGradient<T>& gradient);

}  // namespace taeda::cpu::inline TAEDA_ISA
