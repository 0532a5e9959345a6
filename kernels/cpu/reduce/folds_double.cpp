#include "folds.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
const Folds& folds<double>(ReduceOp op) {
  return float_folds<double>(op);
}

template <>
const Folds& squared_deviations<double>() {
  return deviation_folds<double>();
}

}  // namespace taeda::cpu::inline TAEDA_ISA
