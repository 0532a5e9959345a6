// The micro-kernels of the convolutions: a tile of sums stays in registers while k runs, and one
// of its two sides is read through a table of offsets, so that windows need no copy.
#pragma once

#include "matrix/tile.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Up to so many output channels a panel is twice as wide, to keep enough sums at work.
inline constexpr int kWideRows = kTileRows == 14 ? 4 : 2;

// A tap of a window: what it meets lies `source` elements from where its channel begins.
struct Step {
  int64_t source, tap;
};

// The taps that are met in each of some channels.
template <class T>
struct Window {
  const Step* steps;
  int64_t count;
  int64_t taps;  // of the weights: those that are not met are passed over
  int64_t channels, channel_stride;
};

// c[i][j] = (accumulate ? c[i][j] : 0) + sum over channels and steps of
// a[channel][step.tap][i] * b[j][channel * channel_stride + step.source], in this order; j counts
// vectors, and c is contiguous.
template <class T, int Rows, int Vectors>
[[gnu::noinline]] void window_tile(const T* a, const Window<T>& window, const T* const* b, T* c,
                                   bool accumulate) {
  constexpr int width = Vec<T>::size;
  const T* from[Vectors];
  for (int j = 0; j < Vectors; ++j) from[j] = b[j];
  Vec<T> sum[Rows][Vectors];
  if (accumulate) {
#pragma GCC unroll 14
    for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < Vectors; ++j) sum[i][j] = Vec<T>::load(c + (i * Vectors + j) * width);
    }
  } else {
#pragma GCC unroll 14
    for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < Vectors; ++j) sum[i][j] = Vec<T>(0);
    }
  }
  const Step* const end = window.steps + window.count;
  for (int64_t channel = 0; channel < window.channels; ++channel) {
    for (const Step* step = window.steps; step != end; ++step) {
      const int64_t offset = step->source;
      const T* values = a + step->tap * Rows;
      Vec<T> row[Vectors];
#pragma GCC unroll 4
      for (int j = 0; j < Vectors; ++j) row[j] = Vec<T>::load(from[j] + offset);
#pragma GCC unroll 14
      for (int i = 0; i < Rows; ++i) {
        const Vec<T> value(values[i]);
#pragma GCC unroll 4
        for (int j = 0; j < Vectors; ++j) sum[i][j] = fma(value, row[j], sum[i][j]);
      }
    }
    a += window.taps * Rows;
    for (int j = 0; j < Vectors; ++j) from[j] += window.channel_stride;
  }
#pragma GCC unroll 14
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < Vectors; ++j) sum[i][j].store(c + (i * Vectors + j) * width);
  }
}

// What a window meets in each of some channels: some of its taps, which follow each other.
struct MetTaps {
  const int64_t *first, *end;  // the offsets of these
  int64_t taps, channels, channel_stride;
};

// Of some rows, those that lie where the first one does.
constexpr int upper_half(int rows) { return (rows + 1) / 2; }

// c[i][j] = sum over channels and taps met of
// row(i)[channel * channel_stride + offset] * b[channel][tap][j], in this order; j counts vectors,
// b and c are contiguous. The rows of each half lie Step elements apart, from `first` and `later`
// on.
template <class T, int Rows, int Vectors, int Step>
[[gnu::noinline]] void channel_tile(const T* first, const T* later, const MetTaps& met, const T* b,
                                    T* c) {
  constexpr int width = Vec<T>::size, half = upper_half(Rows);
  Vec<T> sum[Rows][Vectors];
#pragma GCC unroll 14
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < Vectors; ++j) sum[i][j] = Vec<T>(0);
  }
  const int64_t *const begin = met.first, *const end = met.end;
  const int64_t passed_over = (met.taps - (end - begin)) * Vectors * width;
  for (int64_t channel = 0; channel < met.channels; ++channel, b += passed_over) {
    for (const int64_t* offset = begin; offset != end; ++offset) {
      Vec<T> row[Vectors];
#pragma GCC unroll 4
      for (int j = 0; j < Vectors; ++j) row[j] = Vec<T>::load(b + j * width);
      b += Vectors * width;
#pragma GCC unroll 14
      for (int i = 0; i < Rows; ++i) {
        const T* values = i < half ? first : later;
        const Vec<T> value(values[*offset + i % half * Step]);
#pragma GCC unroll 4
        for (int j = 0; j < Vectors; ++j) sum[i][j] = fma(value, row[j], sum[i][j]);
      }
    }
    first += met.channel_stride;
    later += met.channel_stride;
  }
#pragma GCC unroll 14
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < Vectors; ++j) sum[i][j].store(c + (i * Vectors + j) * width);
  }
}

// c[i][j] += sum over k of a[i][offsets[k]] * b[k][j], k ascending; b and c have rows of
// kPanelColumns and c_stride elements.
template <class T, int Rows, int Vectors>
[[gnu::noinline]] void gradient_tile(const T* const* a, const int64_t* offsets, int64_t depth,
                                     const T* b, T* c, int64_t c_stride) {
  constexpr int width = Vec<T>::size;
  const T* rows[Rows];
  for (int i = 0; i < Rows; ++i) rows[i] = a[i];
  Vec<T> sum[Rows][Vectors];
#pragma GCC unroll 14
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) sum[i][j] = Vec<T>::load(c + i * c_stride + j * width);
  }
  for (int64_t k = 0; k < depth; ++k, b += kPanelColumns<T>) {
    const int64_t offset = offsets[k];
    Vec<T> row[Vectors];
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) row[j] = Vec<T>::load(b + j * width);
#pragma GCC unroll 14
    for (int i = 0; i < Rows; ++i) {
      const Vec<T> value(rows[i][offset]);
#pragma GCC unroll 2
      for (int j = 0; j < Vectors; ++j) sum[i][j] = fma(value, row[j], sum[i][j]);
    }
  }
#pragma GCC unroll 14
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) sum[i][j].store(c + i * c_stride + j * width);
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA
