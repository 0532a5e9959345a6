#include "loops.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
Loop unary_loop<float>(int op) {
  return pick_loop<float, 1>(op, UnaryOps{});
}

}  // namespace taeda::cpu::inline TAEDA_ISA
