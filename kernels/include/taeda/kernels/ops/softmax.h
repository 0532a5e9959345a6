#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

struct SoftmaxKernels {};

}  // namespace taeda
