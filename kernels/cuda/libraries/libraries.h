// Kernels that call a library of the device's maker where it is installed, allowed, and takes the
// call; the own ones otherwise.
#pragma once

#include <string>

#include "taeda/kernels/libraries.h"
#include "taeda/kernels/registry.h"

namespace taeda::cuda {

MatmulKernels with_cublas(const MatmulKernels& own);
// The product that with_cublas has made.
void multiply(const MatmulCall& call);
ConvolutionKernels with_cudnn(const ConvolutionKernels& own);

int64_t library_version(MakerLibrary library, std::string& problem);

}  // namespace taeda::cuda
