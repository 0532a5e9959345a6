#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

struct RandomKernels {};

}  // namespace taeda
