// Rows that a list of offsets names. Where an element is written more than once, the offsets are
// sorted first, and one thread does all writes to it in the order of the indices: no atomics.
#include "../device/element.h"
#include "../device/walk.h"
#include "../runtime/faults.h"
#include "../sort/merge.h"
#include "combine.h"
#include "indexing.h"
#include "taeda/kernels/words.h"

namespace taeda::cuda {
namespace {

struct OffsetsBody {
  Memory index;
  Walk<1> walk;
  int64_t* offsets;
  int64_t size, stride, dim, skipped;
  bool first;
  Faults faults;
  TAEDA_HD void operator()(int64_t i) const {
    const int64_t value = index.load<int64_t>(walk.offset(i));
    const bool inside = value >= -size && value < size;
    if (!inside) faults.raise({FaultKind::Index, value, size, dim});
    const int64_t position = value < 0 ? value + size : value;
    if (!inside || position == skipped)
      offsets[i] = kNoOffset;
    else if (first)
      offsets[i] = position * stride;
    else if (offsets[i] != kNoOffset)
      offsets[i] += position * stride;
  }
};

// A position of dense and indexed memory: row b, index i, column a.
struct Geometry {
  Walk<2> before, after;  // operands: dense, indexed
  int64_t positions, dense_step;
  const int64_t* offsets;

  Geometry(const IndexedBlocks& blocks, const int64_t* given)
      : before(blocks.before, {blocks.dense_before, blocks.indexed_before}),
        after(blocks.after, {blocks.dense_after, blocks.indexed_after}),
        positions(blocks.positions),
        dense_step(blocks.dense_step),
        offsets(given) {}

  int64_t count() const { return before.count * positions * after.count; }
};

template <class T>
struct TakeBody {
  T* dense;
  const T* indexed;
  Geometry geometry;
  TAEDA_HD void operator()(int64_t item) const {
    const Divided at(item, geometry.after.count), place(at.quotient, geometry.positions);
    const int64_t i = place.rest;
    int64_t row[2], column[2];
    geometry.before.offsets(place.quotient, row);
    geometry.after.offsets(at.rest, column);
    const int64_t offset = geometry.offsets[i];
    dense[row[0] + i * geometry.dense_step + column[0]] =
        offset == kNoOffset ? T(0) : indexed[row[1] + offset + column[1]];
  }
};

struct KeysBody {
  const int64_t* offsets;
  int64_t *keys, *numbers;
  TAEDA_HD void operator()(int64_t i) const {
    keys[i] = offsets[i];
    numbers[i] = i;
  }
};

// Item: the k-th of the sorted offsets. The first of equal ones does them all.
template <class T>
struct PutBody {
  const T* dense;
  T* indexed;
  Geometry geometry;
  const int64_t *keys, *numbers;
  ScatterOp op;
  TAEDA_HD void operator()(int64_t item) const {
    const Divided at(item, geometry.after.count), place(at.quotient, geometry.positions);
    int64_t k = place.rest;
    const int64_t key = keys[k];
    if (key == kNoOffset || (k > 0 && keys[k - 1] == key)) return;
    int64_t row[2], column[2];
    geometry.before.offsets(place.quotient, row);
    geometry.after.offsets(at.rest, column);
    T* const to = indexed + row[1] + key + column[1];
    for (; k < geometry.positions && keys[k] == key; ++k) {
      combine_into(op, *to, dense[row[0] + numbers[k] * geometry.dense_step + column[0]]);
    }
  }
};

// What each position of the list names.
void find_offsets(const IndexedBlocks& blocks, int64_t* offsets) {
  const IndexList& list = blocks.list;
  for (size_t k = 0; k < list.indices.size() && blocks.positions > 0; ++k) {
    const int64_t skipped = k == 0 ? list.skipped : -1;
    for_each(blocks.positions,
             OffsetsBody{list.indices[k], walk_of(list.indices[k]), offsets, list.sizes[k],
                         list.strides[k], list.dims[k], skipped, k == 0, Faults(list.operation)});
  }
}

template <class T>
void put_as(const IndexedBlocks& blocks, ScatterOp op) {
  const DeviceScratch<int64_t> offsets(blocks.positions);
  find_offsets(blocks, offsets.data());
  const Geometry geometry(blocks, offsets.data());
  if (geometry.count() == 0) return;
  Sorted<int64_t> sorted(1, blocks.positions);
  for_each(blocks.positions, KeysBody{offsets.data(), sorted.keys(), sorted.numbers()});
  sorted.sort(false);
  for_each(geometry.count(),
           PutBody<T>{static_cast<const T*>(blocks.dense), static_cast<T*>(blocks.indexed),
                      geometry, sorted.keys(), sorted.numbers(), op});
}

}  // namespace

void take_blocks(const IndexedBlocks& blocks) {
  const DeviceScratch<int64_t> offsets(blocks.positions);
  find_offsets(blocks, offsets.data());
  dispatch_words(blocks.dtype, [&]<class T>() {
    const Geometry geometry(blocks, offsets.data());
    for_each(geometry.count(), TakeBody<T>{static_cast<T*>(blocks.dense),
                                           static_cast<const T*>(blocks.indexed), geometry});
  });
}

void put_blocks(const IndexedBlocks& blocks, bool accumulate) {
  if (accumulate) {
    dispatch(blocks.dtype, [&]<class T>() { put_as<T>(blocks, ScatterOp::Add); });
  } else {
    dispatch_words(blocks.dtype, [&]<class T>() { put_as<T>(blocks, ScatterOp::Assign); });
  }
}

}  // namespace taeda::cuda
