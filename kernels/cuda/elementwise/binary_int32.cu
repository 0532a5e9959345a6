#include "body.h"

namespace taeda::cuda {

template <>
Launch<2> binary_launch<int32_t>(int op) {
  return pick_launch<int32_t, 2>(op, BinaryOps{});
}

}  // namespace taeda::cuda
