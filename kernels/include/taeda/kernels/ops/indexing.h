#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

struct IndexingKernels {};

}  // namespace taeda
