#include "matrix/integer.h"

#include <algorithm>

#include "rounding.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"
#include "taeda/kernels/simd/partial.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

template <class T>
constexpr DType kType = sizeof(T) == 4 ? DType::Int32 : DType::Int64;

// Part of a row of a matrix as contiguous values of T.
template <class T>
void load_row(const Matrix& matrix, int64_t row, int64_t column, int64_t count, T* to) {
  converter(kType<T>, matrix.dtype)(to, 1, matrix.at(row, column), matrix.column_stride, count);
}

constexpr int kRows = 4;                              // of a tile of sums in registers
constexpr int kVectors = kVectorBytes == 64 ? 4 : 2;  // of each of its rows

constexpr int64_t kColumns = 256;             // of a task
constexpr int64_t kGrain = int64_t{1} << 14;  // values that a task converts

// sums[i][j] = sum over k of rows[i][k] * b[k][j] for kRows rows and `count` columns, which fill
// Vectors of T but for the last.
template <int Vectors, class T>
void sum_tile(const T* rows, int64_t depth, const T* b, int64_t pitch, int64_t count, T* sums) {
  constexpr int width = Vec<T>::size;
  const int64_t last = count - (Vectors - 1) * width;
  Vec<T> tile[kRows][Vectors];
  for (auto& row : tile) {
    for (Vec<T>& sum : row) sum = Vec<T>(0);
  }
  for (int64_t k = 0; k < depth; ++k, b += pitch) {
    Vec<T> met[Vectors];
    for (int v = 0; v < Vectors - 1; ++v) met[v] = Vec<T>::load(b + v * width);
    met[Vectors - 1] = load_some(b + (Vectors - 1) * width, last);
    for (int i = 0; i < kRows; ++i) {
      const Vec<T> value(rows[i * depth + k]);
      for (int v = 0; v < Vectors; ++v) tile[i][v] += value * met[v];
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int v = 0; v < Vectors - 1; ++v) tile[i][v].store(sums + i * kColumns + v * width);
    store_some(tile[i][Vectors - 1], sums + i * kColumns + (Vectors - 1) * width, last);
  }
}

// The rows of b as contiguous values: where they lie, or a copy.
template <class T>
class RightFactor {
 public:
  explicit RightFactor(const IntegerProduct& p)
      : in_place_(p.b.dtype == kType<T> && p.b.column_stride == 1),
        pitch_(in_place_ ? p.b.row_stride : p.n),
        copy_(in_place_ ? 0 : p.k * p.n) {
    parallel_for(in_place_ ? 0 : p.k, ceil_div(kGrain, p.n), [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) load_row(p.b, k, 0, p.n, copy_.data() + k * p.n);
    });
    data_ = in_place_ ? static_cast<const T*>(p.b.data) : copy_.data();
  }
  const T* data() const { return data_; }
  int64_t pitch() const { return pitch_; }

 private:
  bool in_place_;
  int64_t pitch_;
  Scratch<T> copy_;
  const T* data_;
};

}  // namespace

template <class T>
void multiply_integers(const IntegerProduct& p) {
  if (p.m == 0 || p.n == 0) return;
  const RightFactor<T> b(p);
  const int64_t parts = ceil_div(p.n, kColumns), tasks = ceil_div(p.m, kRows) * parts;
  const int64_t work = std::max<int64_t>(1, kRows * std::min(p.n, kColumns) * p.k);
  parallel_for(tasks, std::max<int64_t>(1, (1 << 17) / work), [&](int64_t begin, int64_t end) {
    const Scratch<T> rows(kRows * p.k);
    T sums[kRows * kColumns], addend[kColumns];
    std::fill_n(rows.data(), kRows * p.k, T(0));
    for (int64_t task = begin; task < end; ++task) {
      const int64_t row = task / parts * kRows, column = task % parts * kColumns;
      const int64_t count = std::min<int64_t>(kRows, p.m - row);
      const int64_t columns = std::min(kColumns, p.n - column);
      for (int64_t i = 0; i < count; ++i) load_row(p.a, row + i, 0, p.k, rows.data() + i * p.k);
      for (int64_t j = 0; j < columns;) {
        const auto tile = [&]<int Vectors>() {
          const int64_t some = std::min<int64_t>(columns - j, Vectors * Vec<T>::size);
          sum_tile<Vectors>(rows.data(), p.k, b.data() + column + j, b.pitch(), some, sums + j);
          j += some;
        };
        if (columns - j >= kVectors * Vec<T>::size)
          tile.template operator()<kVectors>();
        else
          tile.template operator()<1>();
      }
      for (int64_t i = 0; i < count; ++i) {
        T* sum = sums + i * kColumns;
        if (p.alpha != 1) {
          for (int64_t j = 0; j < columns; ++j) sum[j] *= static_cast<T>(p.alpha);
        }
        if (p.addend.data) {
          load_row(p.addend, row + i, column, columns, addend);
          for (int64_t j = 0; j < columns; ++j) sum[j] += static_cast<T>(p.beta) * addend[j];
        }
        converter(p.out.dtype, kType<T>)(p.out.at(row + i, column), p.out.column_stride, sum, 1,
                                         columns);
      }
    }
  });
}

template void multiply_integers<int32_t>(const IntegerProduct&);
template void multiply_integers<int64_t>(const IntegerProduct&);

}  // namespace taeda::cpu::inline TAEDA_ISA
