#include "body.h"

namespace taeda::cuda {

template <>
Launch<3> ternary_launch<float>(int op) {
  return pick_launch<float, 3>(op, TernaryOps{});
}

}  // namespace taeda::cuda
