// The order in which a copy lays the dimensions out in memory.
#pragma once

#include "taeda/tensor/tensor.h"

namespace taeda {

enum class MemoryFormat : uint8_t {
  Preserve,      // the order of the original, without its gaps
  Contiguous,    // row-major
  ChannelsLast,  // the second of 4 or 5 dimensions innermost
};

// The strides of a dense tensor of this shape in the format; empty for row-major.
TAEDA_API Dims strides_in(MemoryFormat format, const TensorBody& original);
// Whether the elements lie so; dimensions of size one are free.
TAEDA_API bool has_strides(const TensorBody& tensor, const Dims& strides);
// Whether a copy in the format would lie as the tensor does.
TAEDA_API bool lies_in(MemoryFormat format, const TensorBody& tensor);

}  // namespace taeda
