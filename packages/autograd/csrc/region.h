// Regions: strided parts of a stretch of memory, as views are of their base.
#pragma once

#include "taeda/autograd/node.h"

namespace taeda::autograd {

struct Region {
  Dims shape, strides;
  int64_t offset = 0;  // in elements

  static Region of(const TensorBody& tensor) {
    return {tensor.shape(), tensor.strides(), tensor.offset()};
  }
};

// The first element that any of the regions sees, and the number of elements from there to the
// last.
struct Extent {
  int64_t first = 0, length = 0;
};
Extent extent_of(const Region& a, const Region& b);

// The region of one-dimensional memory that begins at element `first` of the whole.
Tensor region_of(const Tensor& memory, const Region& region, int64_t first);
// Adds `values` into zeroed memory, also where the region sees an element several times.
void add_into(const Tensor& memory, const Region& region, int64_t first, const Tensor& values);

// The node of a tensor that sees a region of another's memory.
NodePtr make_region_node(TensorBody& whole, const TensorBody& part);

}  // namespace taeda::autograd
