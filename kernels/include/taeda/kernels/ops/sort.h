// Sorting and searching along one dimension. NaN is larger than every number; equal elements keep
// their order, so that every result is the only one.
#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

struct SortCall {
  Array values;  // of the dtype of `in`
  Array index;   // int64: where each value was
  Array in;      // all three of one shape
  int axis;
  bool descending;
};

// The `k` largest (smallest) elements of each row, the row being the last dimension. In their
// order; of equal elements the first ones.
struct TopKCall {
  Array values;  // (rows, k), contiguous, of the dtype of `in`
  Array index;   // (rows, k) int64, contiguous
  Array in;      // (..., n)
  int64_t k;
  bool largest;
};

// For each value the number of elements of the ascending sequence below it, or with `right` those
// that are not above it. All contiguous: out (rows, m) int64, sequence (rows or 1, n), values
// (rows, m) of one dtype of float32, float64 and int64.
struct SearchCall {
  Array out;
  Array sequence;
  Array values;
  bool right;
};

// Runs of equal neighbours in a vector; NaN equals nothing. All contiguous.
struct RunsCall {
  Array values;   // (runs), of the dtype of `in`: the first of each
  Array counts;   // (runs) int64: how long each is
  Array inverse;  // (n) int64: the run of each element, or of the one at order[i] with an `order`
  Array order;    // (n) int64
  Array in;       // (n)
  // `data` is null in those of counts, inverse and order that are left out.
};

struct SortKernels {
  void (*sort)(const SortCall& call);
  void (*top_k)(const TopKCall& call);
  void (*search)(const SearchCall& call);
  int64_t (*count_runs)(const Array& in);  // of a contiguous vector
  void (*runs)(const RunsCall& call);
  // out (n) int64, contiguous: how often each of 0 .. n-1 occurs in `in`, integers of any shape
  // that has no others.
  void (*bin_count)(const Array& out, const Array& in);
};

}  // namespace taeda
