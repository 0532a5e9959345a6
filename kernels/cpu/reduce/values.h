// Where the results of a reduction are kept until they are stored.
#pragma once

#include "layout.h"
#include "taeda/kernels/allocator.h"

namespace taeda::cpu::inline TAEDA_ISA {

// The values of a reduction: in `out` itself if it can hold them in plan order.
class Values {
 public:
  Values(const ReduceLayout& layout, const Array& out, DType dtype)
      : layout_(layout),
        out_(out),
        dtype_(dtype),
        direct_(out.dtype == dtype && layout.kept.is_linear(1)),
        scratch_(direct_ ? 0 : layout.outputs() * size_of(dtype)) {}

  void* data() const { return direct_ ? out_.data : scratch_.data(); }
  void store() const {
    if (!direct_) store_values(layout_.kept, out_, scratch_.data(), dtype_);
  }

 private:
  const ReduceLayout& layout_;
  const Array& out_;
  DType dtype_;
  bool direct_;
  Scratch<char> scratch_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA
