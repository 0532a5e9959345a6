// What softmax and cross-entropy do to one contiguous row.
#pragma once

#include "row_math.h"
#include "taeda/kernels/simd/math.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
inline T max_of_row(const T* x, int64_t n) {
  return fold_row<MaxFold>(x, n);
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
