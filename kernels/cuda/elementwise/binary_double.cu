#include "body.h"

namespace taeda::cuda {

template <>
Launch<2> binary_launch<double>(int op) {
  return pick_launch<double, 2>(op, BinaryOps{});
}

}  // namespace taeda::cuda
