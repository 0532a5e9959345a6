#include "loops.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
Loop unary_loop<uint8_t>(int op) {
  return pick_loop<uint8_t, 1>(op, UnaryOps{});
}
template <>
Loop unary_loop<int8_t>(int op) {
  return pick_loop<int8_t, 1>(op, UnaryOps{});
}
template <>
Loop unary_loop<int16_t>(int op) {
  return pick_loop<int16_t, 1>(op, UnaryOps{});
}

}  // namespace taeda::cpu::inline TAEDA_ISA
