// Drives the folds over strided operands of any dtype: rows, columns and blocks of long reductions.
#pragma once

#include <numeric>

#include "../elementwise/copy.h"
#include "folds.h"
#include "layout.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {

class Reduction {
 public:
  // Folds into `values`, one of dtype `value` for each output in the order of layout.kept.
  Reduction(const ReduceLayout& layout, const Folds& folds, DType value, const void* centers,
            void* values)
      : layout_(layout),
        folds_(folds),
        size_(size_of(value)),
        element_size_(size_of(layout.element)),
        blocks_(block_count(layout.elements())),
        centers_(static_cast<const char*>(centers)),
        values_(static_cast<char*>(values)) {}

  void run() {
    const int64_t outputs = layout_.outputs();
    if (blocks_ == 1) return fold_into(values_);
    Scratch<char> partial(outputs * blocks_ * size_);
    fold_into(partial.data());
    const int64_t width = by_columns() ? layout_.columns() : 1;
    parallel_for(
        outputs / width, std::max<int64_t>(1, kReduceGrain / (width * blocks_)),
        [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) {
            char* first = partial.data() + i * blocks_ * width * size_;
            combine_blocks(blocks_, [&](int64_t into, int64_t from) {
              folds_.combine(first + into * width * size_, first + from * width * size_, width);
            });
            std::memcpy(values_ + i * width * size_, first, static_cast<size_t>(width * size_));
          }
        });
  }

 private:
  // Columns done at a time: long runs for the memory, but work for several threads.
  static constexpr int64_t kMostColumnBytes = 4096, kFewestColumnBytes = 512, kColumnItems = 8;
  static constexpr int64_t kTileRows = 64;  // short rows done at a time
  static constexpr int64_t kAhead = 2;      // rows that are prefetched
  static constexpr int64_t kSteps = 8;      // rows of a lane done at a time

  bool by_columns() const { return folds_.lanes && layout_.is_columns(); }

  void fold_into(char* partial) {
    if (by_columns())
      fold_columns(partial);
    else if (folds_.lanes && size_ == element_size_ && layout_.elements() <= kLanes &&
             layout_.outputs() > 1) {
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
    const int64_t n = layout_.elements();
    const int64_t grain = kReduceGrain / n / kTileRows * kTileRows;
    parallel_for(layout_.outputs(), grain, [&](int64_t begin, int64_t end) {
      alignas(64) char gathered[kLanes * kTileRows * 8];
      alignas(64) char tile[kLanes * kTileRows * 8], lanes[kLanes * kTileRows * 8];
      for (int64_t first = begin; first < end; first += kTileRows) {
        const int64_t rows = std::min(kTileRows, end - first);
        if (size_ == 4)
          turn_tile<uint32_t>(first, rows, gathered, tile);
        else
          turn_tile<uint64_t>(first, rows, gathered, tile);
        if (centers_) {
          for (int64_t k = 0; k < n; ++k) {
            folds_.lanes(lanes + k * rows * size_, tile + k * rows * size_, rows, 1, 0,
                         centers_ + first * size_, true);
          }
        } else {
          folds_.lanes(lanes, tile, n * rows, 1, 0, nullptr, true);
        }
        combine_rows(lanes, n, rows);
        std::memcpy(values + first * size_, lanes, static_cast<size_t>(rows * size_));
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
        char* row = static_cast<char*>(gathered) + (output - first) * n * size_;
        const void* found = layout_.fetch(offset, 0, n, row);
        if (found != row) std::memcpy(row, found, static_cast<size_t>(n * size_));
      });
    }
    turn_rows(from, pitch, rows, n, static_cast<Word*>(tile), rows);
  }

  // partial[block] of elements that run across the memory. Where blocks do not go over the ends of
  // the outermost dimension its entries are folded side by side, as columns.
  void fold_turned(char* partial) {
    const Plan<1>& plan = layout_.reduced;
    const int64_t columns = plan.shape[0], rows = layout_.elements() / columns;
    if (folds_.lanes && !centers_ && size_ == element_size_ && rows % kBlock == 0) {
      const size_t ndim = static_cast<size_t>(plan.ndim);
      const int64_t stride = 1;
      const ReduceLayout turned({const_cast<char*>(layout_.at(0)),
                                 layout_.dtype,
                                 {plan.shape.data(), ndim},
                                 {plan.strides[0].data(), ndim}},
                                {nullptr, layout_.element, {&columns, 1}, {&stride, 1}},
                                plan.ndim - 1, layout_.element, false);
      if (turned.is_columns() && turned.columns() == columns) {
        const int64_t blocks = rows / kBlock;
        const Scratch<char> found(blocks_ * size_);
        Reduction(turned, folds_, layout_.element, nullptr, nullptr).fold_columns(found.data());
        for (int64_t i = 0; i < blocks_; ++i) {
          std::memcpy(partial + i * size_,
                      found.data() + (i % blocks * columns + i / blocks) * size_,
                      static_cast<size_t>(size_));
        }
        return;
      }
    }
    fold_slabs(partial);
  }

  // The same for any layout: the elements are brought into order slab by slab, each a whole number
  // of blocks.
  void fold_slabs(char* partial) {
    constexpr int64_t kSlab = int64_t{4} << 20;  // elements: what a last-level cache holds
    const Plan<1>& plan = layout_.reduced;
    const int64_t outer = plan.shape[0], inner = layout_.elements() / outer;
    const int64_t unit = kBlock / std::gcd(inner, kBlock);
    const int64_t most = std::min(outer, std::max(unit, kSlab / inner / unit * unit));
    const Scratch<char> slab(most * inner * element_size_);
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
      parallel_for(block_count(count), kReduceGrain / kBlock, [&](int64_t begin, int64_t end) {
        for (int64_t block = begin; block < end; ++block) {
          const int64_t size = std::min(kBlock, count - block * kBlock);
          const Piece piece{slab.data() + block * kBlock * element_size_, size};
          folds_.block(&piece, size, centers_, partial + (base + block) * size_);
        }
      });
    }
  }

  // Combines `live` rows of lanes of `count` columns into the first.
  void combine_rows(char* lanes, int64_t live, int64_t count) {
    for (int64_t half = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(live))) / 2;
         half > 0; half /= 2) {
      folds_.combine(lanes, lanes + half * count * size_, (live - half) * count);
      live = half;
    }
  }

  // partial[output][block].
  void fold_rows(char* partial) {
    const int64_t n = layout_.elements();
    const int64_t grain = std::max<int64_t>(1, kReduceGrain / std::min(n, kBlock));
    parallel_for(layout_.outputs() * blocks_, grain, [&](int64_t begin, int64_t end) {
      alignas(64) char buffer[kBlock * 8];
      Piece pieces[ReduceLayout::kMostPieces];
      const int64_t last = (end - 1) / blocks_;
      layout_.each_output(begin / blocks_, last + 1, [&](int64_t output, int64_t offset) {
        const int64_t first_block = std::max(begin - output * blocks_, int64_t{0});
        const int64_t end_block = std::min(end - output * blocks_, blocks_);
        const char* center = centers_ ? centers_ + output * size_ : nullptr;
        for (int64_t block = first_block; block < end_block; ++block) {
          const int64_t count = std::min(kBlock, n - block * kBlock);
          layout_.fetch_pieces(offset, block * kBlock, count, buffer, pieces);
          folds_.block(pieces, count, center, partial + (output * blocks_ + block) * size_);
        }
      });
    });
  }

  // partial[outer output][block][column].
  void fold_columns(char* partial) {
    const int64_t columns = layout_.columns();
    int64_t width = std::min(columns, kMostColumnBytes / size_);
    int64_t chunks, items;
    for (;; width /= 2) {
      chunks = (columns + width - 1) / width;
      items = layout_.outputs() / columns * chunks * blocks_;
      if (items >= kColumnItems || width * size_ <= kFewestColumnBytes) break;
    }
    const int64_t rows = std::min(layout_.elements(), kBlock);
    const int64_t grain = std::max<int64_t>(1, kReduceGrain / (rows * width));
    parallel_for(items, grain, [&](int64_t begin, int64_t end) {
      Scratch<char> lanes(kLanes * width * size_);
      for (int64_t item = begin; item < end; ++item) {
        const int64_t block = item % blocks_;
        const int64_t chunk = item / blocks_ % chunks;
        const int64_t outer = item / blocks_ / chunks;
        const int64_t column = chunk * width;
        const int64_t count = std::min(width, columns - column);
        fold_column_block(outer * columns + column, block, count, lanes.data());
        std::memcpy(partial + ((outer * blocks_ + block) * columns + column) * size_, lanes.data(),
                    static_cast<size_t>(count * size_));
      }
    });
  }

  // Rows at one distance: several that belong to a lane at a time.
  void fold_even_rows(const char* from, int64_t rows, int64_t count, const char* center,
                      char* lanes) {
    const int64_t pitch = layout_.reduced.strides[0][0], bytes = pitch * element_size_;
    const bool no_gaps = pitch == count && !center;  // then a row of lanes is as contiguous
    for (int64_t row = 0; row < rows;) {
      const int64_t steps = std::clamp<int64_t>((rows - row) / kLanes, 1, kSteps);
      const int64_t live = std::min<int64_t>(kLanes, rows - row);
      const char* first = from + row * bytes;
      if (no_gaps) {
        folds_.lanes(lanes, first, live * count, steps, kLanes * pitch, nullptr, row == 0);
      } else {
        for (int64_t lane = 0; lane < live; ++lane) {
          // Too short runs for the hardware to see where they lead.
          for (int64_t step = 0; step < steps; ++step) {
            const char* next = first + (lane + kAhead + step * kLanes) * bytes;
            for (int64_t byte = 0; byte < count * element_size_; byte += 64) {
              __builtin_prefetch(next + byte);
            }
          }
          folds_.lanes(lanes + lane * count * size_, first + lane * bytes, count, steps,
                       kLanes * pitch, center, row == 0);
        }
      }
      row += steps * kLanes;
    }
  }

  // Folds a block of rows of `count` columns from output `first` on into the first row of `lanes`.
  void fold_column_block(int64_t first, int64_t block, int64_t count, char* lanes) {
    const int64_t begin = block * kBlock;
    const int64_t rows = std::min(kBlock, layout_.elements() - begin);
    const int64_t live = std::min<int64_t>(rows, kLanes);
    const int64_t stride = layout_.column_stride();
    const bool in_place = layout_.dtype == layout_.element && stride == 1;
    const char* center = centers_ ? centers_ + first * size_ : nullptr;
    const Cursor outer(layout_.kept, first);
    const int64_t offset = outer.offset(0);
    const Plan<1>& reduced = layout_.reduced;
    if (in_place && reduced.ndim == 1) {
      fold_even_rows(layout_.at(offset + begin * reduced.strides[0][0]), rows, count, center,
                     lanes);
    } else {
      alignas(64) char buffer[kMostColumnBytes];
      Cursor cursor(reduced, begin);
      for (int64_t row = 0; row < rows; ++row) {
        const void* from = layout_.at(offset + cursor.offset(0));
        if (!in_place) {
          layout_.convert(buffer, 1, from, stride, count);
          from = buffer;
        }
        folds_.lanes(lanes + row % kLanes * count * size_, from, count, 1, 0, center, row < kLanes);
        if (row + 1 < rows) cursor.advance(1);
      }
    }
    combine_rows(lanes, live, count);
  }

  const ReduceLayout& layout_;
  const Folds& folds_;
  int64_t size_, element_size_;  // of a value, and of what it is folded from
  int64_t blocks_;
  const char* centers_;
  char* values_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA
