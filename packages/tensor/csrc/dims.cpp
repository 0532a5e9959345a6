#include "taeda/tensor/dims.h"

#include <algorithm>
#include <cstdlib>

namespace taeda {

Dims contiguous_strides(Sizes shape) {
  Dims strides;
  strides.resize(static_cast<int>(shape.size()));
  int64_t step = 1;
  for (int i = strides.size() - 1; i >= 0; --i) {
    strides[i] = step;
    step *= std::max<int64_t>(shape[i], 1);
  }
  return strides;
}

Dims dense_strides(Sizes shape, Sizes strides) {
  const int ndim = static_cast<int>(shape.size());
  Dims order(ndim, 0);  // outermost first; dimensions of size one stay out of the comparison
  int count = 0;
  for (int d = 0; d < ndim; ++d) {
    if (shape[d] == 1) continue;
    if (strides[d] == 0 || shape[d] == 0) return contiguous_strides(shape);
    int at = count++;
    for (; at > 0 && std::abs(strides[order[at - 1]]) < std::abs(strides[d]); --at) {
      order[at] = order[at - 1];
    }
    order[at] = d;
  }
  Dims result(ndim, 1);
  int64_t step = 1;
  for (int i = count - 1; i >= 0; --i) {
    result[static_cast<int>(order[i])] = step;
    step *= shape[order[i]];
  }
  return result;
}

Dims broadcast_shapes(const char* operation, Sizes a, Sizes b) {
  const Sizes longer = a.size() >= b.size() ? a : b;
  const Sizes shorter = a.size() >= b.size() ? b : a;
  Dims result(longer);
  const size_t lead = longer.size() - shorter.size();
  for (size_t i = 0; i < shorter.size(); ++i) {
    const int64_t x = longer[lead + i], y = shorter[i];
    if (x == y || y == 1) continue;
    if (x != 1) {
      fail<RuntimeError>(operation, ": shapes ", ShapeText{a}, " and ", ShapeText{b},
                         " do not broadcast: at dimension ", lead + i, " the sizes ", x, " and ", y,
                         " differ and neither is 1");
    }
    result[static_cast<int>(lead + i)] = y;
  }
  return result;
}

int wrap_dim(const char* operation, int64_t dim, int ndim) {
  const int64_t count = std::max(ndim, 1);
  if (dim < -count || dim >= count) {
    fail<IndexError>(operation, ": Dimension out of range (expected to be in range of [", -count,
                     ", ", count - 1, "], but got ", dim, ")");
  }
  return static_cast<int>(dim < 0 ? dim + count : dim);
}

}  // namespace taeda
