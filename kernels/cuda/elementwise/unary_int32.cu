#include "body.h"

namespace taeda::cuda {

template <>
Launch<1> unary_launch<int32_t>(int op) {
  return pick_launch<int32_t, 1>(op, UnaryOps{});
}

}  // namespace taeda::cuda
