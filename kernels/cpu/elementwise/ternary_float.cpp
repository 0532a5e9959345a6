#include "loops.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
Loop ternary_loop<float>(int op) {
  return pick_loop<float, 3>(op, TernaryOps{});
}

}  // namespace taeda::cpu::inline TAEDA_ISA
