// Convolutions by plain sums of products: of any window, step, dilation and groups.
#pragma once

#include "convolution/correlate.h"
#include "convolution/weight_gradient.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
void correlate_by_sums(const Correlation<T>& correlation);
template <class T>
void weight_gradient_by_sums(const WeightGradient<T>& gradient);

}  // namespace taeda::cpu::inline TAEDA_ISA
