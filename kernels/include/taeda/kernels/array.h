// What a kernel reads and writes: borrowed strided memory.
#pragma once

#include <cstdint>
#include <ostream>
#include <span>

#include "taeda/kernels/device.h"
#include "taeda/kernels/dtype.h"

namespace taeda {

// The largest number of dimensions that any array may have (as in NumPy 2).
inline constexpr int kMaxDims = 64;

using Sizes = std::span<const int64_t>;

// A strided view of memory owned by somebody else. Strides count elements and may be zero or
// negative.
struct Array {
  void* data = nullptr;
  DType dtype = DType::Float32;
  Sizes shape;
  Sizes strides;

  int ndim() const { return static_cast<int>(shape.size()); }

  int64_t numel() const {
    int64_t count = 1;
    for (int64_t size : shape) count *= size;
    return count;
  }

  // True where elements lie row-major without gaps; dimensions of size one are free.
  bool is_contiguous() const {
    int64_t expected = 1;
    for (int i = ndim() - 1; i >= 0; --i) {
      if (shape[i] == 0) return true;
      if (shape[i] != 1 && strides[i] != expected) return false;
      expected *= shape[i];
    }
    return true;
  }

  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

// Prints "(2, 3)", the form in which every message shows a shape.
struct ShapeText {
  Sizes shape;
};
inline std::ostream& operator<<(std::ostream& out, ShapeText text) {
  out << '(';
  for (size_t i = 0; i < text.shape.size(); ++i) out << (i ? ", " : "") << text.shape[i];
  return out << (text.shape.size() == 1 ? ",)" : ")");
}

}  // namespace taeda
