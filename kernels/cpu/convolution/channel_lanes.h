// Correlations by tiles whose rows are neighbouring outputs and whose lanes are output channels:
// the window is read where it lies, and rows of outputs that do not fill vectors leave no lane
// idle.
#pragma once

#include "convolution/correlate.h"

namespace taeda::cpu::inline TAEDA_ISA {

// The same sums in the same order as any other way; false where it does not serve.
template <class T>
bool correlate_by_channels(const Correlation<T>& correlation);

}  // namespace taeda::cpu::inline TAEDA_ISA
