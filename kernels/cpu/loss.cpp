#include "families.h"

namespace taeda::cpu::inline TAEDA_ISA {

LossKernels loss_kernels() { return {}; }

}  // namespace taeda::cpu::inline TAEDA_ISA
