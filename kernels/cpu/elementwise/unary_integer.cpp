#include "loops.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
Loop unary_loop<int32_t>(int op) {
  return pick_loop<int32_t, 1>(op, UnaryOps{});
}
template <>
Loop unary_loop<int64_t>(int op) {
  return pick_loop<int64_t, 1>(op, UnaryOps{});
}
template <>
Loop unary_loop<bool>(int op) {
  return pick_loop<bool, 1>(op, UnaryOps{});
}

}  // namespace taeda::cpu::inline TAEDA_ISA
