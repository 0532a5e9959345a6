#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

struct ConvolutionKernels {};

}  // namespace taeda
