// Reading and writing elements that indices or masks name. All of it is deterministic: where an
// element is written more than once, the writes happen in the order of the indices.
#pragma once

#include <span>

#include "taeda/kernels/array.h"

namespace taeda {

// offsets[i] = sum over k of indices[k][i] * strides[k]; the indices are int64, of one shape, read
// row-major. Negative ones count from the end; IndexError in the name of `operation` out of range.
struct IndexOffsetsCall {
  const char* operation;
  int64_t* offsets;
  std::span<const Array> indices;
  Sizes dims;     // the indexed dimensions, for messages
  Sizes sizes;    // of these dimensions
  Sizes strides;  // of these dimensions
};

// An offset that put() leaves out.
inline constexpr int64_t kNoOffset = INT64_MIN;

// dense[b, i, a] and indexed[b, offsets[i], a]: b runs over the dimensions `before`, a over
// `after`. Strides and offsets count elements.
struct IndexedBlocks {
  DType dtype;  // of both
  void* dense;
  void* indexed;
  Sizes before, dense_before, indexed_before;  // shape, strides
  Sizes after, dense_after, indexed_after;
  int64_t positions;
  int64_t dense_step;  // the stride along i
  const int64_t* offsets;
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
  void (*offsets)(const IndexOffsetsCall& call);
  void (*take)(const IndexedBlocks& blocks);  // dense = indexed
  // indexed = dense or, with accumulate, indexed += dense.
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
  void (*triangle)(const TriangleCall& call);
};

}  // namespace taeda
