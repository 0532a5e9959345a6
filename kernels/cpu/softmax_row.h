// What softmax and cross-entropy do to one contiguous row.
#pragma once

#include "row_math.h"
#include "taeda/kernels/simd/math.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
inline T max_of_row(const T* x, int64_t n) {
  constexpr int64_t width = Vec<T>::size;
  if (n < width || n >= kLanes) return fold_row<MaxFold>(x, n);
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

// The sum of exp(x - shift); with `out` each of them is kept there.
template <class T>
inline T sum_of_exp(const T* x, int64_t n, T shift, T* out) {
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
