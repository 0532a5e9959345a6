// The matrix engine: products of two matrices in float or double.
#pragma once

#include "matrix/finish.h"

namespace taeda::cpu::inline TAEDA_ISA {

// finish(a @ b) with a (m, k) and b (k, n) of any float dtype and strides.
template <class T>
struct Product {
  int64_t m, n, k;
  Matrix a, b;
  Finish<T> finish;
};

template <class T>
void multiply(Product<T> product);

// The same for small matrices of T: false where they are not so. Costs a few nanoseconds beside the
// sums themselves.
template <class T>
bool multiply_small(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b,
                    const Finish<T>& finish);

// Products below this many multiply-adds run in the calling thread: waking another costs more.
inline constexpr int64_t kSerialWork = int64_t{1} << 19;

}  // namespace taeda::cpu::inline TAEDA_ISA
