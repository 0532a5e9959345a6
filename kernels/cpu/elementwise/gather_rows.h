// Short rows of an operand brought side by side.
#pragma once

#include <algorithm>

#include "../rounding.h"
#include "taeda/kernels/simd/partial.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Brings rows of kVectors vectors side by side, whose elements are neighbours or one that repeats;
// the last vector is written whole.
template <int kVectors, class T>
void gather_vectors(T* to, const T* from, int64_t rows, int64_t step, int64_t row, bool is_one) {
  constexpr int width = Vec<T>::size, whole = (kVectors - 1) * width;
  const FirstLanes<T> rest(static_cast<int>(row - whole));
  for (int64_t r = 0; r < rows && is_one; ++r, to += row, from += step) {
    const Vec<T> value(*from);
    for (int i = 0; i <= whole; i += width) value.store(to + i);
  }
  for (int64_t r = 0; r < rows && !is_one; ++r, to += row, from += step) {
    for (int i = 0; i < whole; i += width) Vec<T>::load(from + i).store(to + i);
    rest.load(from + whole).store(to + whole);
  }
}

// Brings short rows of one element type side by side; writes whole vectors.
template <class T>
void gather_rows(void* to_memory, const void* from_memory, int64_t rows, int64_t step, int64_t row,
                 int64_t stride) {
  T* to = static_cast<T*>(to_memory);
  const T* from = static_cast<const T*>(from_memory);
  const bool is_one = stride == 0;
  switch (is_one || stride == 1 ? ceil_div(row, Vec<T>::size) : 0) {
    case 1:
      return gather_vectors<1>(to, from, rows, step, row, is_one);
    case 2:
      return gather_vectors<2>(to, from, rows, step, row, is_one);
    case 3:
      return gather_vectors<3>(to, from, rows, step, row, is_one);
    case 4:
      return gather_vectors<4>(to, from, rows, step, row, is_one);
    default:
      for (int64_t r = 0; r < rows; ++r, to += row, from += step) {
        if (is_one)
          std::fill_n(to, row, *from);
        else if (stride == 1)
          std::copy_n(from, row, to);
        else
          for (int64_t i = 0; i < row; ++i) to[i] = from[i * stride];
      }
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA
