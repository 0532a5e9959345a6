// Packers: lines of any strides and dtype, side by side for the micro-kernel.
#pragma once

#include "convert.h"
#include "matrix/factors.h"
#include "taeda/kernels/array.h"

namespace taeda::cpu::inline TAEDA_ISA {

// A matrix seen as lines that run along k: the rows of a, the columns of b.
struct Lines {
  const void* data;
  DType dtype;
  int64_t line_stride, k_stride;  // in elements
  int64_t k_count = 0;            // values of a line; needed where factors are pairs

  const void* at(int64_t line, int64_t k) const {
    return static_cast<const char*>(data) + (line * line_stride + k * k_stride) * size_of(dtype);
  }
};

// to[k * to_stride + i] = line (line + i) at k0 + k, for i < count and k < depth, where k counts
// factors: a last pair that has one value only gets a zero. Values between `count` and to_stride
// are not touched. count is at most kPanelColumns<T>.
template <class T>
void pack_lines(const Lines& from, int64_t line, int count, int64_t k0, int64_t depth, T* to,
                int64_t to_stride);

// The same, and zeros up to to_stride.
template <class T>
void pack_padded(const Lines& from, int64_t line, int count, int64_t k0, int64_t depth, T* to,
                 int64_t to_stride);

// Packs the rows [row, row + count) as the tiles that next_height gives, one after the other.
template <class T>
void pack_row_tiles(const Lines& from, int64_t row, int64_t count, int64_t k0, int64_t depth,
                    T* to);

}  // namespace taeda::cpu::inline TAEDA_ISA
