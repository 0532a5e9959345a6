// Rows that a list of offsets names: indexing with integer tensors, index_select, embedding.
#include <cstring>
#include <vector>

#include "../runs.h"
#include "indexing.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kTaskElements = 32 * 1024;
constexpr int64_t kAhead = 2;           // rows that are fetched before they are read
constexpr int64_t kMostFetched = 1024;  // bytes of each

// What the positions of a list name, computed a piece at a time.
class Offsets {
 public:
  static constexpr int64_t kPiece = kRunElements;

  explicit Offsets(const IndexList& list) : list_(list) {
    indices_.reserve(list.indices.size());
    for (const Array& index : list.indices) indices_.emplace_back(index, DType::Int64);
  }

  // Of at most kPiece positions; kNone for those that are skipped.
  void load(int64_t begin, int64_t count, int64_t* offsets) const {
    int64_t values[kPiece], part[kPiece];
    for (size_t k = 0; k < indices_.size(); ++k) {
      indices_[k].load(begin, count, values);
      offsets_of(list_.operation, values, 1, count, list_.dims[k], list_.sizes[k],
                 list_.strides[k], 0, k == 0 ? offsets : part);
      for (int64_t i = 0; k > 0 && i < count; ++i) offsets[i] += part[i];
    }
    if (list_.skipped < 0) return;
    indices_[0].load(begin, count, values);
    for (int64_t i = 0; i < count; ++i) {
      const bool is_skipped = values[i] == list_.skipped || values[i] + list_.sizes[0] == list_.skipped;
      offsets[i] = is_skipped ? kNone : offsets[i];
    }
  }

  // Looks at all indices before anything is written.
  void check() const {
    each_run(indices_[0].count(), [&](int64_t begin, int64_t count) {
      int64_t offsets[kPiece];
      load(begin, count, offsets);
    });
  }

  static constexpr int64_t kNone = INT64_MIN;

 private:
  const IndexList& list_;
  std::vector<RunOperand> indices_;
};

Plan<2> plan_of(Sizes shape, Sizes dense, Sizes indexed) {
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

template <class T>
void take_rows(T* to, int64_t step, const T* from, const int64_t* offsets, int64_t positions,
               int64_t columns) {
  const size_t bytes = static_cast<size_t>(columns) * sizeof(T);
  const int64_t fetched = std::min<int64_t>(static_cast<int64_t>(bytes), kMostFetched);
  for (int64_t i = 0; i < positions; ++i) {
    if (i + kAhead < positions) {
      const char* next = reinterpret_cast<const char*>(from + offsets[i + kAhead]);
      for (int64_t byte = 0; byte < fetched; byte += 64) __builtin_prefetch(next + byte);
    }
    std::memcpy(to + i * step, from + offsets[i], bytes);
  }
}

template <class T>
void take_piece(const Walk<T>& walk, int64_t b, int64_t begin, int64_t positions) {
  int64_t offsets[Offsets::kPiece];
  walk.offsets.load(begin, positions, offsets);
  const Cursor<2> outer(walk.before, b);
  const int64_t step = walk.blocks.dense_step, columns = walk.after.count;
  T* to = walk.dense() + outer.offset(0) + begin * step;
  const T* from = walk.indexed() + outer.offset(1);
  if (walk.is_element() && step == 1) {
    for (int64_t i = 0; i < positions; ++i) to[i] = from[offsets[i]];
  } else if (walk.is_element()) {
    for (int64_t i = 0; i < positions; ++i) to[i * step] = from[offsets[i]];
  } else if (walk.is_row()) {
    take_rows(to, step, from, offsets, positions, columns);
  } else {
    for (int64_t i = 0; i < positions; ++i) {
      each_inner_run(walk, 0, columns, [&](int64_t dense, int64_t indexed, int64_t run,
                                           int64_t dense_stride, int64_t indexed_stride) {
        T* run_to = to + i * step + dense;
        const T* run_from = from + offsets[i] + indexed;
        for (int64_t j = 0; j < run; ++j) run_to[j * dense_stride] = run_from[j * indexed_stride];
      });
    }
  }
}

// Writes columns `first` to `last` of every position in turn: whoever owns the columns sees all
// indices in their order.
template <ScatterOp kOp, class T>
void put_columns(const Walk<T>& walk, int64_t b, int64_t first, int64_t last) {
  const Cursor<2> outer(walk.before, b);
  const T* from = walk.dense() + outer.offset(0);
  T* to = walk.indexed() + outer.offset(1);
  const int64_t step = walk.blocks.dense_step;
  const bool is_row = walk.is_row();
  int64_t offsets[Offsets::kPiece];
  for (int64_t begin = 0; begin < walk.blocks.positions; begin += Offsets::kPiece) {
    const int64_t count = std::min(Offsets::kPiece, walk.blocks.positions - begin);
    walk.offsets.load(begin, count, offsets);
    for (int64_t i = 0; i < count; ++i) {
      if (offsets[i] == Offsets::kNone) continue;
      const T* values = from + (begin + i) * step;
      T* target = to + offsets[i];
      if (is_row) {
        for (int64_t j = first; j < last; ++j) combine_into<kOp>(target[j], values[j]);
        continue;
      }
      each_inner_run(walk, first, last, [&](int64_t dense, int64_t indexed, int64_t run,
                                            int64_t dense_stride, int64_t indexed_stride) {
        for (int64_t j = 0; j < run; ++j) {
          combine_into<kOp>(target[indexed + j * indexed_stride], values[dense + j * dense_stride]);
        }
      });
    }
  }
}

template <ScatterOp kOp, class T>
void put_elements(const Walk<T>& walk, int64_t b) {
  const Cursor<2> outer(walk.before, b);
  const T* from = walk.dense() + outer.offset(0);
  T* to = walk.indexed() + outer.offset(1);
  const int64_t step = walk.blocks.dense_step;
  int64_t offsets[Offsets::kPiece];
  for (int64_t begin = 0; begin < walk.blocks.positions; begin += Offsets::kPiece) {
    const int64_t count = std::min(Offsets::kPiece, walk.blocks.positions - begin);
    walk.offsets.load(begin, count, offsets);
    const T* values = from + begin * step;
    for (int64_t i = 0; i < count; ++i) {
      if (offsets[i] != Offsets::kNone) combine_into<kOp>(to[offsets[i]], values[i * step]);
    }
  }
}

template <ScatterOp kOp, class T>
void put_as(const IndexedBlocks& blocks) {
  const Walk<T> walk(blocks);
  const int64_t outer = walk.before.count, columns = walk.after.count;
  walk.offsets.check();
  if (outer * columns * blocks.positions == 0) return;
  if (walk.is_element()) {
    return parallel_for(outer, std::max<int64_t>(1, kTaskElements / blocks.positions),
                        [&](int64_t begin, int64_t end) {
                          for (int64_t b = begin; b < end; ++b) put_elements<kOp>(walk, b);
                        });
  }
  // A few chunks a row, each of whole cache lines.
  const int64_t width = std::clamp<int64_t>((columns + 63) / 64 * 16, 16, 128);
  const int64_t chunks = (columns + width - 1) / width;
  const int64_t work = std::min(columns, width) * blocks.positions;
  parallel_for(
      outer * chunks, std::max<int64_t>(1, kTaskElements / work), [&](int64_t begin, int64_t end) {
        for (int64_t task = begin; task < end; ++task) {
          const int64_t first = task % chunks * width;
          put_columns<kOp>(walk, task / chunks, first, std::min(first + width, columns));
        }
      });
}

}  // namespace

void fail_index(const char* operation, int64_t index, int64_t dim, int64_t size) {
  fail<IndexError>(operation, ": index ", index, " is out of bounds for dimension ", dim,
                   " with size ", size);
}

void check_indices(const char* operation, const int64_t* indices, int64_t stride, int64_t count,
                   int64_t dim, int64_t size) {
  for (int64_t i = 0; i < count; ++i) {
    const int64_t index = indices[i * stride];
    if (index < -size || index >= size) fail_index(operation, index, dim, size);
  }
}

void take_blocks(const IndexedBlocks& blocks) {
  dispatch_words(blocks.dtype, [&]<class T>() {
    const Walk<T> walk(blocks);
    const int64_t positions = blocks.positions;
    if (walk.before.count * walk.after.count * positions == 0) return walk.offsets.check();
    const int64_t grain = std::max<int64_t>(1, kTaskElements / walk.after.count);
    parallel_for(walk.before.count * positions, grain, [&](int64_t begin, int64_t end) {
      while (begin < end) {
        const int64_t b = begin / positions, first = begin % positions;
        const int64_t count = std::min({positions - first, end - begin, Offsets::kPiece});
        take_piece(walk, b, first, count);
        begin += count;
      }
    });
  });
}

void put_blocks(const IndexedBlocks& blocks, bool accumulate) {
  if (accumulate) {
    dispatch(blocks.dtype, [&]<class T>() { put_as<ScatterOp::Add, T>(blocks); });
  } else {
    dispatch_words(blocks.dtype, [&]<class T>() { put_as<ScatterOp::Assign, T>(blocks); });
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA
