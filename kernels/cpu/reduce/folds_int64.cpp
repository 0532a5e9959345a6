#include "folds.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <>
const Folds& folds<int64_t>(ReduceOp op) {
  return number_folds<int64_t>(op);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
