#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

struct NormalizationKernels {};

}  // namespace taeda
