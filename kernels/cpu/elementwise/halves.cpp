#include "loops.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
Loop unary_loop<Half>(int op) {
  return pick_loop<Half, 1>(op, UnaryOps{});
}
template <>
Loop unary_loop<BFloat16>(int op) {
  return pick_loop<BFloat16, 1>(op, UnaryOps{});
}
template <>
Loop binary_loop<Half>(int op) {
  return pick_loop<Half, 2>(op, BinaryOps{});
}
template <>
Loop binary_loop<BFloat16>(int op) {
  return pick_loop<BFloat16, 2>(op, BinaryOps{});
}
template <>
Loop ternary_loop<Half>(int op) {
  return pick_loop<Half, 3>(op, TernaryOps{});
}
template <>
Loop ternary_loop<BFloat16>(int op) {
  return pick_loop<BFloat16, 3>(op, TernaryOps{});
}

}  // namespace taeda::cpu::inline TAEDA_ISA
