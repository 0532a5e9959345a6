#include "folds.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
const Folds& folds<Half>(ReduceOp op) {
  return float_folds<float, Half>(op);
}

template <>
const Folds& folds<BFloat16>(ReduceOp op) {
  return float_folds<float, BFloat16>(op);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
