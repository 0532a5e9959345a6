#include "body.h"

namespace taeda::cuda {

template <>
Launch<3> ternary_launch<int64_t>(int op) {
  return pick_launch<int64_t, 3>(op, TernaryOps{});
}

}  // namespace taeda::cuda
