#include "body.h"

namespace taeda::cuda {

template <>
Launch<2> binary_launch<float>(int op) {
  return pick_launch<float, 2>(op, BinaryOps{});
}

}  // namespace taeda::cuda
