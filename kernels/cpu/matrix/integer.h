// Products of integer matrices.
#pragma once

#include "matrix/finish.h"

namespace taeda::cpu::inline TAEDA_ISA {

struct IntegerProduct {
  int64_t m, n, k;
  Matrix a, b, out, addend;
  int64_t alpha, beta;
};

// out = alpha * (a @ b) + beta * addend. T is the type of the maths, int32 or int64: it wraps
// around.
template <class T>
void multiply_integers(const IntegerProduct& product);

}  // namespace taeda::cpu::inline TAEDA_ISA
