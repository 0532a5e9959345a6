// From the position of an element, counted over a shape, to its offsets in strided operands.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <span>

#include "divide.h"
#include "taeda/kernels/array.h"
#include "taeda/kernels/error.h"
#include "taeda/kernels/export.h"

namespace taeda::cuda {

// How many dimensions are left at most when those that are walked alike are merged: arguments of a
// launch are copied each time.
inline constexpr int kWalkDims = 16;

// Dimensions that all operands walk alike are merged, so that most walks have one or two.
template <int Operands>
struct Walk {
  int ndim = 0;
  int64_t count = 1;
  int64_t shape[kWalkDims];  // outermost first
  int64_t strides[Operands][kWalkDims];

  Walk() = default;
  // Row-major over `sizes`, each operand with the strides given for it.
  Walk(Sizes sizes, const Sizes (&given)[Operands], bool keep_order = true) {
    int order[kMaxDims];
    int dims = 0;
    for (int d = 0; d < static_cast<int>(sizes.size()); ++d) {
      count *= sizes[d];
      if (sizes[d] != 1) order[dims++] = d;
    }
    // Along the memory of the first operand.
    if (!keep_order) {
      std::stable_sort(order, order + dims,
                       [&](int a, int b) { return std::abs(given[0][a]) > std::abs(given[0][b]); });
    }
    for (int d = 0; d < dims; ++d) {
      int64_t steps[Operands];
      for (int o = 0; o < Operands; ++o) steps[o] = given[o][order[d]];
      append(sizes[order[d]], steps);
    }
  }

  bool is_linear(int operand) const { return ndim == 0 || (ndim == 1 && strides[operand][0] == 1); }

  TAEDA_HD void offsets(int64_t position, int64_t (&offset)[Operands]) const {
    for (int o = 0; o < Operands; ++o) offset[o] = 0;
    for (int d = ndim - 1; d >= 0; --d) {
      const int64_t index = d == 0 ? position : take(position, shape[d]);
      for (int o = 0; o < Operands; ++o) offset[o] += index * strides[o][d];
    }
  }
  TAEDA_HD int64_t offset(int64_t position) const
    requires(Operands == 1)
  {
    if (ndim == 1) return position * strides[0][0];
    int64_t result[1];
    offsets(position, result);
    return result[0];
  }

 private:
  // The next dimension inwards: one with the last where every operand walks on from it.
  void append(int64_t size, const int64_t (&steps)[Operands]) {
    bool merges = ndim > 0;
    for (int o = 0; merges && o < Operands; ++o) {
      merges = strides[o][ndim - 1] == steps[o] * size;
    }
    if (!merges) {
      if (ndim == kWalkDims) {
        fail<NotImplementedError>("operands of more than ", kWalkDims,
                                  " dimensions that cannot be merged, on a device");
      }
      shape[ndim++] = 1;
    }
    shape[ndim - 1] *= size;
    for (int o = 0; o < Operands; ++o) strides[o][ndim - 1] = steps[o];
  }
};

// Over all elements of arrays of one shape.
template <class... Arrays>
Walk<sizeof...(Arrays)> walk_of(const Arrays&... arrays) {
  const Sizes shapes[] = {arrays.shape...};
  const Sizes strides[] = {arrays.strides...};
  return Walk<sizeof...(Arrays)>(shapes[0], strides);
}

// The dimensions of an array before the last `tail` of them, and those.
inline Array head_of(const Array& array, int tail) {
  const size_t count = array.shape.size() - static_cast<size_t>(tail);
  return {array.data, array.dtype, array.shape.first(count), array.strides.first(count)};
}
inline Array tail_of(const Array& array, int tail) {
  const size_t count = static_cast<size_t>(tail);
  return {array.data, array.dtype, array.shape.last(count), array.strides.last(count)};
}

// An array without one dimension.
struct WithoutAxis {
  int64_t shape[kMaxDims], strides[kMaxDims];
  int count = 0;
  WithoutAxis(const Array& array, int axis) {
    for (int d = 0; d < array.ndim(); ++d) {
      if (d == axis) continue;
      shape[count] = array.shape[static_cast<size_t>(d)];
      strides[count++] = array.strides[static_cast<size_t>(d)];
    }
  }
  Sizes sizes() const { return {shape, static_cast<size_t>(count)}; }
  Sizes steps() const { return {strides, static_cast<size_t>(count)}; }
};

}  // namespace taeda::cuda
