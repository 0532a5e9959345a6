#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

struct SortKernels {};

}  // namespace taeda
