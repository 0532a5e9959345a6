// Correlations by plain sums of products: of any window, step, dilation and groups.
#pragma once

#include "convolution/correlate.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
void correlate_by_sums(const Correlation<T>& correlation);

}  // namespace taeda::cpu::inline TAEDA_ISA
