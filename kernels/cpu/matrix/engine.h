// The matrix engine: products of two matrices in float or double.
#pragma once

#include "matrix/finish.h"
#include "taeda/kernels/parallel.h"

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

// Products below this many multiply-adds run in the calling thread; below the second, another is
// not woken for them.
inline constexpr int64_t kSerialWork = int64_t{1} << 18, kLongWork = 8 * kSerialWork;

// Calls run(first, end) for products of `work` multiply-adds each: one after the other where each
// keeps all cores busy by tasks of its own, else side by side.
template <class Run>
void each_product(int64_t count, int64_t work, Run run) {
  constexpr int64_t many = 16;  // so many keep all cores busy
  if (count < many && work >= 16 * kSerialWork)
    run(0, count);
  else
    parallel_for(count, std::max<int64_t>(1, kSerialWork / 2 / std::max<int64_t>(1, work)), run,
                 loop_length(count * work, kLongWork));
}

}  // namespace taeda::cpu::inline TAEDA_ISA
