#include "families.h"

namespace taeda::cpu::inline TAEDA_ISA {

PoolKernels pool_kernels() { return {}; }

}  // namespace taeda::cpu::inline TAEDA_ISA
