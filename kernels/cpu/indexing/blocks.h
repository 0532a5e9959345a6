// Rows that a list of indices names: what reading and writing them share.
#pragma once

#include <optional>
#include <vector>

#include "../runs.h"
#include "indexing.h"
#include "taeda/kernels/allocator.h"

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int64_t kTaskElements = 32 * 1024;
inline constexpr int64_t kRowsAhead = 2;  // rows that are fetched before they are read
inline constexpr int64_t kManyOuter = 8;  // outer positions for which neighbours are looked for

// Asks for the beginning of a row that indices name: nothing foresees where it lies.
template <class T>
inline void fetch_row(const T* row, int64_t columns) {
  constexpr int64_t kMostBytes = 1024;
  const int64_t bytes = std::min(columns * static_cast<int64_t>(sizeof(T)), kMostBytes);
  for (int64_t byte = 0; byte < bytes; byte += 64) {
    __builtin_prefetch(reinterpret_cast<const char*>(row) + byte);
  }
}

// What the positions of a list name, computed a piece at a time.
class Offsets {
 public:
  static constexpr int64_t kPiece = kRunElements;

  explicit Offsets(const IndexList& list) : list_(list) {
    indices_.reserve(list.indices.size());
    for (const Array& index : list.indices) indices_.emplace_back(index, DType::Int64);
  }

  // Of at most kPiece positions, in `buffer` or where they are kept; kNone for those that are
  // skipped.
  const int64_t* get(int64_t begin, int64_t count, int64_t* buffer) const {
    if (kept_) return kept_->data() + begin;
    compute(begin, count, buffer);
    return buffer;
  }

  // Computes all of them once. IndexError where an index is out of range.
  void keep() {
    kept_.emplace(count());
    each_run(count(),
             [&](int64_t begin, int64_t size) { compute(begin, size, kept_->data() + begin); });
  }

  // Looks for neighbours: positions that name what lies side by side, `least` in the mean. Of
  // elements that are kept.
  void find_neighbours(int64_t least) {
    ends_.emplace(count());
    const int64_t *offsets = kept_->data(), last = count() - 1;
    int64_t runs = 0;
    for (int64_t i = last; i >= 0; --i) {
      const bool is_last = i == last || offsets[i] + 1 != offsets[i + 1];
      runs += is_last;
      if (runs * least > count()) return ends_.reset();
      (*ends_)[i] = is_last ? i + 1 : (*ends_)[i + 1];
    }
  }

  // All that are kept.
  const int64_t* kept() const { return kept_->data(); }

  // The end of the neighbours that begin at each position; null where there are few.
  const int64_t* ends() const { return ends_ ? ends_->data() : nullptr; }

  int64_t count() const { return indices_[0].count(); }

  // Looks at all indices before anything is written.
  void check() const {
    for (size_t k = 0; k < indices_.size(); ++k) {
      const int64_t dim = list_.dims[k], dim_size = list_.sizes[k];
      each_run(count(), [&, dim_size](int64_t begin, int64_t size) {
        int64_t values[kPiece], found = 0;
        indices_[k].load(begin, size, values);
        for (int64_t i = 0; i < size; ++i) {
          found |= (values[i] + dim_size) | (dim_size - 1 - values[i]);  // negative out of range
        }
        if (found < 0) check_indices(list_.operation, values, 1, size, dim, dim_size);
      });
    }
  }

  static constexpr int64_t kNone = INT64_MIN;

 private:
  void compute(int64_t begin, int64_t count, int64_t* offsets) const {
    int64_t values[kPiece], part[kPiece];
    for (size_t k = 0; k < indices_.size(); ++k) {
      indices_[k].load(begin, count, values);
      offsets_of(list_.operation, values, 1, count, list_.dims[k], list_.sizes[k], list_.strides[k],
                 0, k == 0 ? offsets : part);
      for (int64_t i = 0; k > 0 && i < count; ++i) offsets[i] += part[i];
    }
    if (list_.skipped < 0) return;
    indices_[0].load(begin, count, values);
    for (int64_t i = 0; i < count; ++i) {
      const bool is_skipped =
          values[i] == list_.skipped || values[i] + list_.sizes[0] == list_.skipped;
      offsets[i] = is_skipped ? kNone : offsets[i];
    }
  }

  const IndexList& list_;
  std::vector<RunOperand> indices_;
  std::optional<Scratch<int64_t>> kept_, ends_;
};

inline Plan<2> plan_of(Sizes shape, Sizes dense, Sizes indexed) {
  const Array arrays[] = {{nullptr, DType::UInt8, shape, dense},
                          {nullptr, DType::UInt8, shape, indexed}};
  const Array* pointers[] = {&arrays[0], &arrays[1]};
  return Plan<2>{std::span<const Array* const, 2>(pointers)};
}

template <class T>
struct Walk {
  explicit Walk(const IndexedBlocks& blocks)
      : blocks(blocks),
        before(plan_of(blocks.before, blocks.dense_before, blocks.indexed_before)),
        after(plan_of(blocks.after, blocks.dense_after, blocks.indexed_after)),
        offsets(blocks.list) {}

  T* dense() const { return static_cast<T*>(blocks.dense); }
  T* indexed() const { return static_cast<T*>(blocks.indexed); }
  bool is_element() const { return after.count == 1; }
  bool is_row() const { return after.is_linear(0) && after.is_linear(1); }

  // What serves all outer positions. `least`: neighbours, in the mean, that are worth a loop.
  void prepare(int64_t least) {
    if (before.count <= 1) return;
    offsets.keep();
    if (is_list_of_elements()) offsets.find_neighbours(least);
  }
  // Whether it pays to look at the list: elements of which many outer positions take the same.
  bool is_list_of_elements() const {
    return is_element() && blocks.dense_step == 1 && before.count >= kManyOuter;
  }

  // The neighbours among the positions [begin, end), in order: visit(first, count).
  template <class Visit>
  void each_neighbours(int64_t begin, int64_t end, Visit visit) const {
    const int64_t* ends = offsets.ends();
    for (int64_t i = begin; i < end;) {
      const int64_t stop = std::min(ends[i], end);
      visit(i, stop - i);
      i = stop;
    }
  }

  const IndexedBlocks& blocks;
  Plan<2> before, after;
  Offsets offsets;
};

// Moves one block along the inner dimensions: move(dense, indexed, count, strides) for each run.
template <class T, class Move>
void each_inner_run(const Walk<T>& walk, int64_t first, int64_t last, Move move) {
  const int inner = walk.after.ndim - 1;
  Cursor<2> cursor(walk.after, first);
  for (int64_t done = first; done < last;) {
    const int64_t run = std::min(cursor.left_in_row(), last - done);
    move(cursor.offset(0), cursor.offset(1), run, walk.after.strides[0][inner],
         walk.after.strides[1][inner]);
    done += run;
    if (done < last) cursor.advance(run);
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA
