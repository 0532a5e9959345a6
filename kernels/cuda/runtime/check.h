// Every call of CUDA is checked.
#pragma once

#include <cuda_runtime.h>

namespace taeda::cuda {

// Throws RuntimeError: what was done, and CUDA's own words.
void check(cudaError_t error, const char* what);

}  // namespace taeda::cuda
