// Windows of one place over long lines: each image is a product of two matrices.
#pragma once

#include "convolution/correlate.h"

namespace taeda::cpu::inline TAEDA_ISA {

// The window slides over memory as over a line. The same sums in the same order as any other way;
// false where that does not pay, which does not depend on what lies there.
template <class T>
bool is_line_product(const Correlation<T>& correlation);
template <class T>
bool correlate_lines(const Correlation<T>& correlation);

}  // namespace taeda::cpu::inline TAEDA_ISA
