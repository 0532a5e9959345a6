// Products of the tiles that attention is made of. A block holds a tile of kTile queries by kTile
// keys, a thread kPart by kPart of them.
#pragma once

#include "../device/per_thread.h"
#include "../runtime/launch.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda::cuda {

// As large as the shared memory of a block allows.
template <class T>
inline constexpr int kTile = sizeof(T) == 8 ? 32 : 64;
template <class T>
inline constexpr int kPart = kTile<T> / 16;
inline constexpr int kColumns = 64;  // of values that a block sums at a time: 4 a thread
inline constexpr int kColumnPart = kColumns / 16;
inline constexpr int kSlice = 16;  // of the depth that is in shared memory at a time

template <class T>
struct Slices {
  T left[kSlice][kTile<T> + 4], right[kSlice][kColumns + 4];
};

TAEDA_HD inline int row_in_tile(int thread, int part, int i) { return thread / 16 * part + i; }
TAEDA_HD inline int column_in_tile(int thread, int part, int j) { return thread % 16 * part + j; }

// sums[i * Across + j] += the sum over k below `depth` of left(row, k) * right(k, column), in
// ascending order. A `resident` left is read in place; right is read along k or along columns.
template <int Across, bool resident, bool along_k, class T, class Left, class Right>
TAEDA_HD void add_product(const Block& block, Slices<T>& slices,
                          PerThread<T, kPart<T> * Across>& sums, int64_t depth, Left left,
                          Right right) {
  constexpr int kDown = kPart<T>;
  for (int64_t first = 0; first < depth; first += kSlice) {
    block.each([&](int thread) {
      if constexpr (!resident) {
        for (int n = thread; n < kSlice * kTile<T>; n += kThreads) {
          const int k = n % kSlice, row = n / kSlice;
          slices.left[k][row] = first + k < depth ? left(row, first + k) : T(0);
        }
      }
      for (int n = thread; n < kSlice * 16 * Across; n += kThreads) {
        const int k = along_k ? n % kSlice : n / (16 * Across);
        const int column = along_k ? n / kSlice : n % (16 * Across);
        slices.right[k][column] = first + k < depth ? right(first + k, column) : T(0);
      }
    });
    block.each([&](int thread) {
      T* mine = sums.at(thread);
      for (int k = 0; k < kSlice; ++k) {
        T a[kDown], b[Across];
        TAEDA_UNROLL
        for (int i = 0; i < kDown; ++i) {
          const int row = row_in_tile(thread, kDown, i);
          if constexpr (resident)
            a[i] = first + k < depth ? left(row, first + k) : T(0);
          else
            a[i] = slices.left[k][row];
        }
        TAEDA_UNROLL
        for (int j = 0; j < Across; ++j) {
          b[j] = slices.right[k][column_in_tile(thread, Across, j)];
        }
        TAEDA_UNROLL
        for (int i = 0; i < kDown; ++i) {
          TAEDA_UNROLL
          for (int j = 0; j < Across; ++j) {
            mine[i * Across + j] = fma(a[i], b[j], mine[i * Across + j]);
          }
        }
      }
    });
  }
}

// In the tile of a block: what each thread has summed, then set(value, row, column) of it.
template <class T, class Tile, class Set>
TAEDA_HD void fill_tile(const Block& block, Tile& tile, PerThread<T, kPart<T> * kPart<T>>& sums,
                        Set set) {
  block.each([&](int thread) {
    TAEDA_UNROLL
    for (int n = 0; n < kPart<T> * kPart<T>; ++n) {
      tile[row_in_tile(thread, kPart<T>, n / kPart<T>)]
          [column_in_tile(thread, kPart<T>, n % kPart<T>)] = sums.at(thread)[n];
    }
    // Of its own elements; `set` may branch on dtypes, so that this loop is one.
    for (int n = 0; n < kPart<T> * kPart<T>; ++n) {
      const int row = row_in_tile(thread, kPart<T>, n / kPart<T>);
      const int column = column_in_tile(thread, kPart<T>, n % kPart<T>);
      tile[row][column] = set(tile[row][column], row, column);
    }
  });
}

template <class T, int Count>
TAEDA_HD void clear(const Block& block, PerThread<T, Count>& sums) {
  block.each([&](int thread) {
    TAEDA_UNROLL
    for (int i = 0; i < Count; ++i) sums.at(thread)[i] = 0;
  });
}

}  // namespace taeda::cuda
