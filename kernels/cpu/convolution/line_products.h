// Windows of one place over long lines: each image is a product of two matrices.
#pragma once

#include "convolution/correlate.h"

namespace taeda::cpu::inline TAEDA_ISA {

// The same sums in the same order as any other way; false where that does not pay. The window
// slides over memory as over a line.
template <class T>
bool correlate_lines(const Correlation<T>& correlation);

}  // namespace taeda::cpu::inline TAEDA_ISA
