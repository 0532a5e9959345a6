#include "body.h"

namespace taeda::cuda {

template <>
Launch<1> unary_launch<float>(int op) {
  return pick_launch<float, 1>(op, UnaryOps{});
}

}  // namespace taeda::cuda
