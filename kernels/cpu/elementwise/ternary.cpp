#include "loops.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
Loop ternary_loop<float>(int op) {
  return pick_loop<float, 3>(op, TernaryOps{});
}
template <>
Loop ternary_loop<double>(int op) {
  return pick_loop<double, 3>(op, TernaryOps{});
}
template <>
Loop ternary_loop<uint8_t>(int op) {
  return pick_loop<uint8_t, 3>(op, TernaryOps{});
}
template <>
Loop ternary_loop<int8_t>(int op) {
  return pick_loop<int8_t, 3>(op, TernaryOps{});
}
template <>
Loop ternary_loop<int16_t>(int op) {
  return pick_loop<int16_t, 3>(op, TernaryOps{});
}
template <>
Loop ternary_loop<int32_t>(int op) {
  return pick_loop<int32_t, 3>(op, TernaryOps{});
}
template <>
Loop ternary_loop<int64_t>(int op) {
  return pick_loop<int64_t, 3>(op, TernaryOps{});
}
template <>
Loop ternary_loop<bool>(int op) {
  return pick_loop<bool, 3>(op, TernaryOps{});
}

}  // namespace taeda::cpu::inline TAEDA_ISA
