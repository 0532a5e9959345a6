#include "loops.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
Loop binary_loop<int32_t>(int op) {
  return pick_loop<int32_t, 2>(op, BinaryOps{});
}
template <>
Loop binary_loop<int64_t>(int op) {
  return pick_loop<int64_t, 2>(op, BinaryOps{});
}
template <>
Loop binary_loop<bool>(int op) {
  return pick_loop<bool, 2>(op, BinaryOps{});
}

}  // namespace taeda::cpu::inline TAEDA_ISA
