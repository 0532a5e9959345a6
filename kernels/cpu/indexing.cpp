#include "families.h"

namespace taeda::cpu::inline TAEDA_ISA {

IndexingKernels indexing_kernels() { return {}; }

}  // namespace taeda::cpu::inline TAEDA_ISA
