// A matrix product in the words of cuBLASLt, which stores matrices by columns: it is given the
// transposed problem, out^T = b^T @ a^T.
#pragma once

#include "cublaslt.h"
#include "taeda/kernels/array.h"

namespace taeda::cuda::blas {

// A matrix of a batch.
struct Operand {
  char* data = nullptr;
  DType dtype = DType::Float32;
  int64_t rows, columns, row_step, column_step;
  int64_t batch_step = 0;

  Operand() = default;
  explicit Operand(const Array& array)
      : data(array.as<char>()),
        dtype(array.dtype),
        rows(array.shape[array.shape.size() - 2]),
        columns(array.shape.back()),
        row_step(array.strides[array.strides.size() - 2]),
        column_step(array.strides.back()) {}

  Operand transposed() const;
  // Rows without gaps in them, one after another.
  bool is_row_major() const {
    return (column_step == 1 || columns == 1) && (rows == 1 || row_step >= columns);
  }
  bool is_column_major() const { return transposed().is_row_major(); }
  // From a row to the next, or from a column to the next.
  int64_t step() const {
    if (is_row_major()) return rows == 1 ? columns : row_step;
    return columns == 1 ? rows : column_step;
  }
  void advance(int64_t elements) { data += elements * size_of(dtype); }
};

inline Operand Operand::transposed() const {
  Operand result = *this;
  result.rows = columns;
  result.columns = rows;
  result.row_step = column_step;
  result.column_step = row_step;
  return result;
}

// out = alpha * a @ b + beta * c (+ bias, one a column). All are row- or column-major, `out` and
// `c` row-major; beta is 0 where there is no c, which then is `out`.
struct Product {
  Operand out, a, b, c;
  const void* bias = nullptr;
  int64_t count = 1;  // of the batch
  double alpha = 1, beta = 0;
};

enum class Outcome { Done, Refused };

// Throws RuntimeError where the library fails at what it had agreed to.
Outcome run(const Library& library, void* handle, const Product& product);

}  // namespace taeda::cuda::blas
