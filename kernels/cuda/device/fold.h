// A block folds many values into one, always by the same tree: the order depends on their number
// only.
#pragma once

#include <limits>

#include "../runtime/launch.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda::cuda {

struct Plus {
  template <class T>
  TAEDA_HD T operator()(T a, T b) const {
    return a + b;
  }
};
// NaN where an element is NaN.
struct Largest {
  template <class T>
  TAEDA_HD T operator()(T a, T b) const {
    return maximum(a, b);
  }
};

// Thread t folds the elements t, t + kThreads, ...; then the threads fold in pairs. get(i) gives
// element i as a T. The result is in memory[0], for all threads to read.
template <class T, class Combine, class Get>
TAEDA_HD void fold_block(const Block& block, T (&memory)[kThreads], int64_t count, T empty,
                         Combine combine, Get get) {
  block.each([&](int thread) {
    T value = empty;
    for (int64_t i = thread; i < count; i += kThreads) value = combine(value, get(i));
    memory[thread] = value;
  });
  for (int half = kThreads / 2; half > 0; half /= 2) {
    block.each([&](int thread) {
      if (thread < half) memory[thread] = combine(memory[thread], memory[thread + half]);
    });
  }
}

// The same, given to every thread; `memory` may be used again after.
template <class T, class Combine, class Get>
TAEDA_HD T fold_all(const Block& block, T (&memory)[kThreads], T& result, int64_t count, T empty,
                    Combine combine, Get get) {
  fold_block(block, memory, count, empty, combine, get);
  block.each([&](int thread) {
    if (thread == 0) result = memory[0];
  });
  return result;
}

template <class T>
TAEDA_HD inline T lowest() {
  if constexpr (std::is_floating_point_v<T>)
    return -std::numeric_limits<T>::infinity();
  else
    return std::numeric_limits<T>::min();
}

// What most bodies of rows share.
template <class T>
struct FoldShared {
  T memory[kThreads];
  T result;
};

}  // namespace taeda::cuda
