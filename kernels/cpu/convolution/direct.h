// Correlations with few channels a group, such as depthwise ones: sums along rows of outputs.
#pragma once

#include "convolution/correlate.h"

namespace taeda::cpu::inline TAEDA_ISA {

// The same sums in the same order as any other way; false where it does not serve.
template <class T>
bool correlate_directly(const Correlation<T>& correlation);

}  // namespace taeda::cpu::inline TAEDA_ISA
