// Copies between strided arrays of any dtype.
#pragma once

#include <array>
#include <optional>

#include "taeda/kernels/allocator.h"
#include "taeda/kernels/array.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

// out = in, which has the shape of `out`, converted to its dtype.
void copy_array(const Array& out, const Array& in);
// Each element becomes *value, one element of the dtype of `out`.
void fill_array(const Array& out, const void* value);

// A temporary copy of an operand that runs across the memory of `out`, in the order of `out`: to
// read it in place would touch a line of memory for each element.
class Aligned {
 public:
  // Copies only where that pays.
  Aligned(const Array& out, const Array& in);
  const Array& array() const { return array_; }

 private:
  Array array_;
  std::array<int64_t, kMaxDims> strides_;
  std::optional<Scratch<char>> memory_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA
