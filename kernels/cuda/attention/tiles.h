// Products of the tiles that attention is made of. A block holds a tile of kTile queries by kTile
// keys; half precision is multiplied by tensor cores.
#pragma once

#include "../device/per_thread.h"
#include "../matrix/tensor_core.h"
#include "../runtime/launch.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda::cuda {

// What elements are summed in.
template <class Element>
using WideOf = std::conditional_t<is_half<Element>, float, Element>;

// As large as the shared memory of a block allows.
template <class Element>
inline constexpr int kTile = sizeof(Element) == 8 ? 32 : 64;
inline constexpr int kColumns = 64;  // of values that a block sums at a time
// How much of the depth is in shared memory at a time.
template <class Element>
inline constexpr int kSlice = is_half<Element> ? 32 : 16;

// Which elements of a tile of kTile rows by `Columns` a thread holds: neighbours, or those that it
// has of its warp's tiles of cores. There are two warps along the rows and four along the columns.
template <class Element, int Columns>
struct Held {
  static constexpr int kDown = kTile<Element> / 16, kAcross = Columns / 16;
  static constexpr int kCount = kDown * kAcross;
  static constexpr int kTall = kTile<Element> / 2 / kCoreRows;
  static constexpr int kWide = Columns / 4 / kCoreColumns;

  TAEDA_HD static int row(int thread, int n) {
    if constexpr (is_half<Element>)
      return first_row(thread) + n / 4 / kWide * kCoreRows + core_row(thread % 32, n % 4);
    else
      return thread / 16 * kDown + n / kAcross;
  }
  TAEDA_HD static int column(int thread, int n) {
    if constexpr (is_half<Element>)
      return first_column(thread) + n / 4 % kWide * kCoreColumns + core_column(thread % 32, n % 4);
    else
      return thread % 16 * kAcross + n % kAcross;
  }
  // Of the warp.
  TAEDA_HD static int first_row(int thread) { return thread / 128 * (kTile<Element> / 2); }
  TAEDA_HD static int first_column(int thread) { return thread / 32 % 4 * (Columns / 4); }
};

template <class Element, int Columns>
using SumsOf = PerThread<WideOf<Element>, Held<Element, Columns>::kCount>;

template <class Element>
struct Slices {
  Element left[kSlice<Element>][kTile<Element> + 4], right[kSlice<Element>][kColumns + 4];
};
// Cores read along k.
template <class Element>
  requires is_half<Element>
struct Slices<Element> {
  static constexpr int kStep = kSlice<Element> + 8;
  Element left[kTile<Element>][kStep], right[kColumns][kStep];
  Element low[kTile<Element>][kStep];  // what `left` has rounded away
};

// sums[n] += the sum over k below `depth` of left(row, k) * right(k, column), in ascending order. A
// `resident` left is a tile of sums, which is half precision in two parts for the cores; right is
// read along k or along columns.
template <int Columns, bool resident, bool along_k, class Element, class Left, class Right>
TAEDA_HD void add_product(const Block& block, Slices<Element>& slices,
                          SumsOf<Element, Columns>& sums, int64_t depth, Left left, Right right) {
  using Mine = Held<Element, Columns>;
  using T = WideOf<Element>;
  constexpr int kDepth = kSlice<Element>;
  for (int64_t first = 0; first < depth; first += kDepth) {
    block.each([&](int thread) {
      for (int n = thread; n < kDepth * kTile<Element>; n += kThreads) {
        const int k = n % kDepth, row = n / kDepth;
        const bool inside = first + k < depth;
        if constexpr (is_half<Element>) {
          const auto value = inside ? left(row, first + k) : decltype(left(row, first))(0);
          const auto rounded = Element(value);
          slices.left[row][k] = rounded;
          if constexpr (resident) slices.low[row][k] = Element(value - static_cast<T>(rounded));
        } else if constexpr (!resident) {
          slices.left[k][row] = inside ? left(row, first + k) : T(0);
        }
      }
      for (int n = thread; n < kDepth * Columns; n += kThreads) {
        const int k = along_k ? n % kDepth : n / Columns;
        const int column = along_k ? n / kDepth : n % Columns;
        const Element value = first + k < depth ? right(first + k, column) : Element(0);
        if constexpr (is_half<Element>)
          slices.right[column][k] = value;
        else
          slices.right[k][column] = value;
      }
    });
    block.each([&](int thread) {
      T* mine = sums.at(thread);
      if constexpr (is_half<Element>) {
        const int row = Mine::first_row(thread), column = Mine::first_column(thread);
        TAEDA_UNROLL
        for (int k = 0; k < kDepth; k += kCoreDepth) {
          const auto multiply = [&](const Element* at) {
            multiply_cores<Mine::kTall, Mine::kWide>(at, &slices.right[column][k],
                                                     Slices<Element>::kStep, thread % 32, mine);
          };
          if constexpr (resident) multiply(&slices.low[row][k]);
          multiply(&slices.left[row][k]);
        }
      } else {
        for (int k = 0; k < kDepth; ++k) {
          T a[Mine::kDown], b[Mine::kAcross];
          TAEDA_UNROLL
          for (int i = 0; i < Mine::kDown; ++i) {
            const int row = Mine::row(thread, i * Mine::kAcross);
            if constexpr (resident)
              a[i] = first + k < depth ? left(row, first + k) : T(0);
            else
              a[i] = slices.left[k][row];
          }
          TAEDA_UNROLL
          for (int j = 0; j < Mine::kAcross; ++j) b[j] = slices.right[k][Mine::column(thread, j)];
          TAEDA_UNROLL
          for (int n = 0; n < Mine::kCount; ++n) {
            mine[n] = fma(a[n / Mine::kAcross], b[n % Mine::kAcross], mine[n]);
          }
        }
      }
    });
  }
}

// In the tile of a block: what each thread has summed, then set(value, row, column) of it.
template <class Element, class Tile, class Set>
TAEDA_HD void fill_tile(const Block& block, Tile& tile, SumsOf<Element, kTile<Element>>& sums,
                        Set set) {
  using Mine = Held<Element, kTile<Element>>;
  block.each([&](int thread) {
    TAEDA_UNROLL
    for (int n = 0; n < Mine::kCount; ++n) {
      tile[Mine::row(thread, n)][Mine::column(thread, n)] = sums.at(thread)[n];
    }
    // Of its own elements; `set` may branch on dtypes, so that this loop is one.
    for (int n = 0; n < Mine::kCount; ++n) {
      const int row = Mine::row(thread, n), column = Mine::column(thread, n);
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
