#include "families.h"

namespace taeda::cpu::inline TAEDA_ISA {

ConvolutionKernels convolution_kernels() { return {}; }

}  // namespace taeda::cpu::inline TAEDA_ISA
