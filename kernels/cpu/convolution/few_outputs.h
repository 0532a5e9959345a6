// Correlations of a few outputs with many weights.
#pragma once

#include "convolution/correlate.h"

namespace taeda::cpu::inline TAEDA_ISA {

// What the windows of each image meet is laid out as a matrix, so that the weights are read where
// they lie. The same sums in the same order as any other way; false where that does not pay.
template <class T>
bool correlate_few_outputs(const Correlation<T>& correlation);

}  // namespace taeda::cpu::inline TAEDA_ISA
