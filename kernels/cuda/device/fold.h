// A block folds many values into one, always by the same tree: the order depends on their number
// only.
#pragma once

#include <limits>

#include "../runtime/launch.h"
#include "per_thread.h"
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
// element i as a T. The result is in memory[0], for all threads to read, and in `result`. A thread
// asks for `Ahead` elements before it folds the first of them: more than one is for a `get` that
// knows its dtype, since it is compiled as often.
template <int Ahead = 1, class T, class Combine, class Get>
TAEDA_HD void fold_block(const Block& block, T (&memory)[kThreads], int64_t count, T empty,
                         Combine combine, Get get, T* result = nullptr) {
  block.each([&](int thread) {
    T value = empty;
    int64_t i = thread;
    for (; i + (Ahead - 1) * kThreads < count; i += Ahead * kThreads) {
      T ahead[Ahead];
      TAEDA_UNROLL
      for (int e = 0; e < Ahead; ++e) ahead[e] = get(i + e * kThreads);
      TAEDA_UNROLL
      for (int e = 0; e < Ahead; ++e) value = combine(value, ahead[e]);
    }
    if constexpr (Ahead > 1) {
      for (; i < count; i += kThreads) value = combine(value, get(i));
    }
    memory[thread] = value;
  });
  const auto fold = [&](int thread, int half) {
    if (thread < half) memory[thread] = combine(memory[thread], memory[thread + half]);
  };
  for (int half = kThreads / 2; half > kWarp; half /= 2) {
    block.each([&](int thread) { fold(thread, half); });
  }
  for (int half = kWarp; half > 0; half /= 2) {
    block.each_of_warp([&](int thread) {
      fold(thread, half);
      if (result && half == 1 && thread == 0) *result = memory[0];
    });
  }
  block.meet();
}

// The same, given to every thread; `memory` may be used again after.
template <class T, class Combine, class Get>
TAEDA_HD T fold_all(const Block& block, T (&memory)[kThreads], T& result, int64_t count, T empty,
                    Combine combine, Get get) {
  fold_block(block, memory, count, empty, combine, get, &result);
  return result;
}

// kWarp folds at once, of the same bits, where what they fold lies side by side: of(column) gives
// the `get` of a column. The results are in memory[column].
template <class T, class Combine, class Of>
TAEDA_HD void fold_columns(const Block& block, T (&memory)[kThreads], int64_t count, T empty,
                           Combine combine, Of of) {
  constexpr int kRows = kThreads / kWarp;  // threads of a column
  block.each([&](int thread) {
    const auto get = of(thread % kWarp);
    // What the threads row, row + kRows, ... of a block for this column alone would have.
    T parts[kWarp];
    TAEDA_UNROLL
    for (int p = 0; p < kWarp; ++p) parts[p] = empty;
    for (int64_t first = thread / kWarp; first < count; first += kThreads) {
      TAEDA_UNROLL
      for (int p = 0; p < kWarp; ++p) {
        const int64_t i = first + p * kRows;
        if (i < count) parts[p] = combine(parts[p], get(i));
      }
    }
    TAEDA_UNROLL
    for (int half = kWarp / 2; half > 0; half /= 2) {
      TAEDA_UNROLL
      for (int p = 0; p < half; ++p) parts[p] = combine(parts[p], parts[p + half]);
    }
    memory[thread] = parts[0];
  });
  for (int half = kRows / 2; half > 0; half /= 2) {
    block.each([&](int thread) {
      const int other = thread + half * kWarp;
      if (thread / kWarp < half) memory[thread] = combine(memory[thread], memory[other]);
    });
  }
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
