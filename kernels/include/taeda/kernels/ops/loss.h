#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

struct LossKernels {};

}  // namespace taeda
