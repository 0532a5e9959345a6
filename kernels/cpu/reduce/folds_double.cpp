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

template <>
const Folds& exponential_sums<double>() {
  return exponential_folds<double>();
}

template <>
void finish_logarithms<double>(void* values, const void* centers, int64_t count) {
  log_and_add<double>(values, centers, count);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
