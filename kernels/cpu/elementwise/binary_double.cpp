#include "loops.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
Loop binary_loop<double>(int op) {
  return pick_loop<double, 2>(op, BinaryOps{});
}

}  // namespace taeda::cpu::inline TAEDA_ISA
