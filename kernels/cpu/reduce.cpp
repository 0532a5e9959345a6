#include "families.h"

namespace taeda::cpu::inline TAEDA_ISA {

ReduceKernels reduce_kernels() { return {}; }

}  // namespace taeda::cpu::inline TAEDA_ISA
