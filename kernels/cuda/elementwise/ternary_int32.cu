#include "body.h"

namespace taeda::cuda {

template <>
Launch<3> ternary_launch<int32_t>(int op) {
  return pick_launch<int32_t, 3>(op, TernaryOps{});
}

}  // namespace taeda::cuda
