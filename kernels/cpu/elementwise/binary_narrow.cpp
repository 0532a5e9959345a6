#include "loops.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
Loop binary_loop<uint8_t>(int op) {
  return pick_loop<uint8_t, 2>(op, BinaryOps{});
}
template <>
Loop binary_loop<int8_t>(int op) {
  return pick_loop<int8_t, 2>(op, BinaryOps{});
}
template <>
Loop binary_loop<int16_t>(int op) {
  return pick_loop<int16_t, 2>(op, BinaryOps{});
}

}  // namespace taeda::cpu::inline TAEDA_ISA
