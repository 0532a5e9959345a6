// Pairs of correlations with few channels a group whose outputs lie in each other's gaps.
#pragma once

#include "convolution/correlate.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Both correlations, whose outputs are every second element of rows, from the first and from the
// second one on, and whose windows have the same rows. The same sums in the same order as any other
// way; false where it does not serve.
template <class T>
bool correlate_interleaved(const Correlation<T>& even, const Correlation<T>& odd);

}  // namespace taeda::cpu::inline TAEDA_ISA
