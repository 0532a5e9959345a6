#include "families.h"

namespace taeda::cpu::inline TAEDA_ISA {

OptimizerKernels optimizer_kernels() { return {}; }

}  // namespace taeda::cpu::inline TAEDA_ISA
