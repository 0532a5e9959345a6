// Writing and adding to rows that indices name. Whoever owns what is written sees the positions
// that name it in their order.
#include <atomic>

#include "../rounding.h"
#include "../sort/radix.h"
#include "blocks.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kAhead = 16;               // elements that are fetched before they are written
constexpr int64_t kShared = 64 * 1024;       // elements from which on threads share them
constexpr int64_t kSharedBlocks = 8;         // outer blocks from which on these are shared out
constexpr int64_t kPositionsTogether = 512;  // of a task

// target = op(target, values) over one block along the inner dimensions.
template <ScatterOp kOp, class T>
void put_block(const Walk<T>& walk, T* target, const T* values) {
  const int64_t columns = walk.after.count;
  if (walk.is_row()) {
    for (int64_t j = 0; j < columns; ++j) combine_into<kOp>(target[j], values[j]);
    return;
  }
  each_inner_run(walk, 0, columns,
                 [&](int64_t dense, int64_t indexed, int64_t run, int64_t dense_stride,
                     int64_t indexed_stride) {
                   for (int64_t j = 0; j < run; ++j) {
                     combine_into<kOp>(target[indexed + j * indexed_stride],
                                       values[dense + j * dense_stride]);
                   }
                 });
}

// The blocks of outer position b, one after the other.
template <ScatterOp kOp, class T>
void put_in_turn(const Walk<T>& walk, int64_t b) {
  const Cursor<2> outer(walk.before, b);
  const T* from = walk.dense() + outer.offset(0);
  T* to = walk.indexed() + outer.offset(1);
  const int64_t step = walk.blocks.dense_step;
  int64_t buffer[Offsets::kPiece];
  for (int64_t begin = 0; begin < walk.blocks.positions; begin += Offsets::kPiece) {
    const int64_t count = std::min(Offsets::kPiece, walk.blocks.positions - begin);
    const int64_t* offsets = walk.offsets.get(begin, count, buffer);
    const T* values = from + begin * step;
    if (walk.offsets.ends() != nullptr) {
      walk.each_neighbours(begin, begin + count, [&](int64_t i, int64_t size) {
        const int64_t offset = offsets[i - begin];
        for (int64_t j = 0; offset != Offsets::kNone && j < size; ++j) {
          combine_into<kOp>(to[offset + j], from[i + j]);
        }
      });
      continue;
    }
    if (walk.is_element()) {
      const auto put = [&](int64_t i) {
        if (offsets[i] != Offsets::kNone) combine_into<kOp>(to[offsets[i]], values[i * step]);
      };
      int64_t i = 0;
      for (; i < count - kAhead; ++i) {
        const int64_t ahead = offsets[i + kAhead];
        __builtin_prefetch(to + (ahead == Offsets::kNone ? 0 : ahead), 1);
        put(i);
      }
      for (; i < count; ++i) put(i);
      continue;
    }
    for (int64_t i = 0; i < count; ++i) {
      if (offsets[i] != Offsets::kNone) put_block<kOp>(walk, to + offsets[i], values + i * step);
    }
  }
}

// The same with the positions sorted by what they name, each of which one thread then owns.
template <ScatterOp kOp, class T>
void put_sorted(const Walk<T>& walk, int64_t b) {
  using Named = Item<uint64_t>;
  const Cursor<2> outer(walk.before, b);
  const T* from = walk.dense() + outer.offset(0);
  T* to = walk.indexed() + outer.offset(1);
  const int64_t step = walk.blocks.dense_step, positions = walk.blocks.positions;
  const Scratch<Named> items(positions), spare(positions);
  std::atomic<uint64_t> all_or{0}, all_and{~uint64_t{0}};
  each_run(positions, [&](int64_t begin, int64_t count) {
    int64_t buffer[Offsets::kPiece];
    const int64_t* offsets = walk.offsets.get(begin, count, buffer);
    uint64_t some = 0, every = ~uint64_t{0};
    for (int64_t i = 0; i < count; ++i) {
      const uint64_t key = static_cast<uint64_t>(offsets[i]);
      some |= key;
      every &= key;
      items[begin + i] = {key, begin + i};
    }
    all_or.fetch_or(some, std::memory_order_relaxed);
    all_and.fetch_and(every, std::memory_order_relaxed);
  });
  const auto put_piece = [&](const Named* sorted, int64_t, int64_t count) {
    // Tasks begin where the name changes.
    const auto first_of = [&](int64_t task) {
      int64_t at = std::min(task * kPositionsTogether, count);
      while (at > 0 && at < count && sorted[at].key() == sorted[at - 1].key()) ++at;
      return at;
    };
    parallel_blocks(ceil_div(count, kPositionsTogether), [&](int64_t task) {
      const int64_t end = first_of(task + 1);
      for (int64_t i = first_of(task); i < end; ++i) {
        const int64_t offset = static_cast<int64_t>(sorted[i].key());
        if (i + kRowsAhead < end) {
          fetch_row(from + sorted[i + kRowsAhead].position() * step, walk.after.count);
        }
        if (offset != Offsets::kNone) {
          put_block<kOp>(walk, to + offset, from + sorted[i].position() * step);
        }
      }
    });
  };
  sort_items(items.data(), spare.data(), positions, all_or.load() ^ all_and.load(), 0, put_piece);
}

template <ScatterOp kOp, class T>
void put_as(const IndexedBlocks& blocks) {
  Walk<T> walk(blocks);
  walk.offsets.check();
  const int64_t outer = walk.before.count, each = walk.after.count * blocks.positions;
  if (outer * each == 0) return;
  constexpr int64_t least_neighbours = 8;
  walk.prepare(least_neighbours);
  if (walk.is_element() || outer >= kSharedBlocks || each < kShared) {
    return parallel_for(outer, std::max<int64_t>(1, kTaskElements / each),
                        [&](int64_t begin, int64_t end) {
                          for (int64_t b = begin; b < end; ++b) put_in_turn<kOp>(walk, b);
                        });
  }
  for (int64_t b = 0; b < outer; ++b) put_sorted<kOp>(walk, b);
}

}  // namespace

void put_blocks(const IndexedBlocks& blocks, bool accumulate) {
  if (accumulate) {
    dispatch(blocks.dtype, [&]<class T>() { put_as<ScatterOp::Add, T>(blocks); });
  } else {
    dispatch_words(blocks.dtype, [&]<class T>() { put_as<ScatterOp::Assign, T>(blocks); });
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA
