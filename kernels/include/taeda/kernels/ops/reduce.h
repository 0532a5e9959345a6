#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

struct ReduceKernels {};

}  // namespace taeda
