#include "taeda/tensor/memory_format.h"

#include <algorithm>

namespace taeda {

Dims strides_in(MemoryFormat format, const TensorBody& original) {
  const Dims& shape = original.shape();
  if (format == MemoryFormat::Preserve && !original.is_contiguous()) {
    return dense_strides(shape, original.strides());
  }
  if (format != MemoryFormat::ChannelsLast) return {};
  Dims order(shape);
  std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  Dims strides = contiguous_strides(order);
  std::rotate(strides.begin() + 1, strides.end() - 1, strides.end());
  return strides;
}

bool has_strides(const TensorBody& tensor, const Dims& strides) {
  if (strides.empty() || tensor.numel() == 0) return tensor.is_contiguous();
  for (int d = 0; d < tensor.ndim(); ++d) {
    if (tensor.size(d) != 1 && tensor.strides()[d] != strides[d]) return false;
  }
  return true;
}

bool lies_in(MemoryFormat format, const TensorBody& tensor) {
  return format == MemoryFormat::Preserve || has_strides(tensor, strides_in(format, tensor));
}

}  // namespace taeda
