#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

struct ScanKernels {};

}  // namespace taeda
