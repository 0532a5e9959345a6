#include "families.h"

namespace taeda::cpu::inline TAEDA_ISA {

SoftmaxKernels softmax_kernels() { return {}; }

}  // namespace taeda::cpu::inline TAEDA_ISA
