// The entries of the kernel table that are not kernels.
#pragma once

#include "taeda/kernels/registry.h"

namespace taeda::cuda {

MemoryKernels memory_kernels();
RuntimeKernels runtime_kernels();

}  // namespace taeda::cuda
