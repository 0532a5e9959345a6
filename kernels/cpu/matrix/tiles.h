// The tiles of a product: how one meets its operands, its sums and what finishes them.
#pragma once

#include "machine.h"
#include "matrix/operands.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Columns of b in panels of kPanelColumns, packed or where they lie.
template <class T>
struct Panels {
  const T* data;
  int64_t stride;  // between two k
  int64_t step;    // between two panels
};

template <class T>
class Tiles {
  using Sum = typename Factors<T>::Sum;
  static constexpr int kPanel = kPanelColumns<T>;
  // As many sums in half of the rows and two panels: fewer loads of a for each of them, for which a
  // core that two threads share has few instructions left. Two panels are more than the first-level
  // cache holds, and twice as much of b comes from the second for each step of k: where steps are
  // short, multipliers would wait for that.
  static constexpr bool kHalves = kTileRows == 14;

 public:
  explicit Tiles(const Operands<T>& operands)
      : p_(operands), finish_(p_.finish), added_in_tile_(finish_.adds_plainly()) {
    if (added_in_tile_) finish_.addend = {};
  }

  static bool takes_halves(int64_t columns) {
    return kHalves && columns > kPanel && !has_two_wide_multipliers();
  }

  // Memory of m * n for sums that cannot stay in the output between two blocks of k.
  void keep_sums(Sum* sums) { sums_ = sums; }

  // The rows of one tile times the columns [first, end) for one block of k; `a` is their packed
  // tile, or null where they are read where they lie.
  void run_row(int64_t row, int height, int64_t first, int64_t end, int64_t k, int64_t depth,
               const T* a, Panels<T> b) const {
    int64_t column = first;
    const auto next = [&](int columns) {
      column += columns;
      b.data += columns / kPanel * b.step;
    };
    if constexpr (kHalves) {
      const bool along_k = a || p_.a.k_stride == 1;
      const bool halves = along_k && takes_halves(end - first);
      for (; halves && height == kTileRows && column + kPanel < end; next(2 * kPanel)) {
        const int columns = static_cast<int>(std::min<int64_t>(2 * kPanel, end - column));
        with_columns<T>(columns - kPanel, [&]<int Vectors, bool Partial>(int some) {
          run_halves<2 + Vectors, Partial>(row, column, columns, some, k, depth, a, b);
        });
      }
    }
    for (; column < end; next(kPanel)) {
      const int columns = static_cast<int>(std::min<int64_t>(kPanel, end - column));
      run_one(row, height, column, columns, k, depth, a, b);
    }
  }

  // Whole tiles of the rows [row, end), one below the other, for at most kPanel columns; returns
  // the first row that is left. They neither need a packed `a` nor anything after their sums.
  int64_t run_below(int64_t row, int64_t end, int64_t column, int columns, int64_t k, int64_t depth,
                    const Panels<T>& b) const {
    const bool last = k + depth >= p_.k;
    if (!p_.sums_in_place || (last && !finish_.is_plain())) return row;
    int64_t count = (end - row) / kTileRows;
    if (next_height(end - row - (count - 1) * kTileRows) != kTileRows) --count;
    if (count <= 0) return row;
    const PlacedRows<T, 1> a = p_.a_from(row, k, depth);
    Sum* sums = static_cast<Sum*>(finish_.out.at(row, column));
    with_columns<T>(columns, [&]<int Vectors, bool Partial>(int some) {
      tiles_below<T, Vectors, Partial>(count, {a.data, depth, a.row_stride, a.k_stride}, b.data,
                                       b.stride, sums, finish_.out.row_stride,
                                       ends_of(row, column, k, last), some);
    });
    return row + count * kTileRows;
  }

 private:
  void run_one(int64_t row, int height, int64_t column, int columns, int64_t k, int64_t depth,
               const T* a, const Panels<T>& b) const {
    const bool last = k + depth >= p_.k;
    const Ends<Sum> ends = ends_of(row, column, k, last);
    visit_sums(row, height, column, columns, last, [&](Sum* sums, int64_t stride) {
      if (a) {
        run_tile<T, PackedRows>(height, columns, b.data, b.stride, sums, stride, ends, a, depth);
      } else {
        const PlacedRows<T, 1> from = p_.a_from(row, k, depth);
        run_tile<T, PlacedRows>(height, columns, b.data, b.stride, sums, stride, ends, from.data,
                                depth, from.row_stride, from.k_stride);
      }
    });
  }

  template <int Vectors, bool Partial>
  void run_halves(int64_t row, int64_t column, int columns, int last_columns, int64_t k,
                  int64_t depth, const T* a, const Panels<T>& b) const {
    const bool last = k + depth >= p_.k;
    visit_sums(row, kTileRows, column, columns, last, [&](Sum* sums, int64_t stride) {
      for (int i = 0; i < kTileRows; i += kHalfRows) {
        const auto run = [&](const auto& rows) {
          tile<T, kHalfRows, Vectors, Partial>(rows, b.data, b.stride, sums + i * stride, stride,
                                               ends_of(row + i, column, k, last), last_columns,
                                               b.step);
        };
        if (a) {
          run(PackedPart<T, kHalfRows, kTileRows>{a + i, depth});
        } else {
          const PlacedRows<T, 1> from = p_.a_from(row + i, k, depth);
          run(PlacedRows<T, kHalfRows>{from.data, depth, from.row_stride, from.k_stride});
        }
      }
    });
  }

  Ends<Sum> ends_of(int64_t row, int64_t column, int64_t k, bool last) const {
    Ends<Sum> ends(k > 0);
    if (last && added_in_tile_) {
      ends.addend = static_cast<const Sum*>(p_.finish.addend.at(row, column));
      ends.addend_stride = p_.finish.addend.row_stride;
    }
    return ends;
  }

  // Hands the place of a tile's sums to `compute` and finishes them after the last block of k.
  template <class Compute>
  void visit_sums(int64_t row, int height, int64_t column, int columns, bool last,
                  Compute compute) const {
    if (last) p_.finish.expect(row, column, height, columns);
    if (p_.sums_in_place) {
      const int64_t stride = finish_.out.row_stride;
      Sum* sums = static_cast<Sum*>(finish_.out.at(row, column));
      compute(sums, stride);
      if (last && !finish_.is_plain()) finish_(row, column, height, columns, sums, stride);
    } else if (sums_) {
      Sum* sums = sums_ + row * p_.n + column;
      compute(sums, p_.n);
      if (last) finish_(row, column, height, columns, sums, p_.n);
    } else {
      alignas(64) Sum sums[kTileRows * 2 * kPanel];
      const int64_t stride = round_up(columns, kPanel);
      compute(sums, stride);
      finish_(row, column, height, columns, sums, stride);
    }
  }

  const Operands<T>& p_;
  Finish<Sum> finish_;  // what the tiles leave to do
  bool added_in_tile_;
  Sum* sums_ = nullptr;
};

}  // namespace taeda::cpu::inline TAEDA_ISA
