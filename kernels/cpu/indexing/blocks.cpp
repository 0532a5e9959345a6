// Rows that a list of offsets names: indexing with integer tensors, index_select, embedding.
#include <cstring>

#include "../runs.h"
#include "indexing.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kTaskElements = 32 * 1024;

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
        after(plan_of(blocks.after, blocks.dense_after, blocks.indexed_after)) {}

  T* dense() const { return static_cast<T*>(blocks.dense); }
  T* indexed() const { return static_cast<T*>(blocks.indexed); }
  bool is_element() const { return after.count == 1; }
  bool is_row() const { return after.is_linear(0) && after.is_linear(1); }

  const IndexedBlocks& blocks;
  Plan<2> before, after;
};

template <class T>
void take_range(const Walk<T>& walk, int64_t b, int64_t begin, int64_t end) {
  const Cursor<2> outer(walk.before, b);
  T* to = walk.dense() + outer.offset(0);
  const T* from = walk.indexed() + outer.offset(1);
  const int64_t* offsets = walk.blocks.offsets;
  const int64_t step = walk.blocks.dense_step, count = walk.after.count;
  if (walk.is_element()) {
    for (int64_t i = begin; i < end; ++i) to[i * step] = from[offsets[i]];
  } else if (walk.is_row()) {
    for (int64_t i = begin; i < end; ++i) {
      std::memcpy(to + i * step, from + offsets[i], static_cast<size_t>(count) * sizeof(T));
    }
  } else {
    const int last = walk.after.ndim - 1;
    const int64_t to_stride = walk.after.strides[0][last],
                  from_stride = walk.after.strides[1][last];
    for (int64_t i = begin; i < end; ++i) {
      Cursor<2> cursor(walk.after, 0);
      for (int64_t done = 0; done < count;) {
        const int64_t run = cursor.left_in_row();
        T* run_to = to + i * step + cursor.offset(0);
        const T* run_from = from + offsets[i] + cursor.offset(1);
        for (int64_t j = 0; j < run; ++j) run_to[j * to_stride] = run_from[j * from_stride];
        done += run;
        if (done < count) cursor.advance(run);
      }
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
  const int64_t* offsets = walk.blocks.offsets;
  const int64_t step = walk.blocks.dense_step;
  const int inner = walk.after.ndim - 1;
  const int64_t from_stride = walk.after.strides[0][inner],
                to_stride = walk.after.strides[1][inner];
  for (int64_t i = 0; i < walk.blocks.positions; ++i) {
    if (offsets[i] == kNoOffset) continue;
    Cursor<2> cursor(walk.after, first);
    for (int64_t done = first; done < last;) {
      const int64_t run = std::min(cursor.left_in_row(), last - done);
      const T* run_from = from + i * step + cursor.offset(0);
      T* run_to = to + offsets[i] + cursor.offset(1);
      if (to_stride == 1 && from_stride == 1) {
        for (int64_t j = 0; j < run; ++j) combine_into<kOp>(run_to[j], run_from[j]);
      } else {
        for (int64_t j = 0; j < run; ++j) {
          combine_into<kOp>(run_to[j * to_stride], run_from[j * from_stride]);
        }
      }
      done += run;
      if (done < last) cursor.advance(run);
    }
  }
}

template <ScatterOp kOp, class T>
void put_elements(const Walk<T>& walk, int64_t b) {
  const Cursor<2> outer(walk.before, b);
  const T* from = walk.dense() + outer.offset(0);
  T* to = walk.indexed() + outer.offset(1);
  for (int64_t i = 0; i < walk.blocks.positions; ++i) {
    const int64_t offset = walk.blocks.offsets[i];
    if (offset != kNoOffset) combine_into<kOp>(to[offset], from[i * walk.blocks.dense_step]);
  }
}

template <ScatterOp kOp, class T>
void put_as(const IndexedBlocks& blocks) {
  const Walk<T> walk(blocks);
  const int64_t outer = walk.before.count, columns = walk.after.count;
  if (outer == 0 || columns == 0 || blocks.positions == 0) return;
  if (walk.is_element()) {
    return parallel_for(outer, std::max<int64_t>(1, kTaskElements / blocks.positions),
                        [&](int64_t begin, int64_t end) {
                          for (int64_t b = begin; b < end; ++b) put_elements<kOp>(walk, b);
                        });
  }
  constexpr int64_t kColumns = 128;
  const int64_t chunks = (columns + kColumns - 1) / kColumns;
  const int64_t work = std::min(columns, kColumns) * blocks.positions;
  parallel_for(
      outer * chunks, std::max<int64_t>(1, kTaskElements / work), [&](int64_t begin, int64_t end) {
        for (int64_t task = begin; task < end; ++task) {
          const int64_t first = task % chunks * kColumns;
          put_columns<kOp>(walk, task / chunks, first, std::min(first + kColumns, columns));
        }
      });
}

}  // namespace

void fail_index(const char* operation, int64_t index, int64_t dim, int64_t size) {
  fail<IndexError>(operation, ": index ", index, " is out of bounds for dimension ", dim,
                   " with size ", size);
}

void index_offsets(const IndexOffsetsCall& call) {
  for (size_t k = 0; k < call.indices.size(); ++k) {
    const RunOperand index(call.indices[k], DType::Int64);
    const int64_t size = call.sizes[k], stride = call.strides[k];
    each_run(index.count(), [&](int64_t begin, int64_t count) {
      int64_t values[kRunElements];
      index.load(begin, count, values);
      bool valid = true;
      for (int64_t i = 0; i < count; ++i) valid &= values[i] >= -size && values[i] < size;
      if (!valid) {
        for (int64_t i = 0; i < count; ++i) {
          checked_index(call.operation, values[i], call.dims[k], size);
        }
      }
      int64_t* offsets = call.offsets + begin;
      for (int64_t i = 0; i < count; ++i) {
        const int64_t offset = (values[i] + (values[i] < 0 ? size : 0)) * stride;
        offsets[i] = k == 0 ? offset : offsets[i] + offset;
      }
    });
  }
}

void take_blocks(const IndexedBlocks& blocks) {
  dispatch_words(blocks.dtype, [&]<class T>() {
    const Walk<T> walk(blocks);
    const int64_t positions = blocks.positions;
    if (walk.before.count == 0 || walk.after.count == 0 || positions == 0) return;
    const int64_t grain = std::max<int64_t>(1, kTaskElements / walk.after.count);
    parallel_for(walk.before.count * positions, grain, [&](int64_t begin, int64_t end) {
      while (begin < end) {
        const int64_t b = begin / positions, first = begin % positions;
        const int64_t last = std::min(positions, first + end - begin);
        take_range(walk, b, first, last);
        begin += last - first;
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
