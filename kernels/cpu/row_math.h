// Vector loops over one contiguous row, and contiguous memory seen in the accumulator type.
#pragma once

#include "convert.h"
#include "reduce/folds.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/array.h"
#include "taeda/kernels/simd/partial.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Calls step(i, count) for vectors of `count` elements at i, the last one partial.
template <class T, class Step>
inline void each_vector(int64_t n, Step step) {
  constexpr int64_t width = Vec<T>::size;
  int64_t i = 0;
  for (; i + width <= n; i += width) step(i, width);
  if (i < n) step(i, n - i);
}

template <class Op, class T>
inline T fold_row(const T* x, int64_t n) {
  return fold_all<Op, T>(
      n, [&](int64_t i) { return Vec<T>::load(x + i); }, [&](int64_t i) { return x[i]; });
}
template <class T>
inline T sum_of_products(const T* x, const T* y, int64_t n) {
  return fold_all<Plus, T>(
      n, [&](int64_t i) { return Vec<T>::load(x + i) * Vec<T>::load(y + i); },
      [&](int64_t i) { return x[i] * y[i]; });
}

// All elements of a contiguous array as T, converted only if need be.
template <class T>
class AsWide {
 public:
  explicit AsWide(const Array& array)
      : converted_(array.data && array.dtype != dtype_of<T>),
        memory_(converted_ ? array.numel() : 0) {
    if (converted_) {
      converter(dtype_of<T>, array.dtype)(memory_.data(), 1, array.data, 1, array.numel());
    }
    data_ = converted_ ? memory_.data() : array.as<const T>();
  }
  const T* data() const { return data_; }

 private:
  bool converted_;
  Scratch<T> memory_;
  const T* data_;
};

// Pieces of a contiguous array as T: in place, or through a buffer of `capacity` elements.
template <class T>
class Piecewise {
 public:
  Piecewise(const Array& array, int64_t capacity)
      : array_(array),
        direct_(array.dtype == dtype_of<T>),
        load_(converter(dtype_of<T>, array.dtype)),
        store_(converter(array.dtype, dtype_of<T>)),
        buffer_(direct_ ? 0 : capacity) {}

  const T* load(int64_t first, int64_t count) const {
    if (direct_) return array_.as<const T>() + first;
    load_(buffer_.data(), 1, at(first), 1, count);
    return buffer_.data();
  }
  // Where to write a piece, which store() then puts into the array.
  T* target(int64_t first) const { return direct_ ? array_.as<T>() + first : buffer_.data(); }
  void store(int64_t first, int64_t count) const {
    if (!direct_) store_(at(first), 1, buffer_.data(), 1, count);
  }

 private:
  char* at(int64_t first) const { return array_.as<char>() + first * size_of(array_.dtype); }

  const Array& array_;
  bool direct_;
  Convert load_, store_;
  Scratch<T> buffer_;
};

// Writes contiguous values into a contiguous array of any dtype.
template <class T>
inline void write_values(const Array& array, const T* values) {
  converter(array.dtype, dtype_of<T>)(array.data, 1, values, 1, array.numel());
}

}  // namespace taeda::cpu::inline TAEDA_ISA
