#include "loops.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
Loop unary_loop<double>(int op) {
  return pick_loop<double, 1>(op, UnaryOps{});
}

}  // namespace taeda::cpu::inline TAEDA_ISA
