// What the entry points of the convolutions share.
#pragma once

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "convolution/correlate.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/ops/convolution.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {

inline const void* element(const Array& array, int64_t i, int64_t j, int64_t z = 0, int64_t y = 0) {
  const int64_t index =
      i * array.strides[0] + j * array.strides[1] + z * array.strides[2] + y * array.strides[3];
  return static_cast<const char*>(array.data) + index * size_of(array.dtype);
}

// Calls visit(i, j, z, y) for each row along the last of five axes.
template <class Visit>
void each_row(Sizes shape, Visit visit) {
  for (int64_t i = 0; i < shape[0]; ++i) {
    for (int64_t j = 0; j < shape[1]; ++j) {
      for (int64_t z = 0; z < shape[2]; ++z) {
        for (int64_t y = 0; y < shape[3]; ++y) visit(i, j, z, y);
      }
    }
  }
}

// out[n, c] = bias[c], where no weight meets an output.
inline void fill_with_bias(const Array& out, const Matrix& bias) {
  if (!bias.data && out.is_contiguous()) {
    constexpr int64_t piece = int64_t{1} << 16;
    const int64_t bytes = out.numel() * size_of(out.dtype);
    parallel_for(ceil_div(bytes, piece), 4, [&](int64_t first, int64_t end) {
      const int64_t last = std::min(end * piece, bytes);
      std::memset(out.as<char>() + first * piece, 0, static_cast<size_t>(last - first * piece));
    });
    return;
  }
  const int64_t zero = 0;  // all bits zero are the number zero in each dtype
  const Convert convert = converter(out.dtype, bias.data ? bias.dtype : out.dtype);
  each_row(out.shape, [&](int64_t n, int64_t c, int64_t z, int64_t y) {
    convert(const_cast<void*>(element(out, n, c, z, y)), out.strides[4],
            bias.data ? bias.at(c, 0) : &zero, 0, out.shape[4]);
  });
}

inline Matrix bias_of(const Array& bias) {
  if (!bias.data) return {};
  return {bias.data, bias.dtype, bias.strides[0], 0};
}

inline Sizes3 spatial(Sizes sizes) { return {sizes[2], sizes[3], sizes[4]}; }

// Calls visit(tap indices) for each tap of a window in order.
template <class Visit>
void each_tap(const Sizes3& size, Visit visit) {
  for (int64_t z = 0; z < size[0]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y) {
      for (int64_t x = 0; x < size[2]; ++x) visit(Sizes3{z, y, x});
    }
  }
}

inline std::vector<Tap> taps_of(const ConvolutionGeometry& g, const Sizes3& window) {
  std::vector<Tap> taps;
  each_tap(window, [&](const Sizes3& index) {
    Tap tap;
    for (int a = 0; a < 3; ++a) tap.at[a] = index[a] * g.dilation[a] - g.padding[a];
    taps.push_back(tap);
  });
  return taps;
}

// The weight as T: as it lies, or a contiguous copy.
template <class T>
class Weight {
 public:
  explicit Weight(const Array& weight) : data_(weight.as<const T>()) {
    for (int d = 0; d < 5; ++d) strides_[d] = weight.strides[d];
    if (weight.dtype == dtype_of<T>) return;
    T* to = copy_.emplace(weight.numel()).data();
    data_ = to;
    const Convert convert = converter(dtype_of<T>, weight.dtype);
    each_row(weight.shape, [&](int64_t o, int64_t i, int64_t z, int64_t y) {
      convert(to, 1, element(weight, o, i, z, y), weight.strides[4], weight.shape[4]);
      to += weight.shape[4];
    });
    for (int64_t d = 4, stride = 1; d >= 0; --d) {
      strides_[d] = stride;
      stride *= weight.shape[static_cast<size_t>(d)];
    }
  }

  const T* data() const { return data_; }
  int64_t stride(int d) const { return strides_[d]; }
  int64_t at(const Sizes3& tap) const {
    return tap[0] * strides_[2] + tap[1] * strides_[3] + tap[2] * strides_[4];
  }

 private:
  const T* data_;
  int64_t strides_[5];
  std::optional<Scratch<T>> copy_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA
