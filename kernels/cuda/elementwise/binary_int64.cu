#include "body.h"

namespace taeda::cuda {

template <>
Launch<2> binary_launch<int64_t>(int op) {
  return pick_launch<int64_t, 2>(op, BinaryOps{});
}

}  // namespace taeda::cuda
