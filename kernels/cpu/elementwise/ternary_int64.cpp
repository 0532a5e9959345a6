#include "loops.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
Loop ternary_loop<int64_t>(int op) {
  return pick_loop<int64_t, 3>(op, TernaryOps{});
}

}  // namespace taeda::cpu::inline TAEDA_ISA
