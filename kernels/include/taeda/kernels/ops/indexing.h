// Reading and writing elements that indices or masks name. All of it is deterministic: where an
// element is written more than once, the writes happen in the order of the indices.
#pragma once

#include <span>

#include "taeda/kernels/array.h"

namespace taeda {

// Integer indices of one shape, read row-major. Those of position i name the element at the sum
// over k of indices[k][i] * strides[k]. Negative ones count from the end; IndexError in the name of
// `operation` out of range.
struct IndexList {
  const char* operation;
  std::span<const Array> indices;
  Sizes dims;     // the indexed dimensions, for messages
  Sizes sizes;    // of these dimensions
  Sizes strides;  // of these dimensions
  // put() leaves out the positions whose first index is this; negative: none.
  int64_t skipped = -1;
};

// dense[b, i, a] and indexed[b, what position i of the list names, a]: b runs over the dimensions
// `before`, a over `after`. Strides count elements.
struct IndexedBlocks {
  DType dtype;  // of both
  void* dense;
  void* indexed;
  Sizes before, dense_before, indexed_before;  // shape, strides
  Sizes after, dense_after, indexed_after;
  int64_t positions;
  int64_t dense_step;  // the stride along i
  IndexList list;
};

enum class ScatterOp : uint8_t { Assign, Add, Multiply, Maximum, Minimum };

// For each position p of `index` (int64), with k = index[p] in place of p[dim]:
// gather writes values[p] = indexed[k], scatter indexed[k] = op(indexed[k], values[p]).
// The shapes of index and values are the same; no index may be out of range or negative beyond the
// size.
struct GatherCall {
  const char* operation;
  ScatterOp op;
  int dim;
  Array index;
  Array values;
  Array indexed;
};

struct TriangleCall {
  Array out;  // same shape and dtype as `in`, at least 2 dimensions
  Array in;
  int64_t diagonal;
  bool lower;  // keeps column - row <= diagonal, else >= diagonal; the rest is 0
};

struct IndexingKernels {
  void (*take)(const IndexedBlocks& blocks);  // dense = indexed
  // indexed = dense or, with accumulate, indexed += dense. Nothing is written if an index is out of
  // range.
  void (*put)(const IndexedBlocks& blocks, bool accumulate);
  void (*gather)(const GatherCall& call);
  void (*scatter)(const GatherCall& call);
  int64_t (*count_nonzero)(const Array& in);
  // out (count, ndim) int64, contiguous: the positions of the elements that are not zero,
  // row-major.
  void (*nonzero)(const Array& out, const Array& in);
  // out (count,), contiguous, of the dtype of `in`: the elements where the mask (bool, same shape)
  // holds.
  void (*masked_select)(const Array& out, const Array& in, const Array& mask);
  // Where the mask (bool, of the shape of `out`) holds, `out` gets the next of the values, which
  // are contiguous, of its dtype, and at least as many.
  void (*masked_put)(const Array& out, const Array& mask, const Array& values);
  void (*triangle)(const TriangleCall& call);
};

}  // namespace taeda
