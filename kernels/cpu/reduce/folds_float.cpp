#include "folds.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
const Folds& folds<float>(ReduceOp op) {
  return float_folds<float>(op);
}

template <>
const Folds& squared_deviations<float>() {
  return deviation_folds<float>();
}

}  // namespace taeda::cpu::inline TAEDA_ISA
