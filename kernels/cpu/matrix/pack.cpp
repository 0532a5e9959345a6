#include "matrix/pack.h"

#include <algorithm>
#include <cstring>

#include "matrix/tile.h"
#include "taeda/kernels/simd/transpose.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

template <class T>
void copy_runs(const T* from, int64_t k_stride, int count, int64_t depth, T* to,
               int64_t to_stride) {
  // A constant size lets the compiler move whole registers.
  const auto copy = [&](auto size) {
    for (int64_t k = 0; k < depth; ++k) {
      std::memcpy(to + k * to_stride, from + k * k_stride, static_cast<size_t>(size) * sizeof(T));
    }
  };
  if (count == kPanelColumns<T>)
    copy(std::integral_constant<int, kPanelColumns<T>>{});
  else if (count == kTileRows)
    copy(std::integral_constant<int, kTileRows>{});
  else
    copy(count);
}

// Lines that are contiguous along k: blocks are transposed in registers.
template <class T>
void transpose_lines(const T* from, int64_t line_stride, int count, int64_t depth, T* to,
                     int64_t to_stride) {
  constexpr int edge = kBlockEdge<T>;
  const int64_t whole = depth - depth % edge;
  alignas(64) T block[edge * edge];
  for (int first = 0; first < count; first += edge) {
    const int lines = std::min(edge, count - first);
    const T* source = from + first * line_stride;
    T* target = to + first;
    if (lines == edge) {
      for (int64_t k = 0; k < whole; k += edge) {
        transpose_block(source + k, line_stride, target + k * to_stride, to_stride);
      }
    } else {
      const auto move = [&](auto some) {
        for (int64_t k = 0; k < whole; k += edge) {
          transpose_block(source + k, line_stride, block, edge, some);
          for (int t = 0; t < edge; ++t) {
            std::memcpy(target + (k + t) * to_stride, block + t * edge,
                        static_cast<size_t>(some) * sizeof(T));
          }
        }
      };
      if (lines == kTileRows % edge)
        move(std::integral_constant<int, kTileRows % edge>{});
      else
        move(lines);
    }
    for (int64_t k = whole; k < depth; ++k) {
      for (int i = 0; i < lines; ++i) target[k * to_stride + i] = source[i * line_stride + k];
    }
  }
}

template <class T>
void pack_same(const T* from, int64_t line_stride, int64_t k_stride, int count, int64_t depth,
               T* to, int64_t to_stride) {
  if (line_stride == 1) {
    copy_runs(from, k_stride, count, depth, to, to_stride);
  } else if (k_stride == 1) {
    transpose_lines(from, line_stride, count, depth, to, to_stride);
  } else {
    for (int64_t k = 0; k < depth; ++k) {
      for (int i = 0; i < count; ++i) {
        to[k * to_stride + i] = from[i * line_stride + k * k_stride];
      }
    }
  }
}

}  // namespace

template <class T>
void pack_lines(const Lines& from, int64_t line, int count, int64_t k0, int64_t depth, T* to,
                int64_t to_stride) {
  if (from.dtype == dtype_of<T>) {
    pack_same(static_cast<const T*>(from.at(line, k0)), from.line_stride, from.k_stride, count,
              depth, to, to_stride);
    return;
  }
  const Convert convert = converter(dtype_of<T>, from.dtype);
  if (from.line_stride == 1) {
    for (int64_t k = 0; k < depth; ++k) {
      convert(to + k * to_stride, 1, from.at(line, k0 + k), 1, count);
    }
    return;
  }
  constexpr int64_t chunk = 128;
  T widened[kPanelColumns<T> * chunk];
  for (int64_t k = 0; k < depth; k += chunk) {
    const int64_t length = std::min(chunk, depth - k);
    for (int i = 0; i < count; ++i) {
      convert(widened + i * chunk, 1, from.at(line + i, k0 + k), from.k_stride, length);
    }
    pack_same(widened, chunk, 1, count, length, to + k * to_stride, to_stride);
  }
}

template <class T>
void pack_padded(const Lines& from, int64_t line, int count, int64_t k0, int64_t depth, T* to,
                 int64_t to_stride) {
  if (count < to_stride) {
    std::memset(to, 0, static_cast<size_t>(depth * to_stride) * sizeof(T));
  }
  pack_lines(from, line, count, k0, depth, to, to_stride);
}

template <class T>
void pack_row_tiles(const Lines& from, int64_t row, int64_t count, int64_t k0, int64_t depth,
                    T* to) {
  for (int64_t i = 0; i < count;) {
    const int height = next_height(count - i);
    pack_lines(from, row + i, height, k0, depth, to + i * depth, height);
    i += height;
  }
}

#define TAEDA_PACK(T)                                                                      \
  template void pack_lines<T>(const Lines&, int64_t, int, int64_t, int64_t, T*, int64_t);  \
  template void pack_padded<T>(const Lines&, int64_t, int, int64_t, int64_t, T*, int64_t); \
  template void pack_row_tiles<T>(const Lines&, int64_t, int64_t, int64_t, int64_t, T*);
TAEDA_PACK(float)
TAEDA_PACK(double)
#undef TAEDA_PACK

}  // namespace taeda::cpu::inline TAEDA_ISA
