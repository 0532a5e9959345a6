#include "body.h"

namespace taeda::cuda {

template <>
Launch<1> unary_launch<int64_t>(int op) {
  return pick_launch<int64_t, 1>(op, UnaryOps{});
}

}  // namespace taeda::cuda
