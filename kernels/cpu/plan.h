// The order in which strided operands of one shape are walked: dimensions sorted by the strides of
// the first operand and merged wherever all operands allow it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>

#include "taeda/kernels/array.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <int Operands>
struct Plan {
  int ndim = 0;
  int64_t count = 1;
  std::array<int64_t, kMaxDims> shape;  // outermost first
  std::array<std::array<int64_t, kMaxDims>, Operands> strides;

  // All arrays have the shape of arrays[0]; the walk follows the memory of arrays[0], or goes
  // row-major over the dimensions as they are with `keep_order`.
  explicit Plan(std::span<const Array* const, Operands> arrays, bool keep_order = false) {
    std::array<int8_t, kMaxDims> order;
    const Array& first = *arrays[0];
    for (int d = 0; d < first.ndim(); ++d) {
      count *= first.shape[d];
      if (first.shape[d] != 1) order[ndim++] = static_cast<int8_t>(d);
    }
    // Insertion sort: stable, and almost always already in order.
    for (int i = keep_order ? ndim : 1; i < ndim; ++i) {
      for (int j = i; j > 0 && key(first, order[j - 1]) < key(first, order[j]); --j) {
        std::swap(order[j - 1], order[j]);
      }
    }
    for (int i = 0; i < ndim; ++i) {
      shape[i] = first.shape[order[i]];
      for (int o = 0; o < Operands; ++o) strides[o][i] = arrays[o]->strides[order[i]];
    }
    merge();
  }

  bool is_linear(int operand) const {
    int64_t expected = 1;
    for (int d = ndim - 1; d >= 0; --d) {
      if (strides[operand][d] != expected) return false;
      expected *= shape[d];
    }
    return true;
  }

  bool is_constant(int operand) const {
    for (int d = 0; d < ndim; ++d) {
      if (strides[operand][d] != 0) return false;
    }
    return true;
  }

  // The dimension along which an operand is contiguous while the first one is so along the last:
  // it runs across the memory of the first. Else, and where it has fewer rows there, -1.
  static constexpr int64_t kFewRows = 8;
  int turned_dimension(int operand, int64_t fewest_rows = kFewRows) const {
    const int last = ndim - 1;
    if (strides[0][last] != 1 || strides[operand][last] <= 1) return -1;
    for (int d = 0; d < last; ++d) {
      if (strides[operand][d] == 1 && shape[d] >= fewest_rows) return d;
    }
    return -1;
  }

 private:
  static int64_t key(const Array& array, int d) { return std::abs(array.strides[d]); }

  void merge() {
    int last = 0;
    for (int d = 1; d < ndim; ++d) {
      bool mergeable = true;
      for (int o = 0; o < Operands; ++o) {
        mergeable &= strides[o][last] == strides[o][d] * shape[d];
      }
      if (mergeable) {
        shape[last] *= shape[d];
      } else {
        shape[++last] = shape[d];
      }
      for (int o = 0; o < Operands; ++o) strides[o][last] = strides[o][d];
    }
    if (ndim > 0) {
      ndim = last + 1;
    } else {
      ndim = 1;
      shape[0] = count;  // a single element
      for (int o = 0; o < Operands; ++o) strides[o][0] = 0;
    }
  }
};

// A position in a plan: walks runs along the innermost dimension.
template <int Operands>
class Cursor {
 public:
  Cursor(const Plan<Operands>& plan, int64_t start) : plan_(plan) {
    for (int d = plan.ndim - 1; d >= 0; --d) {
      index_[d] = start % plan.shape[d];
      start /= plan.shape[d];
      for (int o = 0; o < Operands; ++o) offset_[o] += index_[d] * plan.strides[o][d];
    }
  }

  int64_t offset(int operand) const { return offset_[operand]; }
  int64_t left_in_row() const { return left_along(plan_.ndim - 1); }
  int64_t left_along(int d) const { return plan_.shape[d] - index_[d]; }

  // Moves on by `step` elements, at most to the end of the row.
  void advance(int64_t step) { advance_along(plan_.ndim - 1, step); }
  // The same along any dimension, from the start of those within it on.
  void advance_along(int d, int64_t step) {
    index_[d] += step;
    for (int o = 0; o < Operands; ++o) offset_[o] += step * plan_.strides[o][d];
    while (index_[d] == plan_.shape[d] && d > 0) {
      for (int o = 0; o < Operands; ++o) {
        offset_[o] += plan_.strides[o][d - 1] - index_[d] * plan_.strides[o][d];
      }
      index_[d] = 0;
      ++index_[--d];
    }
  }

 private:
  const Plan<Operands>& plan_;
  std::array<int64_t, kMaxDims> index_;
  std::array<int64_t, Operands> offset_{};
};

}  // namespace taeda::cpu::inline TAEDA_ISA
