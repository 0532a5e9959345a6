// The micro-kernel: a tile of the product that stays in registers while k runs.
#pragma once

#include "matrix/factors.h"
#include "taeda/kernels/simd/partial.h"

namespace taeda::cpu::inline TAEDA_ISA {

// 16 registers hold 6 x 2 sums, the row of b and one value of a; 32 registers hold 14 x 2.
inline constexpr int kTileRows = kVectorBytes == 64 ? 14 : 6;
inline constexpr int kHalfRows = kTileRows / 2;
template <class T>
inline constexpr int kPanelColumns = 2 * Vec<typename Factors<T>::Sum>::size;
// Steps of k between two visits of the sums, whose loads and stores then cost little.
inline constexpr int64_t kDepthBlock = 512;

// How many of the rows that are left the next tile takes. Packers and loops share this rule.
constexpr int next_height(int64_t left) {
  if constexpr (kTileRows == 6) {
    if (left <= 6) return static_cast<int>(left);
    return left >= 12 ? 6 : static_cast<int>((left + 1) / 2);
  } else {
    if (left == 16) return 8;  // two that occupy the core, where one of 2 would not
    return left >= 14 ? 14 : left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
  }
}

// Where a tile finds a(row, k). Packed: the values of one k side by side, here with those of other
// tiles between them.
template <class T, int Rows, int Together>
struct PackedPart {
  const T* data;
  int64_t depth;

  static constexpr int segments() { return 1; }
  void enter(int64_t) {}
  const T& operator()(int row, int64_t k) const { return data[k * Together + row]; }
};

template <class T, int Rows>
struct PackedRows : PackedPart<T, Rows, Rows> {};

template <class T, int>
struct StridedRows {
  const T* data;
  int64_t depth;
  int64_t row_stride, k_stride;

  static constexpr int segments() { return 1; }
  void enter(int64_t) {}
  const T& operator()(int row, int64_t k) const { return data[row * row_stride + k * k_stride]; }
};

// Strides in bytes: a pair of bfloat16 may lie between two places for pairs.
template <class T, int Rows>
struct PlacedRows {
  const void* data;
  int64_t depth;
  int64_t row_stride, k_stride;
  const char* later = nullptr;  // the second half of many rows

  static constexpr int segments() { return 1; }
  // Halves have the same offsets, all of which fit in registers. The compiler must not see that one
  // is computed from the other, since it would then compute all offsets from the first.
  void enter(int64_t) {
    later = static_cast<const char*>(data) + kHalfRows * row_stride;
    asm("" : "+r"(later));
  }
  const T& operator()(int row, int64_t k) const {
    const bool first = Rows < kTileRows || row < kHalfRows;
    const char* from = first ? static_cast<const char*>(data) + row * row_stride
                             : later + (row - kHalfRows) * row_stride;
    return *reinterpret_cast<const T*>(from + k * k_stride);
  }
  // Asks for what a later step reads where rows lie across k: they come from a page for each k,
  // where the hardware does not see what comes. The first level has no room for more than the near
  // ones. Inlined, because calls of a function that only asks for memory are dropped as useless.
  [[gnu::always_inline]] void expect(int64_t k) const {
    constexpr int64_t line = 64;
    if (Rows == kTileRows && k_stride >= line) {
      constexpr int64_t near = 8, far = 64;
      constexpr int second_level = 2;
      const char* first = static_cast<const char*>(data) + k * k_stride;
      const char* last = first + (Rows - 1) * row_stride;
      __builtin_prefetch(first + near * k_stride);
      __builtin_prefetch(first + far * k_stride, 0, second_level);
      __builtin_prefetch(last + near * k_stride);
      __builtin_prefetch(last + far * k_stride, 0, second_level);
    }
  }
};

// Rows of an image seen through a window: row i starts at data + offsets[i], and k runs over
// `segments` lines of `depth` values.
template <class T, int Rows>
struct WindowRows {
  const T* data;
  int64_t depth;
  const int64_t* offsets;
  int64_t segment_stride, segment_count;
  const T* rows[Rows] = {};

  int64_t segments() const { return segment_count; }
  void enter(int64_t segment) {
    for (int i = 0; i < Rows; ++i) rows[i] = data + offsets[i] + segment * segment_stride;
  }
  const T& operator()(int row, int64_t k) const { return rows[row][k]; }
};

// Where the sums of a tile begin, and what is added to them in the end while they are in registers.
template <class Sum>
struct Ends {
  bool accumulate;              // from what the tile holds, else from zero
  const Sum* addend = nullptr;  // null for none
  int64_t addend_stride = 0;    // between its rows: zero where one serves all

  Ends(bool from_held) : accumulate(from_held) {}
};

// c[i][j] = (accumulate ? c[i][j] : 0) + sum over k of a(i, k) * b[k * b_stride + j], k ascending,
// + addend[i][j]. Columns after those of a panel are read panel_step further. Partial: of the last
// vector only `last` columns exist.
template <class T, int Rows, int Vectors, bool Partial, class A>
[[gnu::always_inline]] inline void tile_inlined(A a, const T* b, int64_t b_stride,
                                                typename Factors<T>::Sum* c, int64_t c_stride,
                                                Ends<typename Factors<T>::Sum> ends, int last,
                                                int64_t panel_step) {
  using F = Factors<T>;
  using Sum = typename F::Sum;
  constexpr int width = Vec<Sum>::size;
  const FirstLanes<Sum> lanes(Partial ? last : width);
  Vec<Sum> sum[Rows][Vectors];
  if (ends.accumulate) {
#pragma GCC unroll 14
    for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 8
      for (int j = 0; j < Vectors; ++j) {
        const Sum* from = c + i * c_stride + j * width;
        sum[i][j] = Partial && j == Vectors - 1 ? lanes.load(from) : Vec<Sum>::load(from);
      }
    }
  } else {
#pragma GCC unroll 14
    for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 8
      for (int j = 0; j < Vectors; ++j) sum[i][j] = Vec<Sum>(0);
    }
  }
  // Lines of fresh sums are asked for while k runs, a row a step: many at once would hold up the
  // loads of factors, and the stores would wait for lines that were not asked for. A short k leaves
  // no time for that.
  const auto expect_sums = [&](int64_t i) __attribute__((always_inline)) {
#pragma GCC unroll 8
    for (int j = 0; j < Vectors; ++j) __builtin_prefetch(c + i * c_stride + j * width, 1);
  };
  const bool at_once = a.depth < 2 * Rows;
  int64_t expected = ends.accumulate || at_once ? Rows : 0;
  if (!ends.accumulate && at_once) {
#pragma GCC unroll 14
    for (int i = 0; i < Rows; ++i) expect_sums(i);
  }
  const auto step = [&](int64_t k) __attribute__((always_inline)) {
    if constexpr (requires { a.expect(k); }) a.expect(k);
    Vec<Sum> row[Vectors];
#pragma GCC unroll 8
    for (int j = 0; j < Vectors; ++j) {
      const Sum* from = F::lanes(b) + j / 2 * panel_step + j % 2 * width;
      row[j] = Partial && j == Vectors - 1 ? lanes.load(from) : Vec<Sum>::load(from);
    }
#pragma GCC unroll 14
    for (int i = 0; i < Rows; ++i) {
      const auto value = F::template spread<Vectors>(a(i, k));
#pragma GCC unroll 8
      for (int j = 0; j < Vectors; ++j) sum[i][j] = F::multiply_add(value, row[j], sum[i][j]);
    }
    b += b_stride;
  };
  for (int64_t segment = 0; segment < a.segments(); ++segment) {
    a.enter(segment);
    int64_t k = 0;
    for (; expected < Rows && k < a.depth; ++k) {
      expect_sums(expected++);
      step(k);
    }
    // A core that two threads share has few instructions to spare beside those that multiply.
#pragma GCC unroll 2
    for (; k < a.depth; ++k) step(k);
  }
  if (ends.addend) {
#pragma GCC unroll 14
    for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 8
      for (int j = 0; j < Vectors; ++j) {
        const Sum* from = ends.addend + i * ends.addend_stride + j * width;
        sum[i][j] =
            sum[i][j] + (Partial && j == Vectors - 1 ? lanes.load(from) : Vec<Sum>::load(from));
      }
    }
  }
#pragma GCC unroll 14
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < Vectors; ++j) {
      Sum* to = c + i * c_stride + j * width;
      if (Partial && j == Vectors - 1)
        lanes.store(to, sum[i][j]);
      else
        sum[i][j].store(to);
    }
  }
}

template <class T, int Rows, int Vectors, bool Partial, class A>
[[gnu::noinline]] void tile(const A& a, const T* b, int64_t b_stride, typename Factors<T>::Sum* c,
                            int64_t c_stride, const Ends<typename Factors<T>::Sum>& ends, int last,
                            int64_t panel_step = kPanelColumns<T>) {
  tile_inlined<T, Rows, Vectors, Partial>(a, b, b_stride, c, c_stride, ends, last, panel_step);
}

// Tiles one below the other: where k is short, a call for each would take as long as the tile.
template <class T, int Vectors, bool Partial>
[[gnu::noinline]] void tiles_below(int64_t count, PlacedRows<T, kTileRows> a, const T* b,
                                   int64_t b_stride, typename Factors<T>::Sum* c, int64_t c_stride,
                                   Ends<typename Factors<T>::Sum> ends, int last) {
  for (; count > 0; --count) {
    tile_inlined<T, kTileRows, Vectors, Partial>(a, b, b_stride, c, c_stride, ends, last,
                                                 kPanelColumns<T>);
    a.data = static_cast<const char*>(a.data) + kTileRows * a.row_stride;
    c += kTileRows * c_stride;
    if (ends.addend) ends.addend += kTileRows * ends.addend_stride;
  }
}

// Calls function.template operator()<Rows>() for a height that next_height gives.
template <class Function>
inline void with_height(int rows, Function&& function) {
  switch (rows) {
    case 1:
      return function.template operator()<1>();
    case 2:
      return function.template operator()<2>();
    case 4:
      return function.template operator()<4>();
    default:
      break;
  }
  if constexpr (kTileRows == 6) {
    switch (rows) {
      case 3:
        return function.template operator()<3>();
      case 5:
        return function.template operator()<5>();
      case 6:
        return function.template operator()<6>();
    }
  } else {
    if (rows == 8) return function.template operator()<8>();
    return function.template operator()<14>();
  }
}

// Calls function.template operator()<Vectors, Partial>(last) for at most kPanelColumns.
template <class T, class Function>
inline void with_columns(int columns, Function&& function) {
  constexpr int width = kPanelColumns<T> / 2;
  if (columns == 2 * width) {
    function.template operator()<2, false>(width);
  } else if (columns > width) {
    function.template operator()<2, true>(columns - width);
  } else if (columns == width) {
    function.template operator()<1, false>(width);
  } else {
    function.template operator()<1, true>(columns);
  }
}

// A tile of at most kPanelColumns.
template <class T, template <class, int> class A, int Rows>
inline void run_tile_of(const A<T, Rows>& a, int columns, const T* b, int64_t b_stride,
                        typename Factors<T>::Sum* c, int64_t c_stride,
                        const Ends<typename Factors<T>::Sum>& ends) {
  with_columns<T>(columns, [&]<int Vectors, bool Partial>(int last) {
    tile<T, Rows, Vectors, Partial>(a, b, b_stride, c, c_stride, ends, last);
  });
}

// One tile of at most kTileRows x kPanelColumns.
template <class T, template <class, int> class A, class... Rest>
inline void run_tile(int rows, int columns, const T* b, int64_t b_stride,
                     typename Factors<T>::Sum* c, int64_t c_stride,
                     const Ends<typename Factors<T>::Sum>& ends, Rest... a) {
  with_height(rows, [&]<int Rows>() {
    run_tile_of(A<T, Rows>{a...}, columns, b, b_stride, c, c_stride, ends);
  });
}

}  // namespace taeda::cpu::inline TAEDA_ISA
