#include "body.h"

namespace taeda::cuda {

template <>
Launch<3> ternary_launch<double>(int op) {
  return pick_launch<double, 3>(op, TernaryOps{});
}

}  // namespace taeda::cuda
