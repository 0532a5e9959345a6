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
  // Backwards: where the lines fill a row of the target, an incomplete block may write over its
  // end, into the next row's first block, which comes later.
  for (int first = (count - 1) / edge * edge; first >= 0; first -= edge) {
    const int lines = std::min(edge, count - first);
    const T* source = from + first * line_stride;
    T* target = to + first;
    const auto move = [&](auto some) {
      int64_t k = 0;
      const int64_t free_end = some == edge                      ? whole
                               : first > 0 && to_stride == count ? whole - edge
                                                                 : 0;
      for (; k < free_end; k += edge) {
        transpose_block(source + k, line_stride, target + k * to_stride, to_stride, some);
      }
      for (; k < whole; k += edge) {
        alignas(64) T block[edge * edge];
        transpose_block(source + k, line_stride, block, edge, some);
        for (int t = 0; t < edge; ++t) {
          std::memcpy(target + (k + t) * to_stride, block + t * edge,
                      static_cast<size_t>(some) * sizeof(T));
        }
      }
    };
    if (lines == edge)
      move(std::integral_constant<int, edge>{});
    else if (lines == kTileRows % edge)
      move(std::integral_constant<int, kTileRows % edge>{});
    else
      move(lines);
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

// Lines that reach the packer in pieces short enough for the first-level cache. load(to, line, k,
// length) gives a piece of one line.
template <class T, class Load>
void pack_pieces(int count, int64_t depth, T* to, int64_t to_stride, Load load) {
  constexpr int64_t piece = 128;
  alignas(64) T pieces[kPanelColumns<T> * piece];
  for (int64_t k = 0; k < depth; k += piece) {
    const int64_t length = std::min(piece, depth - k);
    for (int i = 0; i < count; ++i) load(pieces + i * piece, i, k, length);
    pack_same(pieces, piece, 1, count, length, to + k * to_stride, to_stride);
  }
}

template <class T>
void pack_converted(const Lines& from, int64_t line, int count, int64_t k0, int64_t depth, T* to,
                    int64_t to_stride) {
  const Convert convert = converter(dtype_of<T>, from.dtype);
  if (from.line_stride == 1) {
    for (int64_t k = 0; k < depth; ++k) {
      convert(to + k * to_stride, 1, from.at(line, k0 + k), 1, count);
    }
    return;
  }
  pack_pieces(count, depth, to, to_stride, [&](T* piece, int i, int64_t k, int64_t length) {
    convert(piece, 1, from.at(line + i, k0 + k), from.k_stride, length);
  });
}

#if defined(TAEDA_BFLOAT16_PAIRS)

constexpr int64_t kPairsAhead = 16;

// Two values at a time: the first of a pair is its lower half.
void pack_pairs(const Lines& from, int64_t line, int count, int64_t k0, int64_t depth,
                BFloat16Pair* packed, int64_t to_stride) {
  float* to = reinterpret_cast<float*>(packed);
  const auto value = [&](int i, int64_t k) {
    return k < from.k_count ? *static_cast<const uint16_t*>(from.at(line + i, k)) : uint16_t{0};
  };
  if (from.line_stride == 1) {
    const int64_t whole = std::min(depth, (from.k_count - 2 * k0) / 2);
    const auto interleave = [&](auto lines) {
      for (int64_t k = 0; k < whole; ++k) {
        const auto* low = static_cast<const uint16_t*>(from.at(line, 2 * (k0 + k)));
        const uint16_t* high = low + from.k_stride;
        // Rows of b may lie a page apart, where the hardware does not see what comes.
        __builtin_prefetch(low + kPairsAhead * 2 * from.k_stride);
        __builtin_prefetch(high + kPairsAhead * 2 * from.k_stride);
        float* pairs = to + k * to_stride;
        for (int i = 0; i < lines; ++i) {
          pairs[i] = std::bit_cast<float>(low[i] | static_cast<uint32_t>(high[i]) << 16);
        }
      }
    };
    if (count == kPanelColumns<float>)
      interleave(std::integral_constant<int, kPanelColumns<float>>{});
    else if (count == kTileRows)
      interleave(std::integral_constant<int, kTileRows>{});
    else
      interleave(count);
    for (int i = 0; whole < depth && i < count; ++i) {
      to[whole * to_stride + i] = std::bit_cast<float>(uint32_t{value(i, 2 * (k0 + whole))});
    }
    return;
  }
  const auto address = reinterpret_cast<uintptr_t>(from.at(line, 2 * k0));
  if (from.k_stride == 1 && from.line_stride % 2 == 0 && address % alignof(float) == 0 &&
      2 * (k0 + depth) <= from.k_count) {
    transpose_lines(reinterpret_cast<const float*>(address), from.line_stride / 2, count, depth, to,
                    to_stride);
    return;
  }
  pack_pieces(count, depth, to, to_stride, [&](float* piece, int i, int64_t k, int64_t length) {
    const int64_t first = 2 * (k0 + k);
    if (from.k_stride == 1 && first + 2 * length <= from.k_count) {
      std::memcpy(piece, from.at(line + i, first), static_cast<size_t>(length) * sizeof(float));
      return;
    }
    for (int64_t j = 0; j < length; ++j) {
      const uint32_t low = value(i, first + 2 * j), high = value(i, first + 2 * j + 1);
      piece[j] = std::bit_cast<float>(low | high << 16);
    }
  });
}

#endif

}  // namespace

template <class T>
void pack_lines(const Lines& from, int64_t line, int count, int64_t k0, int64_t depth, T* to,
                int64_t to_stride) {
  if constexpr (Factors<T>::kDepth == 2) {
    pack_pairs(from, line, count, k0, depth, to, to_stride);
  } else if (from.dtype == dtype_of<T>) {
    pack_same(static_cast<const T*>(from.at(line, k0)), from.line_stride, from.k_stride, count,
              depth, to, to_stride);
  } else {
    pack_converted(from, line, count, k0, depth, to, to_stride);
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
#if defined(TAEDA_BFLOAT16_PAIRS)
TAEDA_PACK(BFloat16Pair)
#endif
#undef TAEDA_PACK

}  // namespace taeda::cpu::inline TAEDA_ISA
