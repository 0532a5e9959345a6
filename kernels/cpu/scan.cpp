#include "families.h"

namespace taeda::cpu::inline TAEDA_ISA {

ScanKernels scan_kernels() { return {}; }

}  // namespace taeda::cpu::inline TAEDA_ISA
