#include "families.h"

namespace taeda::cpu::inline TAEDA_ISA {

RandomKernels random_kernels() { return {}; }

}  // namespace taeda::cpu::inline TAEDA_ISA
