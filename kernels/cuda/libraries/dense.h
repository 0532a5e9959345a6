// An operand as a library takes it: row-major without gaps, copied where it lies in another way.
#pragma once

#include <optional>

#include "../families.h"
#include "../runtime/allocator.h"

namespace taeda::cuda {

class Dense {
 public:
  // The first `batch` dimensions stay broadcast where they are.
  explicit Dense(const Array& array, int batch = 0) : array_(array) {
    if (array.is_contiguous()) return;
    int64_t count = 1;
    for (int d = array.ndim() - 1; d >= 0; --d) {
      const auto i = static_cast<size_t>(d);
      const bool broadcast = d < batch && array.strides[i] == 0;
      kept_[i] = broadcast ? 1 : array.shape[i];
      steps_[i] = broadcast ? 0 : count;
      count *= kept_[i];
    }
    memory_.emplace(count * size_of(array.dtype));
    const size_t ndim = array.shape.size();
    array_ = {memory_->data(), array.dtype, array.shape, Sizes(steps_, ndim)};
    const Sizes kept(kept_, ndim);
    copy_array({array_.data, array.dtype, kept, array_.strides},
               {array.data, array.dtype, kept, array.strides});
  }
  const Array& array() const { return array_; }
  void* data() const { return array_.data; }

 private:
  Array array_;
  std::optional<DeviceScratch<char>> memory_;
  int64_t kept_[kMaxDims], steps_[kMaxDims];
};

}  // namespace taeda::cuda
