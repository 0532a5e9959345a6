#include "loops.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
Loop ternary_loop<int32_t>(int op) {
  return pick_loop<int32_t, 3>(op, TernaryOps{});
}

}  // namespace taeda::cpu::inline TAEDA_ISA
