// What softmax and cross-entropy do to one contiguous row.
#pragma once

#include <array>

#include "row_math.h"
#include "taeda/kernels/simd/math.h"

namespace taeda::cpu::inline TAEDA_ISA {

// A row of at most one vector; the lanes behind it hold `rest`.
template <class T>
inline Vec<T> load_short_row(const T* x, int64_t n, T rest) {
  static constexpr auto ones = [] {
    std::array<T, Vec<T>::size> list;
    list.fill(1);
    return list;
  }();
  return select(load_some(ones.data(), n) == Vec<T>(1), load_some(x, n), Vec<T>(rest));
}

template <class T>
inline T max_of_row(const T* x, int64_t n) {
  constexpr int64_t width = Vec<T>::size;
  if (n <= width) return combine_halves<width / 2, MaxFold, T>(load_short_row(x, n, x[0]));
  if (n >= kLanes) return fold_row<MaxFold>(x, n);
  // A maximum may see an element twice: the last vector ends with the row.
  Vec<T> best = Vec<T>::load(x);
  for (int64_t i = width; i + width < n; i += width) {
    best = MaxFold::combine(best, Vec<T>::load(x + i));
  }
  T lanes[width];
  MaxFold::combine(best, Vec<T>::load(x + n - width)).store(lanes);
  for (int half = width / 2; half > 0; half /= 2) {
    for (int j = 0; j < half; ++j) lanes[j] = MaxFold::combine(lanes[j], lanes[j + half]);
  }
  return lanes[0];
}

// exp(x - shift) of a row of at most one vector, and zeros, which leave a sum as it is.
template <class T>
inline Vec<T> exp_of_short_row(const T* x, int64_t n, T shift) {
  return exp(load_short_row(x, n, -kInfinity<T>) - Vec<T>(shift));
}
template <class T>
inline T sum_of_short_row(Vec<T> row) {
  return combine_halves<Vec<T>::size / 2, Plus, T>(row);
}

// The sum of exp(x - shift); with `out` each of them is kept there.
template <class T>
inline T sum_of_exp(const T* x, int64_t n, T shift, T* out) {
  if (n <= Vec<T>::size) {
    const Vec<T> powers = exp_of_short_row(x, n, shift);
    if (out) store_some(powers, out, n);
    return sum_of_short_row(powers);
  }
  alignas(64) T buffer[kBlock];
  return fold_blocks<Plus, T>(n, [&](int64_t begin, int64_t size) {
    T* to = out ? out + begin : buffer;
    each_vector<T>(size, [&](int64_t i, int64_t count) {
      store_some(exp(load_some(x + begin + i, count) - Vec<T>(shift)), to + i, count);
    });
    return fold_block<Plus, T>(
        size, [&](int64_t i) { return Vec<T>::load(to + i); }, [&](int64_t i) { return to[i]; });
  });
}

// The logarithm as a lane of the vector computes it.
template <class T>
inline T log_of(T x) {
  return log(Vec<T>(x))[0];
}

}  // namespace taeda::cpu::inline TAEDA_ISA
