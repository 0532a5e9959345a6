#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

struct MatmulKernels {};

}  // namespace taeda
