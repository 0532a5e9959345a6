#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

struct OptimizerKernels {};

}  // namespace taeda
