// Reductions by columns: neighbouring outputs lie closer than neighbouring elements of one output.
#pragma once

#include "folds.h"
#include "layout.h"
#include "rounding.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Combines `live` rows of lanes of `count` columns into the first: the tree of combine_lanes.
inline void combine_rows(const Folds& folds, char* lanes, int64_t live, int64_t count) {
  for (int64_t half = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(live))) / 2;
       half > 0; half /= 2) {
    folds.combine(lanes, lanes + half * count * folds.size, (live - half) * count);
    live = half;
  }
}

class ColumnReduction {
 public:
  // `centers`: null or one for each output, with `block_centers` for each block, in the order of
  // what `fold` gives.
  ColumnReduction(const ReduceLayout& layout, const Folds& folds, const void* centers,
                  bool block_centers)
      : layout_(layout),
        folds_(folds),
        centers_(static_cast<const char*>(centers)),
        block_centers_(block_centers) {}

  // partial[outer output][block][column]. Where there are few blocks the lanes of one are shared
  // out, so that rows stay whole: memory is fastest where it is read on and on.
  void fold(char* partial) {
    const int64_t columns = layout_.columns(), outer = layout_.outputs() / columns;
    const int64_t blocks = layout_.blocks(), size = folds_.size;
    const bool even = is_in_place() && layout_.reduced.ndim == 1;
    const int64_t rows = std::min(layout_.elements(), kBlock);
    // In registers, or the lanes are to stay in L1, or rows are to be read on and on.
    const bool most_in_row = (even && rows <= kFewRows) || rows >= kManyRows;
    const int64_t most = most_in_row ? kMostColumnBytes : kFewestColumnBytes;
    int64_t width = std::min(columns, most / size), chunks = 0, groups = 1;
    for (;;) {
      chunks = ceil_div(columns, width);
      if (outer * chunks * blocks * groups >= kColumnItems) break;
      if (even && groups < kMostLaneGroups && layout_.elements() >= kBlock)
        groups *= 2;
      else if (width * size > kFewestColumnBytes)
        width /= 2;
      else
        break;
    }
    const auto column_block = [&](int64_t item, char* lanes) {
      const int64_t block = item % blocks, column = item / blocks % chunks * width;
      return ColumnBlock{item / blocks / chunks * columns + column, block,
                         std::min(width, columns - column),
                         std::min(kBlock, layout_.elements() - block * kBlock), lanes};
    };
    const auto finish = [&](const ColumnBlock& part, int64_t live) {
      combine_rows(folds_, part.lanes, live, part.count);
      std::memcpy(partial + place_of(part) * size, part.lanes,
                  static_cast<size_t>(part.count * size));
    };
    const int64_t items = outer * chunks * blocks;
    const int64_t lane_bytes = kLanes * width * size;
    const int64_t grain = std::max<int64_t>(1, kReduceGrain * groups / (rows * width));
    if (groups == 1) {
      layout_.parallel(items, grain, [&](int64_t begin, int64_t end) {
        const Scratch<char> lanes(lane_bytes);
        for (int64_t item = begin; item < end; ++item) {
          const ColumnBlock part = column_block(item, lanes.data());
          finish(part, fold_column_block(part, 0, kLanes));
        }
      });
      return;
    }
    const Scratch<char> lanes(items * lane_bytes);
    const auto shared = [&](int64_t item) {
      return column_block(item, lanes.data() + item * lane_bytes);
    };
    layout_.parallel(items * groups, grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t lane = i % groups * kLanes / groups;
        fold_column_block(shared(i / groups), lane, lane + kLanes / groups);
      }
    });
    layout_.parallel(items, 1, [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; ++item) {
        const ColumnBlock part = shared(item);
        finish(part, std::min<int64_t>(part.rows, kLanes));
      }
    });
  }

 private:
  // Columns done at a time: long runs for the memory, but work for several threads.
  static constexpr int64_t kMostColumnBytes = 16384, kFewestColumnBytes = 512, kColumnItems = 8;
  static constexpr int64_t kManyRows = 1024;
  static constexpr int64_t kFewRows = 4 * kLanes;
  static constexpr int kMostLaneGroups = 4;
  static constexpr int64_t kAhead = 2;  // rows that are prefetched
  static constexpr int64_t kSteps = 8;  // rows of a lane done at a time

  // Some columns of one block of rows, and where their lanes are kept: row after row of them.
  struct ColumnBlock {
    int64_t first, block, count, rows;  // `first`: an output
    char* lanes;
  };

  // [outer output][block][column]
  int64_t place_of(const ColumnBlock& part) const {
    const int64_t columns = layout_.columns();
    return (part.first / columns * layout_.blocks() + part.block) * columns + part.first % columns;
  }

  bool is_in_place() const {
    return layout_.dtype == layout_.element && layout_.column_stride() == 1;
  }

  // Rows at one distance: several that belong to a lane at a time.
  void fold_even_rows(const char* from, const ColumnBlock& part, int64_t lane_begin,
                      int64_t lane_end, const char* center) {
    const int64_t count = part.count, rows = part.rows;
    const int64_t pitch = layout_.reduced.strides[0][0], bytes = pitch * layout_.element_size();
    const int64_t bytes_taken = count * layout_.element_size();
    const bool no_gaps = pitch == count && !center;  // then a row of lanes is as contiguous
    for (int64_t row = 0; row < rows;) {
      const int64_t steps = std::clamp<int64_t>((rows - row) / kLanes, 1, kSteps);
      const int64_t end = std::min(lane_end, rows - row);
      const auto fold = [&](int64_t lane, int64_t elements) {
        folds_.lanes(part.lanes + lane * count * folds_.size, from + (row + lane) * bytes, elements,
                     steps, kLanes * pitch, center, row == 0);
      };
      if (no_gaps) {
        if (lane_begin < end) fold(lane_begin, (end - lane_begin) * count);
      } else {
        for (int64_t lane = lane_begin; lane < end; ++lane) {
          // Too short runs for the hardware to see where they lead.
          for (int64_t step = 0; step < steps; ++step) {
            const char* next = from + (row + lane + kAhead + step * kLanes) * bytes;
            for (int64_t byte = 0; byte < bytes_taken; byte += 64) {
              __builtin_prefetch(next + byte);
            }
          }
          fold(lane, count);
        }
      }
      row += steps * kLanes;
    }
  }

  // Folds the rows of a block into those of its lanes from lane_begin up to lane_end: all of them
  // where the rows do not lie at one distance. How many of these are in use.
  int64_t fold_column_block(const ColumnBlock& part, int64_t lane_begin, int64_t lane_end) {
    const int64_t begin = part.block * kBlock;
    const int64_t place = block_centers_ ? place_of(part) : part.first;
    const char* center = centers_ ? centers_ + place * folds_.size : nullptr;
    const Cursor outer(layout_.kept, part.first);
    const int64_t offset = outer.offset(0);
    const Plan<1>& reduced = layout_.reduced;
    const int64_t live = std::min<int64_t>(part.rows, kLanes);
    if (is_in_place() && reduced.ndim == 1) {
      const char* from = layout_.at(offset + begin * reduced.strides[0][0]);
      const bool all = lane_end - lane_begin == kLanes;
      if (all && part.rows <= kFewRows) {
        folds_.few(part.lanes, from, part.count, part.rows, reduced.strides[0][0], center);
        return 1;
      }
      fold_even_rows(from, part, lane_begin, lane_end, center);
      return live;
    }
    const int64_t stride = layout_.column_stride();
    alignas(64) char buffer[kMostColumnBytes];
    Cursor cursor(reduced, begin);
    for (int64_t row = 0; row < part.rows; ++row) {
      const void* from = layout_.at(offset + cursor.offset(0));
      if (!is_in_place()) {
        layout_.convert(buffer, 1, from, stride, part.count);
        from = buffer;
      }
      folds_.lanes(part.lanes + row % kLanes * part.count * folds_.size, from, part.count, 1, 0,
                   center, row < kLanes);
      if (row + 1 < part.rows) cursor.advance(1);
    }
    return live;
  }

  const ReduceLayout& layout_;
  const Folds& folds_;
  const char* centers_;
  bool block_centers_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA
