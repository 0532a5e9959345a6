// Products of few rows, matrix-vector products among them: as fast as b is read.
#pragma once

#include "matrix/operands.h"

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int64_t kFewRows = 4;
inline constexpr int64_t kReadWork = 8;  // reading a value of b, in multiply-adds

// m is at most kFewRows.
template <class T>
void multiply_few_rows(const Operands<T>& operands);

}  // namespace taeda::cpu::inline TAEDA_ISA
