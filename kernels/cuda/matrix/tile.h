// The engine of matrix products and convolutions: a block computes a tile of the result, and brings
// the next parts of both factors to its shared memory while it multiplies the ones that are there.
#pragma once

#include "../device/element.h"
#include "../device/per_thread.h"
#include "../runtime/launch.h"
#include "taeda/kernels/ops/scalar_math.h"
#include "tensor_core.h"

namespace taeda::cuda {

// How large a tile is. Each element is summed over k in ascending order, whatever the tile: its
// bits depend on its row and its column alone. (The tensor cores sum kCoreDepth products in an
// order of their own, which is the same for all elements.)
template <class ElementType, int RowCount, int ColumnCount>
struct TileShape {
  using Element = ElementType;                                     // of the factors
  using T = std::conditional_t<is_half<Element>, float, Element>;  // of the sums
  static constexpr int kRows = RowCount, kColumns = ColumnCount;
  static constexpr int kDepth =
      is_half<Element> ? 32 : 1024 / (kRows < kColumns ? kRows : kColumns);
  // Elements that a thread brings at once: they are neighbours in a row or along k.
  static constexpr int kStrip = is_half<Element> ? 8 : 4;
  // Tensor cores read along k, plain threads along rows and columns.
  static constexpr int kPad = is_half<Element> ? 8 : 4;
  static constexpr int kStep = kDepth + kPad;
  static constexpr int kSums = kRows * kColumns / kThreads;
  static_assert(kStep % kStrip == 0 && kDepth % kStrip == 0);
};

// `Problem` is the product of a matrix of rows() x depth() and one of depth() x columns(), `outer`
// times over:
//   Place place(outer)                         what its other functions get
//   first(place), end(place)                   the range of k
//   left<W>(place, row, k, Element* to)        W elements, along k where left_along_k, else
//   right<W>(place, column, k, Element* to)      along rows or columns; zero outside of the matrix
//   finish(place, row, column, T sum)
template <class Shape, class Problem>
struct TileBody {
  using Element = typename Shape::Element;
  using T = typename Shape::T;
  static constexpr int kRows = Shape::kRows, kColumns = Shape::kColumns, kDepth = Shape::kDepth;
  static constexpr int kStrip = Shape::kStrip, kSums = Shape::kSums;
  static constexpr int kLeftStrips = kRows * kDepth / kStrip / kThreads;
  static constexpr int kRightStrips = kColumns * kDepth / kStrip / kThreads;
  static_assert(kLeftStrips * kStrip * kThreads == kRows * kDepth);
  static_assert(kRightStrips * kStrip * kThreads == kColumns * kDepth);

  // Halves lie as [row][k], others as [k][row].
  template <int Count>
  struct Part {
    static constexpr int kSize =
        is_half<Element> ? Count * Shape::kStep : kDepth * (Count + Shape::kPad);
    alignas(16) Element at[kSize];
    TAEDA_HD Element& operator()(int row, int k) {
      return is_half<Element> ? at[row * Shape::kStep + k] : at[k * (Count + Shape::kPad) + row];
    }
  };
  struct Shared {
    Part<kRows> left[2];
    Part<kColumns> right[2];
  };

  Problem problem;
  int64_t row_tiles, column_tiles;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const int64_t tile = item % (row_tiles * column_tiles);
    const int64_t row = tile / column_tiles * kRows, column = tile % column_tiles * kColumns;
    const auto place = problem.place(item / (row_tiles * column_tiles));
    const int64_t first = problem.first(place), end = problem.end(place);
    PerThread<T, kSums> sums;
    PerThread<Element, kLeftStrips * kStrip> left;
    PerThread<Element, kRightStrips * kStrip> right;

    const auto fetch = [&](int thread, int64_t k) {
      TAEDA_UNROLL
      for (int s = 0; s < kLeftStrips; ++s) {
        const Strip at(thread + s * kThreads, kRows, problem.left_along_k);
        problem.template left<kStrip>(place, row + at.row, k + at.k, left.at(thread) + s * kStrip);
      }
      TAEDA_UNROLL
      for (int s = 0; s < kRightStrips; ++s) {
        const Strip at(thread + s * kThreads, kColumns, problem.right_along_k);
        problem.template right<kStrip>(place, column + at.row, k + at.k,
                                       right.at(thread) + s * kStrip);
      }
    };
    const auto put = [&](int thread, int buffer) {
      TAEDA_UNROLL
      for (int s = 0; s < kLeftStrips; ++s) {
        const Strip at(thread + s * kThreads, kRows, problem.left_along_k);
        at.put(shared.left[buffer], left.at(thread) + s * kStrip);
      }
      TAEDA_UNROLL
      for (int s = 0; s < kRightStrips; ++s) {
        const Strip at(thread + s * kThreads, kColumns, problem.right_along_k);
        at.put(shared.right[buffer], right.at(thread) + s * kStrip);
      }
    };

    block.each([&](int thread) {
      TAEDA_UNROLL
      for (int i = 0; i < kSums; ++i) sums.at(thread)[i] = 0;
      if (first >= end) return;
      fetch(thread, first);
      put(thread, 0);
    });
    int buffer = 0;
    for (int64_t k = first; k < end; k += kDepth) {
      const bool more = k + kDepth < end;
      block.each([&](int thread) {
        if (more) fetch(thread, k + kDepth);
        multiply(shared.left[buffer], shared.right[buffer], thread, sums.at(thread));
        if (more) put(thread, buffer ^ 1);
      });
      buffer ^= 1;
    }
    // Through the shared memory, a few rows at a time: what follows may branch on dtypes.
    static_assert(sizeof(Shared) >= sizeof(T) * kPassRows * kColumns);
    T* const staged = reinterpret_cast<T*>(&shared);
    TAEDA_UNROLL
    for (int pass = 0; pass < kPasses; ++pass) {
      block.each([&](int thread) {
        TAEDA_UNROLL
        for (int i = 0; i < kSums / kPasses; ++i) {
          staged[staged_row(thread, i) * kColumns + column_of(thread, i)] =
              sums.at(thread)[pass * (kSums / kPasses) + i];
        }
      });
      block.each([&](int thread) {
        for (int i = thread; i < kPassRows * kColumns; i += kThreads) {
          const int64_t r = row + row_of(pass, i / kColumns), c = column + i % kColumns;
          if (r < problem.rows() && c < problem.columns()) problem.finish(place, r, c, staged[i]);
        }
      });
    }
  }

 private:
  // The elements that a thread brings: from (row, k) on, along one of them.
  struct Strip {
    int row, k;
    bool along_k;
    TAEDA_HD Strip(int number, int rows, bool is_along_k) : along_k(is_along_k) {
      const int across = is_along_k ? kDepth / kStrip : rows / kStrip;
      row = is_along_k ? number / across : number % across * kStrip;
      k = is_along_k ? number % across * kStrip : number / across;
    }
    template <class To>
    TAEDA_HD void put(To& to, const Element* from) const {
      if constexpr (is_half<Element>) {
        if (along_k) {  // side by side, and rows start at whole packs
          struct alignas(sizeof(Element) * kStrip) Pack {
            Element elements[kStrip];
          } pack;
          TAEDA_UNROLL
          for (int i = 0; i < kStrip; ++i) pack.elements[i] = from[i];
          *reinterpret_cast<Pack*>(&to(row, k)) = pack;
          return;
        }
      }
      TAEDA_UNROLL
      for (int i = 0; i < kStrip; ++i) {
        to(along_k ? row : row + i, along_k ? k + i : k) = from[i];
      }
    }
  };

  // Warps of tensor cores: two along the rows, four along the columns.
  static constexpr int kTall = kRows / 2 / kCoreRows, kWide = kColumns / 4 / kCoreColumns;
  // Other threads: 16 along each, which hold quads of rows and columns.
  static constexpr int kDown = kRows / 16, kAcross = kColumns / 16;

  // A pass is one tile of cores of each warp, or one row of each thread.
  static constexpr int kPasses = is_half<Element> ? kTall : kDown;
  static constexpr int kPassRows = kRows / kPasses;

  // Sum i of a pass: its row among those of the pass, and its column.
  TAEDA_HD static int staged_row(int thread, int i) {
    return is_half<Element> ? thread / 128 * kCoreRows + core_row(thread % 32, i % 4) : thread / 16;
  }
  TAEDA_HD static int column_of(int thread, int i) {
    return is_half<Element> ? thread / 32 % 4 * (kColumns / 4) + i / 4 * kCoreColumns +
                                  core_column(thread % 32, i % 4)
                            : thread % 16 * 4 + quad(i);
  }
  // The row in the tile of a row of a pass.
  TAEDA_HD static int row_of(int pass, int staged) {
    return is_half<Element>
               ? staged / kCoreRows * (kRows / 2) + pass * kCoreRows + staged % kCoreRows
               : staged * 4 + quad(pass);
  }
  TAEDA_HD static constexpr int quad(int i) { return i / 4 * 64 + i % 4; }

  TAEDA_HD static void multiply(Part<kRows>& left, Part<kColumns>& right, int thread, T* sums) {
    if constexpr (is_half<Element>) {
      TAEDA_UNROLL
      for (int k = 0; k < kDepth; k += kCoreDepth) {
        multiply_cores<kTall, kWide>(&left(thread / 128 * (kRows / 2), k),
                                     &right(thread / 32 % 4 * (kColumns / 4), k), Shape::kStep,
                                     thread % 32, sums);
      }
    } else {
      for (int k = 0; k < kDepth; ++k) {
        T a[kDown], b[kAcross];
        TAEDA_UNROLL
        for (int i = 0; i < kDown; ++i) a[i] = left(thread / 16 * 4 + quad(i), k);
        TAEDA_UNROLL
        for (int i = 0; i < kAcross; ++i) b[i] = right(thread % 16 * 4 + quad(i), k);
        TAEDA_UNROLL
        for (int i = 0; i < kDown; ++i) {
          TAEDA_UNROLL
          for (int j = 0; j < kAcross; ++j) {
            sums[i * kAcross + j] = fma(a[i], b[j], sums[i * kAcross + j]);
          }
        }
      }
    }
  }
};

template <class Shape, class Problem>
void run_tiles(int64_t outer, const Problem& problem) {
  TileBody<Shape, Problem> body{problem, (problem.rows() + Shape::kRows - 1) / Shape::kRows,
                                (problem.columns() + Shape::kColumns - 1) / Shape::kColumns};
  for_each_block(outer * body.row_tiles * body.column_tiles, body);
}

// W neighbours of a matrix, from (row, k) on; zero from `rows` and `end` on.
template <class Element>
struct MatrixPart {
  Memory memory;
  int64_t row_step, k_step, rows;
  bool along_k;

  template <int W>
  TAEDA_HD void bring(int64_t base, int64_t row, int64_t k, int64_t end, Element* to) const {
    const int64_t step = along_k ? k_step : row_step;
    const int64_t there = along_k ? (row < rows ? end - k : 0) : (k < end ? rows - row : 0);
    const int64_t at = base + row * row_step + k * k_step;
    if (there >= W && memory.dtype == DTypeOf<Element>::value) {
      const Element* from = static_cast<const Element*>(memory.data) + at;
      struct alignas(16) Pack {
        Element elements[W];
      };
      if (step == 1 && reinterpret_cast<uintptr_t>(from) % 16 == 0) {
        const Pack pack = *reinterpret_cast<const Pack*>(from);
        TAEDA_UNROLL
        for (int i = 0; i < W; ++i) to[i] = pack.elements[i];
      } else {
        TAEDA_UNROLL
        for (int i = 0; i < W; ++i) to[i] = from[i * step];
      }
      return;
    }
    using Wide = std::conditional_t<is_half<Element>, float, Element>;
    TAEDA_UNROLL
    for (int i = 0; i < W; ++i) {
      to[i] = Element(i < there ? memory.load<Wide>(at + i * step) : Wide(0));
    }
  }
};

}  // namespace taeda::cuda
