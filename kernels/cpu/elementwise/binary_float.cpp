#include "loops.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
Loop binary_loop<float>(int op) {
  return pick_loop<float, 2>(op, BinaryOps{});
}

}  // namespace taeda::cpu::inline TAEDA_ISA
