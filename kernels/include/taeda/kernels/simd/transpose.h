// Transposition of small blocks, in memory and in registers.
#pragma once

#include <utility>

#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Edge of the square block that transpose_block moves.
template <class T>
inline constexpr int kBlockEdge = 32 / sizeof(T);

// to[c * to_row + r] = from[r * from_row + c] for r and c below kBlockEdge. Of the rows beyond
// `rows` nothing is read: they count as zero.
template <class T>
inline void transpose_block(const T* from, int64_t from_row, T* to, int64_t to_row,
                            int rows = kBlockEdge<T>) {
#if defined(__AVX2__)
  if constexpr (sizeof(T) == 4) {
    __m256 r[8], s[8];
    for (int i = 0; i < 8; ++i) {
      r[i] = i < rows ? _mm256_loadu_ps(from + i * from_row) : _mm256_setzero_ps();
    }
    for (int i = 0; i < 8; i += 2) {
      s[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
      s[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
      r[i] = _mm256_shuffle_ps(s[i], s[i + 2], 0x44);
      r[i + 1] = _mm256_shuffle_ps(s[i], s[i + 2], 0xee);
      r[i + 2] = _mm256_shuffle_ps(s[i + 1], s[i + 3], 0x44);
      r[i + 3] = _mm256_shuffle_ps(s[i + 1], s[i + 3], 0xee);
    }
    for (int i = 0; i < 4; ++i) {
      _mm256_storeu_ps(to + i * to_row, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
      _mm256_storeu_ps(to + (i + 4) * to_row, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
    }
  } else {
    __m256d r[4], s[4];
    for (int i = 0; i < 4; ++i) {
      r[i] = i < rows ? _mm256_loadu_pd(from + i * from_row) : _mm256_setzero_pd();
    }
    for (int i = 0; i < 4; i += 2) {
      s[i] = _mm256_unpacklo_pd(r[i], r[i + 1]);
      s[i + 1] = _mm256_unpackhi_pd(r[i], r[i + 1]);
    }
    for (int i = 0; i < 2; ++i) {
      _mm256_storeu_pd(to + i * to_row, _mm256_permute2f128_pd(s[i], s[i + 2], 0x20));
      _mm256_storeu_pd(to + (i + 2) * to_row, _mm256_permute2f128_pd(s[i], s[i + 2], 0x31));
    }
  }
#else
  for (int c = 0; c < kBlockEdge<T>; ++c) {
    for (int r = 0; r < kBlockEdge<T>; ++r) {
      to[c * to_row + r] = r < rows ? from[r * from_row + c] : T(0);
    }
  }
#endif
}

namespace detail {

// Exchanges the upper right and the lower left square of edge `Distance` in each block of rows that
// is twice as wide.
template <int Distance, class T, int... Lane>
inline void exchange_squares(Vec<T>* rows, std::integer_sequence<int, Lane...>) {
  using Indices = typename Vec<T>::NativeMask;
  constexpr Indices upper = {(Lane & Distance ? Vec<T>::size + Lane - Distance : Lane)...};
  constexpr Indices lower = {(Lane & Distance ? Vec<T>::size + Lane : Lane + Distance)...};
#pragma GCC unroll 16
  for (int i = 0; i < Vec<T>::size; ++i) {
    if (i & Distance) continue;
    const auto high = rows[i].v, low = rows[i + Distance].v;
    rows[i] = Vec<T>(__builtin_shuffle(high, low, upper));
    rows[i + Distance] = Vec<T>(__builtin_shuffle(high, low, lower));
  }
  if constexpr (Distance > 1) {
    exchange_squares<Distance / 2>(rows, std::integer_sequence<int, Lane...>{});
  }
}

}  // namespace detail

// rows[r][c] = rows[c][r] for as many rows as a vector has lanes.
template <class T>
inline void transpose(Vec<T>* rows) {
  constexpr int size = Vec<T>::size;
  detail::exchange_squares<size / 2>(rows, std::make_integer_sequence<int, size>{});
}

namespace detail {

template <int Distance, class T, int... Lane>
inline void fold_squares(Vec<T>* rows, std::integer_sequence<int, Lane...>) {
  using Indices = typename Vec<T>::NativeMask;
  constexpr Indices low = {(Lane & Distance ? Vec<T>::size + Lane - Distance : Lane)...};
  constexpr Indices high = {(Lane & Distance ? Vec<T>::size + Lane : Lane + Distance)...};
#pragma GCC unroll 8
  for (int i = 0; i < Distance; ++i) {
    const auto first = rows[i].v, second = rows[i + Distance].v;
    rows[i] = Vec<T>(__builtin_shuffle(first, second, low)) +
              Vec<T>(__builtin_shuffle(first, second, high));
  }
  if constexpr (Distance > 1) {
    fold_squares<Distance / 2>(rows, std::integer_sequence<int, Lane...>{});
  }
}

}  // namespace detail

// rows[0][r] = the sum of the lanes of rows[r], folded in halves, for as many rows as a vector has
// lanes. The other rows are used up.
template <class T>
inline void fold_lanes(Vec<T>* rows) {
  constexpr int size = Vec<T>::size;
  detail::fold_squares<size / 2>(rows, std::make_integer_sequence<int, size>{});
}

// to[k * to_pitch + r] = from[r * pitch + k] for k < columns and r < rows.
template <class T>
inline void turn_rows(const T* from, int64_t pitch, int64_t rows, int64_t columns, T* to,
                      int64_t to_pitch) {
  using Float = std::conditional_t<sizeof(T) == 4, float, double>;
  constexpr int64_t edge = kBlockEdge<Float>;
  const int64_t whole_rows = rows / edge * edge, whole_columns = columns / edge * edge;
  const auto turn_block = [&](int64_t r, int64_t k) {
    transpose_block(reinterpret_cast<const Float*>(from + r * pitch + k), pitch,
                    reinterpret_cast<Float*>(to + k * to_pitch + r), to_pitch);
  };
  // The short side first: the lines of the long one are met once.
  if (rows < columns) {
    for (int64_t k = 0; k < whole_columns; k += edge) {
      for (int64_t r = 0; r < whole_rows; r += edge) turn_block(r, k);
    }
  } else {
    for (int64_t r = 0; r < whole_rows; r += edge) {
      for (int64_t k = 0; k < whole_columns; k += edge) turn_block(r, k);
    }
  }
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t k = r < whole_rows ? whole_columns : 0; k < columns; ++k) {
      to[k * to_pitch + r] = from[r * pitch + k];
    }
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA
