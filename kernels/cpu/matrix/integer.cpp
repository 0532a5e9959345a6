#include "matrix/integer.h"

#include <algorithm>

#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// A row of a matrix as contiguous values of T.
template <class T>
void load_row(const Matrix& matrix, int64_t row, int64_t count, T* to) {
  constexpr DType dtype = sizeof(T) == 4 ? DType::Int32 : DType::Int64;
  converter(dtype, matrix.dtype)(to, 1, matrix.at(row, 0), matrix.column_stride, count);
}

}  // namespace

template <class T>
void multiply_integers(const IntegerProduct& p) {
  if (p.m == 0 || p.n == 0) return;
  constexpr DType dtype = sizeof(T) == 4 ? DType::Int32 : DType::Int64;
  const Scratch<T> b(p.k * p.n);
  for (int64_t k = 0; k < p.k; ++k) load_row(p.b, k, p.n, b.data() + k * p.n);
  const int64_t work = std::max<int64_t>(1, p.n * p.k);
  parallel_for(p.m, std::max<int64_t>(1, (1 << 17) / work), [&](int64_t begin, int64_t end) {
    const Scratch<T> row(p.k), sums(p.n), addend(p.addend.data ? p.n : 0);
    for (int64_t i = begin; i < end; ++i) {
      load_row(p.a, i, p.k, row.data());
      T* sum = sums.data();
      std::fill_n(sum, p.n, T(0));
      for (int64_t k = 0; k < p.k; ++k) {
        const T value = row[k];
        const T* line = b.data() + k * p.n;
        for (int64_t j = 0; j < p.n; ++j) sum[j] += value * line[j];
      }
      if (p.alpha != 1) {
        for (int64_t j = 0; j < p.n; ++j) sum[j] *= static_cast<T>(p.alpha);
      }
      if (p.addend.data) {
        load_row(p.addend, i, p.n, addend.data());
        for (int64_t j = 0; j < p.n; ++j) sum[j] += static_cast<T>(p.beta) * addend[j];
      }
      converter(p.out.dtype, dtype)(p.out.at(i, 0), p.out.column_stride, sum, 1, p.n);
    }
  });
}

template void multiply_integers<uint32_t>(const IntegerProduct&);
template void multiply_integers<uint64_t>(const IntegerProduct&);

}  // namespace taeda::cpu::inline TAEDA_ISA
