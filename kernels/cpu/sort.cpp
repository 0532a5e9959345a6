#include "families.h"

namespace taeda::cpu::inline TAEDA_ISA {

SortKernels sort_kernels() { return {}; }

}  // namespace taeda::cpu::inline TAEDA_ISA
