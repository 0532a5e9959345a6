#include "body.h"

namespace taeda::cuda {

template <>
Launch<1> unary_launch<double>(int op) {
  return pick_launch<double, 1>(op, UnaryOps{});
}

}  // namespace taeda::cuda
