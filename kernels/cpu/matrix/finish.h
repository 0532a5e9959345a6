// What happens to a sum once k has run out: scale, addend, activation, conversion, store.
#pragma once

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

template <class T>
struct Finish {
  Matrix out;
  Matrix addend;  // data is null where there is none
  T alpha = 1, beta = 1;
  Loop activation = nullptr;
  Params params = nullptr;

  // The sums of a tile may stay where they are if the tile lies in `out`.
  bool is_plain() const { return alpha == T(1) && !addend.data && !activation; }

  // Finishes the tile whose first element is (row, column) of `out`, at most kFinishColumns wide.
  void operator()(int64_t row, int64_t column, int rows, int columns, T* sums,
                  int64_t sums_stride) const {
    alignas(64) T loaded[kFinishColumns];
    const T* values = nullptr;
    for (int i = 0; i < rows; ++i) {
      // One bias serves all rows.
      if (addend.data && (i == 0 || addend.row_stride != 0)) {
        values = load_addend(row + i, column, columns, loaded);
      }
      finish_row(row + i, column, columns, sums + i * sums_stride, values);
    }
  }

 private:
  void finish_row(int64_t row, int64_t column, int columns, T* sums, const T* addends) const {
    if (addends)
      add(columns, sums, addends);
    else if (alpha != T(1))
      scale(columns, sums);
    if (activation) {
      const void* in = sums;
      activation(sums, &in, columns, params, 0);
    }
    void* target = out.at(row, column);
    if (target != sums) {
      converter(out.dtype, dtype_of<T>)(target, out.column_stride, sums, 1, columns);
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

  void scale(int columns, T* sums) const {
    each_vector(columns, sums, [&](Vec<T> sum, int, int) { return Vec<T>(alpha) * sum; });
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

  void add(int columns, T* sums, const T* values) const {
    if (addend_is_one_value()) {
      const Vec<T> value(*values);
      each_vector(columns, sums, [&](Vec<T> sum, int, int) { return combine(sum, value); });
      return;
    }
    each_vector(columns, sums, [&](Vec<T> sum, int j, int count) {
      return combine(sum, count == Vec<T>::size ? Vec<T>::load(values + j)
                                                : FirstLanes<T>(count).load(values + j));
    });
  }

  Vec<T> combine(Vec<T> sum, Vec<T> value) const {
    if (alpha == T(1) && beta == T(1)) return sum + value;
    return fma(Vec<T>(alpha), sum, Vec<T>(beta) * value);
  }

 public:
  static constexpr int kFinishColumns = 8 * Vec<T>::size;
};

}  // namespace taeda::cpu::inline TAEDA_ISA
