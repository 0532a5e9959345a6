// Drives the folds over strided operands of any dtype: rows and blocks of long reductions.
#pragma once

#include <numeric>

#include "../elementwise/copy.h"
#include "../rounding.h"
#include "columns.h"
#include "folds.h"
#include "layout.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {

class Reduction {
 public:
  static constexpr int64_t kMostBytes = 24;  // of a value

  // Folds into `values`, one for each output in the order of layout.kept.
  Reduction(const ReduceLayout& layout, const Folds& folds, const void* centers, void* values)
      : layout_(layout),
        folds_(folds),
        centers_(static_cast<const char*>(centers)),
        values_(static_cast<char*>(values)) {}

  void run() {
    if (layout_.blocks() == 1) return fold_into(values_);
    if (!by_columns() && !layout_.is_turned()) return fold_long_rows();
    Scratch<char> partial(layout_.outputs() * layout_.blocks() * folds_.size);
    fold_into(partial.data());
    combine(partial.data(), layout_.blocks(), by_columns() ? layout_.columns() : 1);
  }

 private:
  static constexpr int64_t kTileRows = 64;              // short rows done at a time
  static constexpr int64_t kCached = int64_t{4} << 20;  // elements: what a last-level cache holds
  static constexpr int64_t kGroup = 32;  // blocks, a power of two: a subtree of their tree

  bool by_columns() const { return folds_.lanes && layout_.is_columns(); }

  // values_ from `parts` values of each output; those of `width` neighbours lie side by side.
  void combine(char* partial, int64_t parts, int64_t width) {
    const int64_t bytes = width * folds_.size;
    layout_.parallel(layout_.outputs() / width,
                     std::max<int64_t>(1, kReduceGrain / (width * parts)),
                     [&](int64_t begin, int64_t end) {
                       for (int64_t i = begin; i < end; ++i) {
                         char* first = partial + i * parts * bytes;
                         combine_blocks(parts, [&](int64_t into, int64_t from) {
                           folds_.combine(first + into * bytes, first + from * bytes, width);
                         });
                         std::memcpy(values_ + i * bytes, first, static_cast<size_t>(bytes));
                       }
                     });
  }

  void fold_into(char* partial) {
    if (by_columns())
      ColumnReduction(layout_, folds_, centers_, false).fold(partial);
    else if (folds_.lanes && folds_.size == layout_.element_size() && folds_.size >= 4 &&
             layout_.elements() <= kLanes && layout_.outputs() > 1) {
      fold_short_rows(partial);
    } else if (layout_.is_turned()) {
      fold_turned(partial);
    } else {
      fold_rows(partial);
    }
  }

  // Rows of at most kLanes elements: each is its own lanes, so a tile of them is turned over and
  // done as columns.
  void fold_short_rows(char* values) {
    const int64_t n = layout_.elements(), size = folds_.size;
    const int64_t grain = kReduceGrain / n / kTileRows * kTileRows;
    layout_.parallel(layout_.outputs(), grain, [&](int64_t begin, int64_t end) {
      alignas(64) char gathered[kLanes * kTileRows * 8], tile[kLanes * kTileRows * 8];
      for (int64_t first = begin; first < end; first += kTileRows) {
        const int64_t rows = std::min(kTileRows, end - first);
        if (size == 4)
          turn_tile<uint32_t>(first, rows, gathered, tile);
        else
          turn_tile<uint64_t>(first, rows, gathered, tile);
        folds_.few(values + first * size, tile, rows, n, rows,
                   centers_ ? centers_ + first * size : nullptr);
      }
    });
  }

  // tile[k][r] = element k of output first + r.
  template <class Word>
  void turn_tile(int64_t first, int64_t rows, void* gathered, void* tile) {
    const int64_t n = layout_.elements();
    const Word* from = static_cast<const Word*>(gathered);
    int64_t pitch = n;
    if (layout_.is_matrix()) {
      pitch = layout_.kept.strides[0][0];
      from = reinterpret_cast<const Word*>(layout_.at(first * pitch));
    } else {
      layout_.each_output(first, first + rows, [&](int64_t output, int64_t offset) {
        char* row = static_cast<char*>(gathered) + (output - first) * n * folds_.size;
        const void* found = layout_.fetch(offset, 0, n, row);
        if (found != row) std::memcpy(row, found, static_cast<size_t>(n * folds_.size));
      });
    }
    turn_rows(from, pitch, rows, n, static_cast<Word*>(tile), rows);
  }

  // partial[block] of elements that run across the memory. Where blocks do not go over the ends of
  // the outermost dimension its entries are folded side by side, as columns.
  void fold_turned(char* partial) {
    const Plan<1>& plan = layout_.reduced;
    const int64_t columns = plan.shape[0], rows = layout_.elements() / columns;
    if (folds_.lanes && !centers_ && folds_.size == layout_.element_size() && rows % kBlock == 0) {
      const size_t ndim = static_cast<size_t>(plan.ndim);
      const int64_t stride = 1;
      const ReduceLayout turned({const_cast<char*>(layout_.at(0)),
                                 layout_.dtype,
                                 {plan.shape.data(), ndim},
                                 {plan.strides[0].data(), ndim}},
                                {nullptr, layout_.element, {&columns, 1}, {&stride, 1}},
                                plan.ndim - 1, layout_.element, false);
      if (turned.is_columns() && turned.columns() == columns) {
        const int64_t blocks = rows / kBlock, all = layout_.blocks(), size = folds_.size;
        const Scratch<char> found(all * size);
        ColumnReduction(turned, folds_, nullptr, false).fold(found.data());
        for (int64_t i = 0; i < all; ++i) {
          std::memcpy(partial + i * size, found.data() + (i % blocks * columns + i / blocks) * size,
                      static_cast<size_t>(size));
        }
        return;
      }
    }
    fold_slabs(partial);
  }

  // The same for any layout: the elements are brought into order slab by slab, each a whole number
  // of blocks.
  void fold_slabs(char* partial) {
    const Plan<1>& plan = layout_.reduced;
    const int64_t outer = plan.shape[0], inner = layout_.elements() / outer;
    const int64_t unit = kBlock / std::gcd(inner, kBlock);
    const int64_t most = std::min(outer, std::max(unit, kCached / inner / unit * unit));
    const Scratch<char> slab(most * inner * layout_.element_size());
    std::array<int64_t, kMaxDims> shape = plan.shape, strides;
    const size_t ndim = static_cast<size_t>(plan.ndim);
    int64_t step = 1;
    for (int d = plan.ndim - 1; d >= 0; --d) {
      strides[d] = step;
      step *= shape[d];
    }
    for (int64_t first = 0; first < outer; first += most) {
      shape[0] = std::min(most, outer - first);
      const int64_t count = shape[0] * inner, base = first * inner / kBlock;
      copy_array({slab.data(), layout_.element, {shape.data(), ndim}, {strides.data(), ndim}},
                 {const_cast<char*>(layout_.at(first * plan.strides[0][0])),
                  layout_.dtype,
                  {shape.data(), ndim},
                  {plan.strides[0].data(), ndim}});
      layout_.parallel(block_count(count), kReduceGrain / kBlock, [&](int64_t begin, int64_t end) {
        for (int64_t block = begin; block < end; ++block) {
          const int64_t size = std::min(kBlock, count - block * kBlock);
          const Piece piece{slab.data() + block * kBlock * layout_.element_size(), size};
          folds_.block(&piece, size, centers_, partial + (base + block) * folds_.size);
        }
      });
    }
  }

  // values[output] of rows of one block. Those that the caches hold are done side by side; what
  // comes from memory is read on and on.
  void fold_rows(char* values) {
    const int64_t n = layout_.elements();
    const bool side_by_side =
        folds_.rows && layout_.is_matrix() && layout_.outputs() * n <= kCached;
    layout_.parallel(layout_.outputs(), std::max<int64_t>(1, kReduceGrain / n),
                     [&](int64_t begin, int64_t end) {
                       if (!side_by_side) return fold_groups(begin, end, 1, values);
                       const int64_t pitch = layout_.kept.strides[0][0];
                       const char* centers = centers_ ? centers_ + begin * folds_.size : nullptr;
                       folds_.rows(layout_.at(begin * pitch), pitch, end - begin, n, centers,
                                   values + begin * folds_.size);
                     });
  }

  // The same of rows of many blocks: the thread that folds a group of them combines it too.
  void fold_long_rows() {
    const int64_t blocks = layout_.blocks(), outputs = layout_.outputs();
    const int64_t groups = ceil_div(blocks, kGroup);
    const Scratch<char> partial(groups > 1 ? outputs * groups * folds_.size : 0);
    char* to = groups > 1 ? partial.data() : values_;
    const int64_t grain = std::max<int64_t>(1, kReduceGrain / (std::min(blocks, kGroup) * kBlock));
    layout_.parallel(outputs * groups, grain,
                     [&](int64_t begin, int64_t end) { fold_groups(begin, end, groups, to); });
    if (groups > 1) combine(to, groups, 1);
  }

  // to[output][group] for begin <= output * groups + group < end.
  void fold_groups(int64_t begin, int64_t end, int64_t groups, char* to) {
    alignas(64) char buffer[kBlock * 8];
    alignas(64) char values[kGroup * kMostBytes];
    Piece pieces[ReduceLayout::kMostPieces];
    const int64_t n = layout_.elements(), size = folds_.size;
    layout_.each_output(
        begin / groups, (end - 1) / groups + 1, [&](int64_t output, int64_t offset) {
          const int64_t first = std::max(begin - output * groups, int64_t{0});
          const int64_t last = std::min(end - output * groups, groups);
          const char* center = centers_ ? centers_ + output * size : nullptr;
          for (int64_t group = first; group < last; ++group) {
            if (folds_.any_count && layout_.is_direct()) {
              const int64_t at = group * kGroup * kBlock;
              const Piece all{layout_.at(offset + at), std::min(kGroup * kBlock, n - at)};
              folds_.block(&all, all.count, center, to + (output * groups + group) * size);
              continue;
            }
            const int64_t blocks = std::min(kGroup, layout_.blocks() - group * kGroup);
            for (int64_t i = 0; i < blocks; ++i) {
              const int64_t at = (group * kGroup + i) * kBlock, count = std::min(kBlock, n - at);
              layout_.fetch_pieces(offset, at, count, buffer, pieces);
              folds_.block(pieces, count, center, values + i * size);
            }
            combine_blocks(blocks, [&](int64_t into, int64_t from) {
              folds_.combine(values + into * size, values + from * size, 1);
            });
            std::memcpy(to + (output * groups + group) * size, values, static_cast<size_t>(size));
          }
        });
  }

  const ReduceLayout& layout_;
  const Folds& folds_;
  const char* centers_;
  char* values_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA
