#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

struct PoolKernels {};

}  // namespace taeda
