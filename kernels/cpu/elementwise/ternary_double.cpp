#include "loops.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
Loop ternary_loop<double>(int op) {
  return pick_loop<double, 3>(op, TernaryOps{});
}

}  // namespace taeda::cpu::inline TAEDA_ISA
