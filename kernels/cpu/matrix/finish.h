// What happens to a sum once k has run out: scale, addend, activation, conversion, store.
#pragma once

#include <algorithm>

#include "copy_bytes.h"
#include "elementwise/loops.h"
#include "matrix/pack.h"
#include "taeda/kernels/simd/partial.h"

namespace taeda::cpu::inline TAEDA_ISA {

// A matrix of any strides, in elements.
struct Matrix {
  void* data = nullptr;
  DType dtype = DType::Float32;
  int64_t row_stride = 0, column_stride = 0;

  void* at(int64_t row, int64_t column) const {
    return static_cast<char*>(data) + (row * row_stride + column * column_stride) * size_of(dtype);
  }
  Matrix transposed() const { return {data, dtype, column_stride, row_stride}; }
};

// The last two dimensions of an array; none of one without data.
inline Matrix matrix_of(const Array& array) {
  if (!array.data) return {};
  const int d = array.ndim();
  return {array.data, array.dtype, array.strides[d - 2], array.strides[d - 1]};
}

template <class T>
struct Finish {
  Matrix out;
  Matrix addend;  // data is null where there is none
  T alpha = 1, beta = 1;
  Loop activation = nullptr;
  Params params = nullptr;

  // The sums of a tile may stay where they are if the tile lies in `out`.
  bool is_plain() const { return alpha == T(1) && !addend.data && !activation; }

  // Whether a tile can add the addend to its sums itself.
  bool adds_plainly() const {
    return addend.data && addend.dtype == dtype_of<T> && addend.column_stride == 1 &&
           alpha == T(1) && beta == T(1);
  }

  // Asks for what the tile whose sums are still to come will meet: addends where each row has its
  // own, and fresh lines of an output that the sums are converted to.
  void expect(int64_t row, int64_t column, int rows, int columns) const {
    if (addend.data && addend.row_stride != 0) expect_rows(addend, row, column, rows, columns);
    if (out.dtype != dtype_of<T>) expect_rows(out, row, column, rows, columns);
  }

  // Finishes the tile whose first element is (row, column) of `out`, at most kFinishColumns wide.
  void operator()(int64_t row, int64_t column, int rows, int columns, T* sums,
                  int64_t stride) const {
    if (addend.data && alpha == T(1) && beta == T(1)) {
      add(row, column, rows, columns, sums, stride,
          [](Vec<T> sum, Vec<T> value) { return sum + value; });
    } else if (addend.data) {
      add(row, column, rows, columns, sums, stride,
          [of_sum = Vec<T>(alpha), of_value = Vec<T>(beta)](Vec<T> sum, Vec<T> value) {
            return fma(of_sum, sum, of_value * value);
          });
    } else if (alpha != T(1)) {
      for (int i = 0; i < rows; ++i) {
        each_vector(columns, sums + i * stride,
                    [factor = Vec<T>(alpha)](Vec<T> sum, int, int) { return factor * sum; });
      }
    }
    if (!activation && out.at(row, column) == sums) return;
    // Short rows go through activation and conversion together.
    alignas(64) T gathered[kTogether];
    const int group = kTogether / columns;
    for (int i = 0; i < rows; i += group) {
      const int count = std::min(group, rows - i);
      T* values = sums + i * stride;
      if (count > 1 && stride != columns) {
        const int64_t size = sizeof(T);
        copy_rows(gathered, columns * size, values, stride * size, count, columns * size);
        values = gathered;
      }
      if (activation) {
        activation(
            {.out = values, .in = {values}, .count = int64_t{count} * columns, .params = params});
      }
      store(row + i, column, count, columns, values);
    }
  }

 private:
  static void expect_rows(const Matrix& matrix, int64_t row, int64_t column, int rows,
                          int columns) {
    if (matrix.column_stride != 1) return;
    for (int i = 0; i < rows; ++i) {
      const char* from = static_cast<const char*>(matrix.at(row + i, column));
      for (int64_t line = 0; line < columns * size_of(matrix.dtype); line += 64) {
        __builtin_prefetch(from + line, 0, 2);
      }
    }
  }

  // Stores rows that follow each other.
  void store(int64_t row, int64_t column, int rows, int columns, const T* values) const {
    const Convert convert = converter(out.dtype, dtype_of<T>);
    if (out.dtype == dtype_of<T> || out.column_stride != 1 || rows == 1) {
      for (int i = 0; i < rows; ++i) {
        void* to = out.at(row + i, column);
        const T* from = values + i * columns;
        if (to != from) convert(to, out.column_stride, from, 1, columns);
      }
      return;
    }
    alignas(64) char converted[kTogether * 8];
    convert(converted, 1, values, 1, int64_t{rows} * columns);
    const int64_t size = size_of(out.dtype);
    copy_rows(out.at(row, column), out.row_stride * size, converted, columns * size, rows,
              columns * size);
  }

  // Strides in bytes.
  static void copy_rows(void* to, int64_t to_stride, const void* from, int64_t from_stride,
                        int rows, int64_t bytes) {
    for (int i = 0; i < rows; ++i) {
      copy_bytes(static_cast<char*>(to) + i * to_stride,
                 static_cast<const char*>(from) + i * from_stride, static_cast<size_t>(bytes));
    }
  }

  template <class Function>
  static void each_vector(int columns, T* sums, Function function) {
    constexpr int width = Vec<T>::size;
    int j = 0;
    for (; j + width <= columns; j += width) {
      function(Vec<T>::load(sums + j), j, width).store(sums + j);
    }
    if (j < columns) {
      const FirstLanes<T> lanes(columns - j);
      lanes.store(sums + j, function(lanes.load(sums + j), j, columns - j));
    }
  }

  bool addend_is_one_value() const {
    return addend.dtype == dtype_of<T> && addend.column_stride == 0;
  }

  // The addends of a row side by side, or the one that they are.
  const T* load_addend(int64_t row, int64_t column, int columns, T* loaded) const {
    const T* values = static_cast<const T*>(addend.at(row, column));
    if (addend_is_one_value() || (addend.dtype == dtype_of<T> && addend.column_stride == 1)) {
      return values;
    }
    converter(dtype_of<T>, addend.dtype)(loaded, 1, values, addend.column_stride, columns);
    return loaded;
  }

  template <class Combine>
  void add(int64_t row, int64_t column, int rows, int columns, T* sums, int64_t stride,
           Combine combine) const {
    alignas(64) T loaded[kFinishColumns];
    const T* values = nullptr;
    for (int i = 0; i < rows; ++i) {
      // One bias serves all rows.
      if (i == 0 || addend.row_stride != 0) {
        values = load_addend(row + i, column, columns, loaded);
      }
      if (addend_is_one_value()) {
        each_vector(columns, sums + i * stride, [&, value = Vec<T>(*values)](Vec<T> sum, int, int) {
          return combine(sum, value);
        });
      } else {
        each_vector(columns, sums + i * stride, [&](Vec<T> sum, int j, int count) {
          return combine(sum, load_some(values + j, count));
        });
      }
    }
  }

 public:
  static constexpr int kFinishColumns = 8 * Vec<T>::size;

 private:
  static constexpr int kTogether = 4 * kFinishColumns;
};

}  // namespace taeda::cpu::inline TAEDA_ISA
