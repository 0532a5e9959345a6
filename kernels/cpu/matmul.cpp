#include "families.h"

namespace taeda::cpu::inline TAEDA_ISA {

MatmulKernels matmul_kernels() { return {}; }

}  // namespace taeda::cpu::inline TAEDA_ISA
