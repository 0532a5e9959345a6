#include "families.h"

namespace taeda::cpu::inline TAEDA_ISA {

NormalizationKernels normalization_kernels() { return {}; }

}  // namespace taeda::cpu::inline TAEDA_ISA
