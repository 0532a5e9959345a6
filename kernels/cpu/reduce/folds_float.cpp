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

template <>
const Folds& exponential_sums<float>() {
  return exponential_folds<float>();
}

template <>
void finish_logarithms<float>(void* values, const void* centers, int64_t count) {
  log_and_add<float>(values, centers, count);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
