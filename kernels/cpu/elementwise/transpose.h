// Transposed copies by blocks of whole cache lines: what is read or written of a line is so at
// once, whatever the strides, and none is needed twice.
#pragma once

#include <algorithm>
#include <cstring>

#include "../stream.h"
#include "taeda/kernels/simd/transpose.h"
#include "taeda/kernels/words.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Elements of a cache line.
template <class T>
inline constexpr int64_t kLineElements = 64 / sizeof(T);

// Square blocks of 16 bytes a row: log2(rows) rounds that interleave row i with row i + rows / 2.
template <class T>
inline void transpose_rows_of_16_bytes(const T* from, int64_t from_row, T* to, int64_t to_row) {
  constexpr int kRows = 16 / sizeof(T);
  typedef T Row __attribute__((vector_size(16)));
  Row rows[kRows], mixed[kRows];
  for (int i = 0; i < kRows; ++i) std::memcpy(&rows[i], from + i * from_row, 16);
  const auto interleave = [&]<int... I>(std::integer_sequence<int, I...>) {
    for (int i = 0; i < kRows / 2; ++i) {
      const Row a = rows[i], b = rows[i + kRows / 2];
      mixed[2 * i] = __builtin_shufflevector(a, b, (I / 2 + (I % 2) * kRows)...);
      mixed[2 * i + 1] = __builtin_shufflevector(a, b, (kRows / 2 + I / 2 + (I % 2) * kRows)...);
    }
  };
  for (int round = 1; round < kRows; round *= 2) {
    interleave(std::make_integer_sequence<int, kRows>{});
    std::copy_n(mixed, kRows, rows);
  }
  for (int i = 0; i < kRows; ++i) std::memcpy(to + i * to_row, &rows[i], 16);
}

// to[r * to_row + c] = from[c * from_column + r] for r and c below kLineElements. `streams`: rows
// of `to` start where lines do, and are stored past the caches.
template <class T, bool streams>
inline void transpose_lines(T* to, int64_t to_row, const T* from, int64_t from_column) {
  constexpr int64_t kEdge = kLineElements<T>;
  alignas(64) T block[kEdge * kEdge];
  if constexpr (sizeof(T) >= 4) {
    using Float = std::conditional_t<sizeof(T) == 4, float, double>;
    constexpr int64_t kStep = kBlockEdge<Float>;
    for (int64_t c = 0; c < kEdge; c += kStep) {
      for (int64_t r = 0; r < kEdge; r += kStep) {
        transpose_block(reinterpret_cast<const Float*>(from) + c * from_column + r, from_column,
                        reinterpret_cast<Float*>(block) + r * kEdge + c, kEdge);
      }
    }
  } else {
    // More lines than a set of the cache holds are brought together first.
    alignas(64) T lines[kEdge * kEdge];
    for (int64_t c = 0; c < kEdge; ++c) std::memcpy(lines + c * kEdge, from + c * from_column, 64);
    constexpr int64_t kStep = 16 / sizeof(T);
    for (int64_t c = 0; c < kEdge; c += kStep) {
      for (int64_t r = 0; r < kEdge; r += kStep) {
        transpose_rows_of_16_bytes(lines + c * kEdge + r, kEdge, block + r * kEdge + c, kEdge);
      }
    }
  }
  for (int64_t r = 0; r < kEdge; ++r) {
    const T* line = block + r * kEdge;
    if constexpr (streams)
      stream_line(reinterpret_cast<char*>(to + r * to_row), reinterpret_cast<const char*>(line));
    else
      std::memcpy(to + r * to_row, line, 64);
  }
}

// to[r * to_row + c] = from[c * from_column + r] for r below `rows` and c below `columns`.
template <class T, bool streams>
void transpose_tile(void* to_memory, int64_t to_row, const void* from_memory, int64_t from_column,
                    int64_t rows, int64_t columns) {
  constexpr int64_t kEdge = kLineElements<T>;
  T* to = static_cast<T*>(to_memory);
  const T* from = static_cast<const T*>(from_memory);
  const int64_t whole_rows = rows / kEdge * kEdge, whole_columns = columns / kEdge * kEdge;
  for (int64_t c = 0; c < whole_columns; c += kEdge) {
    for (int64_t r = 0; r < whole_rows; r += kEdge) {
      transpose_lines<T, streams>(to + r * to_row + c, to_row, from + c * from_column + r,
                                  from_column);
    }
  }
  const auto rest = [&](int64_t first_row, int64_t first_column, auto width) {
    for (int64_t r = first_row; r < rows; ++r) {
      for (int64_t c = 0; c < width; ++c) {
        to[r * to_row + first_column + c] = from[(first_column + c) * from_column + r];
      }
    }
  };
  // Few columns, such as the colours of pixels, by loops of constant length.
  const auto columns_from = [&](int64_t first_row, int64_t first, int64_t last) {
    if (last - first == 3) return rest(first_row, first, std::integral_constant<int64_t, 3>{});
    for (; first + 4 <= last; first += 4) {
      rest(first_row, first, std::integral_constant<int64_t, 4>{});
    }
    if (first < last) rest(first_row, first, last - first);
  };
  columns_from(0, whole_columns, columns);
  if (whole_rows < rows) columns_from(whole_rows, 0, whole_columns);
}

// transpose_tile of elements that are words of the size of `dtype`.
using CopyTile = void (*)(void* to, int64_t to_row, const void* from, int64_t from_column,
                          int64_t rows, int64_t columns);
inline CopyTile tile_copier(DType dtype, bool streams) {
  return dispatch_words(dtype, [&]<class T>() -> CopyTile {
    return streams ? transpose_tile<T, true> : transpose_tile<T, false>;
  });
}

}  // namespace taeda::cpu::inline TAEDA_ISA
