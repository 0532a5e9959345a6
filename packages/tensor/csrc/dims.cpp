#include "taeda/tensor/dims.h"

#include <algorithm>

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
