// Reading rows that indices name: indexing with integer tensors, index_select, embedding.
#include <cstring>

#include "../copy_bytes.h"
#include "../windows.h"
#include "blocks.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

template <class T>
void take_rows(T* to, int64_t step, const T* from, const int64_t* offsets, int64_t positions,
               int64_t columns) {
  const size_t bytes = static_cast<size_t>(columns) * sizeof(T);
  for (int64_t i = 0; i < positions; ++i) {
    if (i + kRowsAhead < positions) fetch_row(from + offsets[i + kRowsAhead], columns);
    std::memcpy(to + i * step, from + offsets[i], bytes);
  }
}

template <class T>
void take_piece(const Walk<T>& walk, int64_t b, int64_t begin, int64_t positions) {
  int64_t buffer[Offsets::kPiece];
  const int64_t* offsets = walk.offsets.get(begin, positions, buffer);
  const Cursor<2> outer(walk.before, b);
  const int64_t step = walk.blocks.dense_step, columns = walk.after.count;
  T* to = walk.dense() + outer.offset(0) + begin * step;
  const T* from = walk.indexed() + outer.offset(1);
  if (walk.offsets.ends() != nullptr) {
    walk.each_neighbours(begin, begin + positions, [&](int64_t i, int64_t count) {
      T* run_to = to + i - begin;
      const T* run_from = from + offsets[i - begin];
      if (count == 1)
        *run_to = *run_from;
      else
        copy_bytes(run_to, run_from, static_cast<size_t>(count) * sizeof(T));
    });
  } else if (walk.is_element() && step == 1) {
#pragma GCC unroll 4
    for (int64_t i = 0; i < positions; ++i) to[i] = from[offsets[i]];
  } else if (walk.is_element()) {
    for (int64_t i = 0; i < positions; ++i) to[i * step] = from[offsets[i]];
  } else if (walk.is_row()) {
    take_rows(to, step, from, offsets, positions, columns);
  } else {
    for (int64_t i = 0; i < positions; ++i) {
      each_inner_run(walk, 0, columns,
                     [&](int64_t dense, int64_t indexed, int64_t run, int64_t dense_stride,
                         int64_t indexed_stride) {
                       T* run_to = to + i * step + dense;
                       const T* run_from = from + offsets[i] + indexed;
                       for (int64_t j = 0; j < run; ++j)
                         run_to[j * dense_stride] = run_from[j * indexed_stride];
                     });
    }
  }
}

// By vectors of positions, where the elements of each lie close together.
template <class T>
bool take_by_windows(const Walk<T>& walk) {
  if constexpr (kHasWindows<T>) {
    const int64_t positions = walk.blocks.positions;
    if (!walk.is_list_of_elements() || walk.offsets.ends() != nullptr) return false;
    const Windows<T> windows(walk.offsets.kept(), positions);
    if (!windows.pays()) return false;
    const int64_t grain = std::max<int64_t>(1, kTaskElements / positions);
    parallel_for(walk.before.count, grain, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) {
        const Cursor<2> outer(walk.before, b);
        windows.take(walk.dense() + outer.offset(0), walk.indexed() + outer.offset(1));
      }
    });
    return true;
  }
  return false;
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
    Walk<T> walk(blocks);
    const int64_t positions = blocks.positions;
    if (walk.before.count * walk.after.count * positions == 0) return walk.offsets.check();
    // Shorter runs of what fits into vectors are taken by windows.
    constexpr int64_t least_neighbours = kHasWindows<T> ? 64 : 8;
    walk.prepare(least_neighbours);
    if (take_by_windows(walk)) return;
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

}  // namespace taeda::cpu::inline TAEDA_ISA
